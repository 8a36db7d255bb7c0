package io.penstock.testkit.packet;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** A segment as a test sees it, taken apart independently of the code under test. */
public final class Seg {
    public static final int FIN = 1;
    public static final int SYN = 2;
    public static final int RST = 4;
    public static final int PSH = 8;
    public static final int ACK = 16;
    public static final int URG = 32;

    public final int sourcePort;
    public final int destinationPort;
    public final int seq;
    public final int ack;
    public final int flags;
    public final int window;
    public final byte[] options;
    public final byte[] payload;

    /** Reads a segment without its IP header. */
    public Seg(byte[] bytes) {
        ByteBuffer b = ByteBuffer.wrap(bytes);
        int headerBytes = ((b.get(12) >> 4) & 0xf) * 4;
        sourcePort = b.getShort(0) & 0xffff;
        destinationPort = b.getShort(2) & 0xffff;
        seq = b.getInt(4);
        ack = b.getInt(8);
        flags = b.get(13) & 0x3f;
        window = b.getShort(14) & 0xffff;
        options = Arrays.copyOfRange(bytes, 20, headerBytes);
        payload = Arrays.copyOfRange(bytes, headerBytes, bytes.length);
    }

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    public int length() {
        return payload.length;
    }

    /** The MSS option, or -1. */
    public int mss() {
        int at = option(2);
        return at < 0 ? -1 : (options[at + 2] & 0xff) * 256 + (options[at + 3] & 0xff);
    }

    /** The window scale option, or -1. */
    public int windowScale() {
        int at = option(3);
        return at < 0 ? -1 : options[at + 2];
    }

    private int option(int kind) {
        for (int i = 0; i < options.length && options[i] != 0; i += options[i] == 1 ? 1 : options[i + 1]) {
            if (options[i] == kind) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public String toString() {
        StringBuilder s = new StringBuilder();
        String names = "FSRPAU";
        for (int i = 0; i < names.length(); i++) {
            if (((flags >> i) & 1) != 0) {
                s.append(names.charAt(i));
            }
        }
        return "<" + s + " seq=" + Integer.toUnsignedString(seq) + " ack=" + Integer.toUnsignedString(ack) + " wnd="
                + window + " len=" + payload.length + ">";
    }
}
