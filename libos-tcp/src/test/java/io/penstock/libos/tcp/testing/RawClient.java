package io.penstock.libos.tcp.testing;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A TCP client on the link of a {@link LoneStack}, made of bare packets: connects to an echo, sends eight bytes, waits for
 * them, and again. Answers ARP requests for its address as long as it is willing to.
 */
public final class RawClient {
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;
    private static final int BYTES = 8;

    private final LoneStack lone;
    private final int address;
    private final long mac;
    private final int port;
    private final int serverPort;
    private int seq = 1000;
    private int ack;
    private boolean connected;
    private boolean reset;
    private int echoed;
    private long lastEchoNanos;
    private long longestGapNanos;

    /** A client that has not sent anything yet. */
    public RawClient(LoneStack lone, int address, long mac, int port, int serverPort) {
        this.lone = lone;
        this.address = address;
        this.mac = mac;
        this.port = port;
        this.serverPort = serverPort;
    }

    /** A TCP segment within its frame. */
    public static byte[] segment(
            long mac, int from, int port, int toPort, int seq, int ack, int flags, byte[] payload) {
        byte[] tcp = ByteBuffer.allocate(20 + payload.length)
                .putShort((short) port)
                .putShort((short) toPort)
                .putInt(seq)
                .putInt(ack)
                .put((byte) 0x50)
                .put((byte) flags)
                .putShort((short) 8192)
                .putInt(0)
                .put(payload)
                .array();
        int sum = ~Packets.checksum(tcp, 0, tcp.length, Packets.pseudo(from, LoneStack.OWN, 6, tcp.length)) & 0xffff;
        tcp[16] = (byte) (sum >>> 8);
        tcp[17] = (byte) sum;
        return Packets.ethernet(TestDevice.MAC, mac, 0x0800, Packets.ipv4(from, LoneStack.OWN, 6, tcp));
    }

    /** A SYN within its frame. */
    public static byte[] syn(long mac, int from, int port, int toPort) {
        return segment(mac, from, port, toPort, 77, 0, SYN, new byte[0]);
    }

    /** Sends the SYN. */
    public void connect() {
        lone.device.arrives(syn(mac, address, port, serverPort, seq));
        seq++;
        lastEchoNanos = lone.clock.nanos();
    }

    private static byte[] syn(long mac, int from, int port, int toPort, int seq) {
        return segment(mac, from, port, toPort, seq, 0, SYN, new byte[0]);
    }

    /** A packet was sent by the stack: it is answered if it is for this client. */
    public void hears(byte[] packet) {
        if (Packets.u16(packet, 12) == 0x0806) {
            if (Packets.u16(packet, 20) == 1 && Packets.i32(packet, 38) == address) {
                lone.device.arrives(Packets.arp(TestDevice.MAC, 2, mac, address, TestDevice.MAC, LoneStack.OWN));
            }
        } else if (Packets.mac48(packet, 0) == mac
                && packet[23] == 6
                && Packets.i32(packet, 30) == address
                && Packets.u16(packet, 36) == port) {
            segment(packet);
        }
    }

    private void segment(byte[] packet) {
        int flags = packet[47];
        int length = Packets.u16(packet, 16) - 20 - (packet[46] >> 4 & 15) * 4;
        int from = Packets.i32(packet, 38);
        if ((flags & RST) != 0) {
            reset = true;
            return;
        }
        if ((flags & SYN) != 0) {
            ack = from + 1;
            connected = true;
            request();
        } else if (length > 0 && from == ack) {
            ack += length + ((flags & FIN) != 0 ? 1 : 0);
            echoed += length;
            long now = lone.clock.nanos();
            longestGapNanos = Math.max(longestGapNanos, now - lastEchoNanos);
            lastEchoNanos = now;
            request();
        }
    }

    private void request() {
        byte[] payload = new byte[BYTES];
        Arrays.fill(payload, (byte) echoed);
        lone.device.arrives(segment(mac, address, port, serverPort, seq, ack, ACK, payload));
        seq += BYTES;
    }

    /** Whether the stack has answered its SYN. */
    public boolean isConnected() {
        return connected;
    }

    public boolean isReset() {
        return reset;
    }

    /** How many bytes came back. */
    public int echoed() {
        return echoed;
    }

    /** The longest time between two echoes, or between the SYN and the first, or since the last. */
    public long longestGapNanos() {
        return Math.max(longestGapNanos, lone.clock.nanos() - lastEchoNanos);
    }
}
