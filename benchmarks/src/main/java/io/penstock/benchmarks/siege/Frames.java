package io.penstock.benchmarks.siege;

import java.nio.ByteBuffer;

/**
 * Writes and reads frames of ARP and of TCP over IPv4 without options, byte by byte.
 *
 * <p>Nothing of the stack's own codecs is used: a fault in them would hide itself.
 */
final class Frames {
    static final int FIN = 0x01;
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int PSH = 0x08;
    static final int ACK = 0x10;

    static final int TCP_FRAME_BYTES = 54;
    static final int ARP_FRAME_BYTES = 42;

    private static final int ETHERNET_BYTES = 14;
    private static final int TYPE_IPV4 = 0x0800;
    private static final int TYPE_ARP = 0x0806;
    private static final int PROTOCOL_TCP = 6;
    private static final int ARP_REQUEST = 1;
    private static final int ARP_REPLY = 2;
    private static final int WINDOW = 65_535;

    /** From whom and to whom. */
    record Hosts(long sourceMac, int sourceAddress, long targetMac, int targetAddress) {}

    private Frames() {}

    private static void ethernet(ByteBuffer out, long targetMac, long sourceMac, int type) {
        out.putLong(0, (targetMac << 16) | (sourceMac >>> 32));
        out.putInt(8, (int) sourceMac);
        out.putShort(12, (short) type);
    }

    /**
     * Writes a segment whose payload is so many bytes that are all {@code x}. Returns the frame's length.
     *
     * @param ports the source's in the upper half, the target's in the lower
     */
    static int tcp(
            ByteBuffer out, Hosts hosts, int ports, int sequence, int acknowledgment, int flags, int payloadBytes) {
        ethernet(out, hosts.targetMac, hosts.sourceMac, TYPE_IPV4);
        int ip = ETHERNET_BYTES;
        int totalBytes = 40 + payloadBytes;
        out.putShort(ip, (short) 0x4500);
        out.putShort(ip + 2, (short) totalBytes);
        out.putInt(ip + 4, 0x4000); // identification 0, don't fragment
        out.putShort(ip + 8, (short) ((64 << 8) | PROTOCOL_TCP));
        out.putShort(ip + 10, (short) 0);
        out.putInt(ip + 12, hosts.sourceAddress);
        out.putInt(ip + 16, hosts.targetAddress);
        out.putShort(ip + 10, (short) ~fold(sum(out, ip, 20)));
        int tcp = ip + 20;
        out.putInt(tcp, ports);
        out.putInt(tcp + 4, sequence);
        out.putInt(tcp + 8, acknowledgment);
        out.putShort(tcp + 12, (short) (0x5000 | flags));
        out.putShort(tcp + 14, (short) WINDOW);
        out.putInt(tcp + 16, 0);
        for (int i = 0; i < payloadBytes; i++) {
            out.put(tcp + 20 + i, (byte) 'x');
        }
        long pseudo = sum(out, ip + 12, 8) + PROTOCOL_TCP + 20 + payloadBytes;
        out.putShort(tcp + 16, (short) ~fold(pseudo + sum(out, tcp, 20 + payloadBytes)));
        return TCP_FRAME_BYTES + payloadBytes;
    }

    /** Writes the answer to a request for the source's address. Returns the frame's length. */
    static int arpReply(ByteBuffer out, Hosts hosts) {
        return arp(out, hosts, hosts.targetMac, ARP_REPLY);
    }

    /** Asks everybody for the target's hardware address. Returns the frame's length. */
    static int arpRequest(ByteBuffer out, Hosts hosts) {
        return arp(out, hosts, 0xffff_ffff_ffffL, ARP_REQUEST);
    }

    private static int arp(ByteBuffer out, Hosts hosts, long to, int operation) {
        ethernet(out, to, hosts.sourceMac, TYPE_ARP);
        out.putLong(14, 0x0001_0800_0604_0000L | operation);
        out.putShort(22, (short) (hosts.sourceMac >>> 32));
        out.putInt(24, (int) hosts.sourceMac);
        out.putInt(28, hosts.sourceAddress);
        out.putShort(32, (short) (hosts.targetMac >>> 32));
        out.putInt(34, (int) hosts.targetMac);
        out.putInt(38, hosts.targetAddress);
        return ARP_FRAME_BYTES;
    }

    static boolean isTcpTo(ByteBuffer frame, long mac, int address) {
        return frame.limit() >= TCP_FRAME_BYTES
                && frame.getLong(0) >>> 16 == mac
                && frame.getShort(12) == TYPE_IPV4
                && frame.get(23) == PROTOCOL_TCP
                && frame.getInt(30) == address;
    }

    static boolean isArpRequestFor(ByteBuffer frame, int address) {
        return isArp(frame, ARP_REQUEST) && frame.getInt(38) == address;
    }

    static boolean isArpReplyFrom(ByteBuffer frame, int address) {
        return isArp(frame, ARP_REPLY) && frame.getInt(28) == address;
    }

    private static boolean isArp(ByteBuffer frame, int operation) {
        return frame.limit() >= ARP_FRAME_BYTES && frame.getShort(12) == TYPE_ARP && frame.getShort(20) == operation;
    }

    static long arpSenderMac(ByteBuffer frame) {
        return frame.getLong(22) >>> 16;
    }

    static int sourcePort(ByteBuffer tcp) {
        return tcp.getShort(34) & 0xffff;
    }

    static int targetPort(ByteBuffer tcp) {
        return tcp.getShort(36) & 0xffff;
    }

    static int sequence(ByteBuffer tcp) {
        return tcp.getInt(38);
    }

    static int flags(ByteBuffer tcp) {
        return tcp.get(47) & 0x3f;
    }

    private static long sum(ByteBuffer bytes, int from, int lengthBytes) {
        long sum = 0;
        int i = from;
        for (; i + 1 < from + lengthBytes; i += 2) {
            sum += bytes.getShort(i) & 0xffff;
        }
        return i < from + lengthBytes ? sum + ((bytes.get(i) & 0xff) << 8) : sum;
    }

    private static int fold(long sum) {
        long folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xffff) + (folded >>> 16);
        }
        return (int) folded;
    }
}
