package io.penstock.datapath.device.afxdp;

import java.nio.ByteBuffer;

/** Packets for steering programs: right in what a program looks at, zero elsewhere. */
final class TestPackets {
    static final int OURS = 0xc6120002; // 198.18.0.2
    static final int KERNELS = 0xc6120003;
    static final int ICMP = 1;
    static final int TCP = 6;
    static final int UDP = 17;

    private TestPackets() {}

    static byte[] arp(int operation, int targetAddress) {
        return ByteBuffer.allocate(42)
                .putShort(12, (short) 0x0806)
                .putShort(14, (short) 1)
                .putShort(16, (short) 0x0800)
                .putShort(18, (short) 0x0604)
                .putShort(20, (short) operation)
                .putInt(38, targetAddress)
                .array();
    }

    static byte[] ipv4(int destination, int protocol, int port) {
        return ipv4(destination, protocol, port, 5);
    }

    /** With {@code headerWords} words of header, so with options if more than five. */
    static byte[] ipv4(int destination, int protocol, int port, int headerWords) {
        int transport = 14 + 4 * headerWords;
        return ByteBuffer.allocate(transport + 20)
                .putShort(12, (short) 0x0800)
                .put(14, (byte) (0x40 | headerWords))
                .put(23, (byte) protocol)
                .putInt(30, destination)
                .putShort(transport, (short) 50_000)
                .putShort(transport + 2, (short) port)
                .array();
    }

    /** The same packet as a part of a larger one. */
    static byte[] fragment(byte[] packet, int flagsAndOffset) {
        return ByteBuffer.wrap(packet.clone())
                .putShort(20, (short) flagsAndOffset)
                .array();
    }

    static byte[] put(byte[] packet, int index, int value) {
        byte[] changed = packet.clone();
        changed[index] = (byte) value;
        return changed;
    }
}
