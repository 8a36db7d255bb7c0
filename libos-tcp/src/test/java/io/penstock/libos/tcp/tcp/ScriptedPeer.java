package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.memory.os.RawMemory;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** One engine, and a peer whose every segment the test writes by hand. */
final class ScriptedPeer implements Wire, AutoCloseable {
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000 * MILLI;
    static final int MSS = 1460;

    final VirtualClock clock = new VirtualClock();
    final TcpHost host;
    final long address = 0xffff_c612_0009L;
    int port = 40_000;
    int hostPort = 7;
    /** The number of the peer's next byte, and of the next byte that it expects. */
    int seq = 5_000;

    int ack;
    int window = 65_535;

    private List<Seg> sent = new ArrayList<>();

    ScriptedPeer() {
        this(TcpConfig.defaults());
    }

    ScriptedPeer(TcpConfig config) {
        this(config, 1024);
    }

    ScriptedPeer(TcpConfig config, int frames) {
        this(config, frames, 2048);
    }

    ScriptedPeer(TcpConfig config, int frames, int frameBytes) {
        host = new TcpHost("host", 0xc612_0002, clock, config, frames, frameBytes);
        host.wire = this;
    }

    @Override
    public void carry(TcpHost from, long at, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        RawMemory.copyTo(at, bytes, 0, lengthBytes);
        assertThat(SegmentBytes.sum(bytes, host.addressLow, address))
                .as("checksum of what the engine sends")
                .isEqualTo(0xffff);
        sent.add(new Seg(bytes));
    }

    // ---- sending to the engine

    /** A segment from the peer: its present numbers unless set otherwise. */
    final class Out {
        private int flags;
        private int outSeq = seq;
        private int outAck = ack;
        private int outWindow = window;
        private byte[] options = new byte[0];
        private byte[] payload = new byte[0];
        private boolean corrupt;
        private int dataOffsetWords = -1;

        Out(int flags) {
            this.flags = flags;
        }

        Out seq(int value) {
            outSeq = value;
            return this;
        }

        Out ack(int value) {
            outAck = value;
            return this;
        }

        Out window(int value) {
            outWindow = value;
            return this;
        }

        Out options(int... bytes) {
            options = new byte[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                options[i] = (byte) bytes[i];
            }
            return this;
        }

        Out payload(byte[] bytes) {
            payload = bytes;
            return this;
        }

        Out payload(int length) {
            return payload(pattern(outSeq, length));
        }

        Out corrupt() {
            corrupt = true;
            return this;
        }

        Out dataOffset(int words) {
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
            byte[] bytes = b.array();
            int checksum = ~SegmentBytes.sum(bytes, address, host.addressLow) & 0xffff;
            b.putShort(16, (short) (corrupt ? checksum ^ 0x1000 : checksum));
            return bytes;
        }

        /** The segment arrives; the turn goes on. */
        void inject() {
            ScriptedPeer.this.inject(bytes());
        }

        /** The segment arrives and the turn ends. Returns what the engine sent. */
        List<Seg> send() {
            inject();
            return turn();
        }
    }

    Out out(int flags) {
        return new Out(flags);
    }

    void inject(byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            long at = arena.allocate(Math.max(1, bytes.length)).address();
            RawMemory.copyFrom(bytes, 0, at, bytes.length);
            host.receive(address, at, bytes.length);
        }
    }

    /** Data from the peer, in order. */
    List<Seg> data(int length) {
        Out out = out(Seg.ACK | Seg.PSH).payload(length);
        seq += length;
        return out.send();
    }

    /** A pure ACK of all that the peer expects. */
    List<Seg> acknowledge() {
        return out(Seg.ACK).send();
    }

    /** What the bytes of a stream are at these numbers, so that a test can tell them apart. */
    static byte[] pattern(int from, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            int at = from + i;
            bytes[i] = (byte) (at * 31 + (at >>> 8));
        }
        return bytes;
    }

    // ---- what the engine does

    /** The turn ends. Returns what was sent. */
    List<Seg> turn() {
        host.takeCompletions();
        host.endTurn();
        host.takeCompletions();
        List<Seg> result = sent;
        sent = new ArrayList<>();
        return result;
    }

    /** Time passes, each timer at its moment. Returns what was sent. */
    List<Seg> pass(long nanos) {
        List<Seg> all = new ArrayList<>(turn());
        long end = clock.nanos() + nanos;
        while (true) {
            long next = host.engine.nextDeadlineNanos();
            if (next > end) {
                break;
            }
            clock.advanceTo(next);
            all.addAll(turn());
        }
        clock.advanceTo(end);
        all.addAll(turn());
        return all;
    }

    /** Time passes until the engine sends something. Returns how much, or fails after {@code limit}. */
    long passUntilSent(List<Seg> into, long limit) {
        long begin = clock.nanos();
        while (true) {
            List<Seg> now = turn();
            if (!now.isEmpty()) {
                into.addAll(now);
                return clock.nanos() - begin;
            }
            long next = host.engine.nextDeadlineNanos();
            assertThat(next - begin).as("nothing was sent").isLessThanOrEqualTo(limit);
            clock.advanceTo(next);
        }
    }

    // ---- handshakes

    /** MSS 1460 and window scale 7. */
    static final int[] SYN_OPTIONS = {2, 4, 1460 >> 8, 1460 & 0xff, 1, 3, 3, 7};

    /** A connection that the peer opened and the application accepted. Without options: no window scaling. */
    TcpSocket accepted(int... options) {
        TcpSocket listener = host.listen(hostPort, 16);
        Op accept = host.accept(listener);
        handshake(options);
        assertThat(accept.status).isEqualTo(Status.OK);
        return accept.accepted;
    }

    /** As most tests want it: MSS 1460, no scaling. */
    TcpSocket accepted() {
        return accepted(2, 4, 1460 >> 8, 1460 & 0xff);
    }

    /** The peer's side of a passive open. */
    void handshake(int... options) {
        List<Seg> synAck = out(Seg.SYN).options(options).send();
        assertThat(synAck).hasSize(1);
        assertThat(synAck.get(0).flags).isEqualTo(Seg.SYN | Seg.ACK);
        assertThat(synAck.get(0).ack).isEqualTo(seq + 1);
        seq++;
        ack = synAck.get(0).seq + 1;
        assertThat(acknowledge()).isEmpty();
    }

    /** The one segment of a list. */
    static Seg only(List<Seg> segments) {
        assertThat(segments).hasSize(1);
        return segments.get(0);
    }

    /** The engine ends; every frame must be home. */
    void finish() {
        host.shutDown();
        assertThat(host.pool.framesInUse()).as(host.pool.leakReport()).isZero();
        assertThat(host.pool.slicesInUse()).isZero();
        assertThat(host.operations.waiting()).as("operations that never end").isZero();
        assertThat(host.engine.core().budget.receiveFrames).isZero();
        assertThat(host.counter("tcp.connections.open")).isZero();
    }

    @Override
    public void close() {
        host.close();
    }
}
