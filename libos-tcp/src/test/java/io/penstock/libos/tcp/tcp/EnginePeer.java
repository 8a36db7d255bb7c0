package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.linux.RawMemory;
import io.penstock.testkit.packet.ScriptedPeer;
import io.penstock.testkit.packet.Seg;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** One engine, and a peer whose every segment the test writes by hand. */
final class EnginePeer extends ScriptedPeer implements SegmentSink, AutoCloseable {
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000 * MILLI;
    static final int MSS = 1460;

    private static final int ADDRESS = 0xc612_0009;
    private static final int HOST_ADDRESS = 0xc612_0002;

    final VirtualClock clock = new VirtualClock();
    final TcpHost host;
    final long address = 0xffff_0000_0000L | Integer.toUnsignedLong(ADDRESS);

    private List<Seg> sent = new ArrayList<>();

    EnginePeer() {
        this(TcpConfig.defaults());
    }

    EnginePeer(TcpConfig config) {
        this(config, 1024);
    }

    EnginePeer(TcpConfig config, int frames) {
        this(config, frames, 2048);
    }

    EnginePeer(TcpConfig config, int frames, int frameBytes) {
        super(ADDRESS, HOST_ADDRESS);
        host = new TcpHost("host", HOST_ADDRESS, clock, config, frames, frameBytes);
        host.wire = this;
    }

    @Override
    public void carry(TcpHost from, long at, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        RawMemory.copyTo(at, bytes, 0, lengthBytes);
        sent.add(read(bytes));
    }

    @Override
    public void inject(byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            long at = arena.allocate(Math.max(1, bytes.length)).address();
            RawMemory.copyFrom(bytes, 0, at, bytes.length);
            host.receive(address, at, bytes.length);
        }
    }

    // ---- what the engine does

    @Override
    public List<Seg> turn() {
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

    /** The engine ends; every frame must be home. */
    void finish() {
        host.shutDown();
        assertThat(host.pool.framesInUse()).as(host.pool.leakReport()).isZero();
        assertThat(host.pool.slicesInUse()).isZero();
        assertThat(host.operations.waiting()).as("operations that never end").isZero();
        assertThat(host.engine.context().budget.receiveFrames).isZero();
        assertThat(host.counter("tcp.connections.open")).isZero();
    }

    @Override
    public void close() {
        host.close();
    }
}
