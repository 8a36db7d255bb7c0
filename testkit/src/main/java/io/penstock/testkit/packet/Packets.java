package io.penstock.testkit.packet;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Packets made by hand, byte by byte, with nothing taken from the code that they test. */
public final class Packets {
    public static final int ETHERNET = 14;
    public static final long BROADCAST_MAC = 0xffff_ffff_ffffL;

    private Packets() {}

    /** An address such as 198.18.0.2 as a number. */
    public static int ip(String dotted) {
        int value = 0;
        for (String part : dotted.split("\\.", -1)) {
            value = value << 8 | Integer.parseInt(part);
        }
        return value;
    }

    /** A packet within its Ethernet frame. */
    public static byte[] ethernet(long destination, long source, int type, byte[] payload) {
        return ByteBuffer.allocate(ETHERNET + payload.length)
                .put(mac(destination))
                .put(mac(source))
                .putShort((short) type)
                .put(payload)
                .array();
    }

    public static byte[] mac(long mac) {
        return Arrays.copyOfRange(ByteBuffer.allocate(8).putLong(mac).array(), 2, 8);
    }

    /** An ARP packet within its Ethernet frame. */
    public static byte[] arp(long destination, int op, long senderMac, int sender, long targetMac, int target) {
        byte[] body = ByteBuffer.allocate(28)
                .putShort((short) 1)
                .putShort((short) 0x0800)
                .put((byte) 6)
                .put((byte) 4)
                .putShort((short) op)
                .put(mac(senderMac))
                .putInt(sender)
                .put(mac(targetMac))
                .putInt(target)
                .array();
        return ethernet(destination, senderMac, 0x0806, body);
    }

    /** An IPv4 packet without its Ethernet header. */
    public static byte[] ipv4(int source, int destination, int protocol, byte[] payload) {
        return ipv4(source, destination, protocol, new byte[0], payload);
    }

    /** An IPv4 packet with options, which must be a multiple of four bytes long. */
    public static byte[] ipv4(int source, int destination, int protocol, byte[] options, byte[] payload) {
        int header = 20 + options.length;
        ByteBuffer b = ByteBuffer.allocate(header + payload.length);
        b.put((byte) (0x40 | header / 4)).put((byte) 0).putShort((short) (header + payload.length));
        b.putShort((short) 0x1234).putShort((short) 0x4000).put((byte) 64).put((byte) protocol);
        b.putShort((short) 0).putInt(source).putInt(destination).put(options).put(payload);
        return withIpChecksum(b.array());
    }

    /** Sets the header checksum right. */
    public static byte[] withIpChecksum(byte[] packet) {
        packet[10] = 0;
        packet[11] = 0;
        int header = (packet[0] & 15) * 4;
        int sum = ~checksum(packet, 0, header, 0) & 0xffff;
        packet[10] = (byte) (sum >>> 8);
        packet[11] = (byte) sum;
        return packet;
    }

    /** A UDP datagram with its checksum, without the IP header. */
    public static byte[] udp(int source, int sourcePort, int destination, int destinationPort, byte[] payload) {
        int length = 8 + payload.length;
        byte[] datagram = ByteBuffer.allocate(length)
                .putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .putShort((short) length)
                .putShort((short) 0)
                .put(payload)
                .array();
        int sum = ~checksum(datagram, 0, length, pseudo(source, destination, 17, length)) & 0xffff;
        datagram[6] = (byte) (sum >>> 8);
        datagram[7] = (byte) sum;
        return datagram;
    }

    /** A TCP segment without options, with its checksum, without the IP header. The window is 8192. */
    public static byte[] tcp(
            int source,
            int sourcePort,
            int destination,
            int destinationPort,
            int seq,
            int ack,
            int flags,
            byte[] payload) {
        byte[] segment = ByteBuffer.allocate(20 + payload.length)
                .putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .putInt(seq)
                .putInt(ack)
                .put((byte) 0x50)
                .put((byte) flags)
                .putShort((short) 8192)
                .putInt(0)
                .put(payload)
                .array();
        return withTcpChecksum(segment, source, destination);
    }

    /** Sets the checksum of a TCP segment without its IP header right. */
    public static byte[] withTcpChecksum(byte[] segment, int source, int destination) {
        segment[16] = 0;
        segment[17] = 0;
        int sum = ~tcpSum(segment, source, destination);
        segment[16] = (byte) (sum >>> 8);
        segment[17] = (byte) sum;
        return segment;
    }

    /** The folded sum over pseudo-header and segment: 0xffff if the checksum in it is right. */
    public static int tcpSum(byte[] segment, int source, int destination) {
        return checksum(segment, 0, segment.length, pseudo(source, destination, 6, segment.length));
    }

    /** An ICMP message with its checksum, without the IP header. */
    public static byte[] icmp(int type, int code, int rest, byte[] data) {
        byte[] message = ByteBuffer.allocate(8 + data.length)
                .put((byte) type)
                .put((byte) code)
                .putShort((short) 0)
                .putInt(rest)
                .put(data)
                .array();
        int sum = ~checksum(message, 0, message.length, 0) & 0xffff;
        message[2] = (byte) (sum >>> 8);
        message[3] = (byte) sum;
        return message;
    }

    /** The sum of a pseudo-header. */
    public static long pseudo(int source, int destination, int protocol, int length) {
        return (source >>> 16)
                + (source & 0xffff)
                + (destination >>> 16)
                + (destination & 0xffff)
                + protocol
                + (long) length;
    }

    /** RFC 1071, word by word; not complemented. */
    public static int checksum(byte[] bytes, int from, int length, long start) {
        long sum = start;
        for (int i = 0; i < length; i++) {
            sum += (bytes[from + i] & 0xffL) << ((i & 1) == 0 ? 8 : 0);
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (int) sum;
    }

    public static int u8(byte[] bytes, int at) {
        return bytes[at] & 0xff;
    }

    public static int u16(byte[] bytes, int at) {
        return ByteBuffer.wrap(bytes).getShort(at) & 0xffff;
    }

    public static int i32(byte[] bytes, int at) {
        return ByteBuffer.wrap(bytes).getInt(at);
    }

    public static long mac48(byte[] bytes, int at) {
        return (long) u16(bytes, at) << 32 | (i32(bytes, at + 2) & 0xffff_ffffL);
    }
}
