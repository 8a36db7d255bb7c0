package io.penstock.testkit.packet;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A TCP peer whose every segment the test writes by hand, and which looks at each that comes back. How segments get to the
 * stack under test, and from it, is said by whoever extends this; {@link DevicePeer} does for a whole stack.
 */
public abstract class ScriptedPeer {
    private final int ownAddress;
    private final int hostAddress;

    public int port = 40_000;
    public int hostPort = 7;
    /** The number of the peer's next byte. */
    public int seq = 5_000;
    /** The number of the next byte that the peer expects. */
    public int ack;
    /** The window field of what it sends. */
    public int window = 65_535;

    /** A peer with this IPv4 address, of a host with that one. */
    protected ScriptedPeer(int address, int hostAddress) {
        this.ownAddress = address;
        this.hostAddress = hostAddress;
    }

    /** A segment without its IP header arrives at the stack. */
    public abstract void inject(byte[] segment);

    /** The stack's turn ends. Returns what it sent. */
    public abstract List<Seg> turn();

    /** Reads what the stack has sent, and fails if its checksum is wrong. */
    protected final Seg read(byte[] segment) {
        int sum = Packets.tcpSum(segment, hostAddress, ownAddress);
        if (sum != 0xffff) {
            throw new AssertionError("the checksum of what the stack sends: 0x" + Integer.toHexString(sum));
        }
        return new Seg(segment);
    }

    /** A segment from the peer: its present numbers unless set otherwise. */
    public final class Out {
        private final int flags;
        private int outSeq = seq;
        private int outAck = ack;
        private int outWindow = window;
        private byte[] options = new byte[0];
        private byte[] payload = new byte[0];
        private boolean corrupt;
        private int dataOffsetWords = -1;

        private Out(int flags) {
            this.flags = flags;
        }

        /** Another sequence number. */
        public Out seq(int value) {
            outSeq = value;
            return this;
        }

        /** Another acknowledgment number. */
        public Out ack(int value) {
            outAck = value;
            return this;
        }

        /** Another window. */
        public Out window(int value) {
            outWindow = value;
            return this;
        }

        /** Options, a multiple of four bytes. */
        public Out options(int... bytes) {
            options = new byte[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                options[i] = (byte) bytes[i];
            }
            return this;
        }

        /** Payload. */
        public Out payload(byte[] bytes) {
            payload = bytes;
            return this;
        }

        /** As much payload, of the bytes that stand at its numbers. */
        public Out payload(int length) {
            return payload(pattern(outSeq, length));
        }

        /** With a checksum that is wrong. */
        public Out corrupt() {
            corrupt = true;
            return this;
        }

        /** With a data offset that may be wrong. */
        public Out dataOffset(int words) {
            dataOffsetWords = words;
            return this;
        }

        private byte[] bytes() {
            int headerBytes = 20 + options.length;
            ByteBuffer b = ByteBuffer.allocate(headerBytes + payload.length);
            b.putShort((short) port).putShort((short) hostPort).putInt(outSeq);
            b.putInt((flags & Seg.ACK) != 0 ? outAck : 0);
            int words = dataOffsetWords >= 0 ? dataOffsetWords : headerBytes / 4;
            b.put((byte) (words << 4)).put((byte) flags).putShort((short) outWindow);
            b.putShort((short) 0).putShort((short) ((flags & Seg.URG) != 0 ? 1 : 0));
            b.put(options).put(payload);
            byte[] bytes = Packets.withTcpChecksum(b.array(), ownAddress, hostAddress);
            bytes[16] ^= (byte) (corrupt ? 0x10 : 0);
            return bytes;
        }

        /** The segment arrives; the turn goes on. */
        public void inject() {
            ScriptedPeer.this.inject(bytes());
        }

        /** The segment arrives and the turn ends. Returns what the stack sent. */
        public List<Seg> send() {
            inject();
            return turn();
        }
    }

    /** A segment with these flags, such as {@link Seg#SYN}. */
    public final Out out(int flags) {
        return new Out(flags);
    }

    /** Data from the peer, in order. Returns what the stack sent. */
    public final List<Seg> data(int length) {
        Out out = out(Seg.ACK | Seg.PSH).payload(length);
        seq += length;
        return out.send();
    }

    /** A pure ACK of all that the peer expects. Returns what the stack sent. */
    public final List<Seg> acknowledge() {
        return out(Seg.ACK).send();
    }

    /** The peer's side of a passive open. */
    public final void handshake(int... options) {
        Seg synAck = only(out(Seg.SYN).options(options).send());
        require(synAck.flags == (Seg.SYN | Seg.ACK) && synAck.ack == seq + 1, "a SYN was answered by " + synAck);
        seq++;
        ack = synAck.seq + 1;
        List<Seg> more = acknowledge();
        require(more.isEmpty(), "the handshake was over, and came " + more);
    }

    /** MSS 1460 and window scale 7, as {@link Out#options} takes them. */
    public static int[] synOptions() {
        return new int[] {2, 4, 1460 >> 8, 1460 & 0xff, 1, 3, 3, 7};
    }

    /** What the bytes of a stream are at these numbers, so that a test can tell them apart. */
    public static byte[] pattern(int from, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            int at = from + i;
            bytes[i] = (byte) (at * 31 + (at >>> 8));
        }
        return bytes;
    }

    /** The one segment of a list. */
    public static Seg only(List<Seg> segments) {
        require(segments.size() == 1, "one segment was expected, and came " + segments);
        return segments.getFirst();
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}
