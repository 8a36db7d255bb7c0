package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.poll.VirtualClock;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.linux.RawMemory;
import io.penstock.testkit.packet.Seg;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.BooleanSupplier;

/** Two hosts and a pipe between them that loses, reorders, duplicates, delays and corrupts, from a seed. */
final class TwoEngines implements SegmentSink, AutoCloseable {
    final VirtualClock clock = new VirtualClock();
    final TcpHost a;
    final TcpHost b;
    final long seed;
    private final Random random;
    private final PriorityQueue<Packet> packets = new PriorityQueue<>();
    private long order;

    /** One way. */
    long delayNanos = 50_000;

    double loss;
    double reorder;
    double duplicate;
    double corrupt;
    /** Each segment passes here and is dropped if the answer is true. */
    Filter filter;
    /** What both applications do each turn; null: completions are taken and nothing else happens. */
    Runnable application;

    long carried;

    interface Filter {
        boolean drop(TcpHost from, Seg segment);
    }

    private static final class Packet implements Comparable<Packet> {
        private final long atNanos;
        private final long order;
        private final TcpHost to;
        private final byte[] bytes;

        Packet(long atNanos, long order, TcpHost to, byte[] bytes) {
            this.atNanos = atNanos;
            this.order = order;
            this.to = to;
            this.bytes = bytes;
        }

        @Override
        public int compareTo(Packet other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    TwoEngines(long seed) {
        this(seed, TcpConfig.defaults(), TcpConfig.defaults(), 2048);
    }

    TwoEngines(long seed, TcpConfig configA, TcpConfig configB, int frames) {
        this.seed = seed;
        random = new Random(seed);
        a = new TcpHost("a", 0xc612_0001, clock, configA, frames);
        b = new TcpHost("b", 0xc612_0002, clock, configB, frames);
        a.wire = this;
        b.wire = this;
    }

    @Override
    public void carry(TcpHost from, long address, int lengthBytes) {
        carried++;
        byte[] bytes = new byte[lengthBytes];
        RawMemory.copyTo(address, bytes, 0, lengthBytes);
        if (filter != null && filter.drop(from, new Seg(bytes))) {
            return;
        }
        if (random.nextDouble() < loss) {
            return;
        }
        if (random.nextDouble() < corrupt) {
            bytes[random.nextInt(lengthBytes)] ^= (byte) (1 << random.nextInt(8));
        }
        TcpHost to = from == a ? b : a;
        int copies = random.nextDouble() < duplicate ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            long extra = random.nextDouble() < reorder ? (long) (random.nextDouble() * 20 * delayNanos) : 0;
            packets.add(new Packet(clock.nanos() + delayNanos + extra, order++, to, bytes));
        }
    }

    /** One turn of both hosts. Returns whether anything happened. */
    boolean turn() {
        boolean worked = false;
        int[] received = {0, 0};
        while (!packets.isEmpty() && packets.peek().atNanos <= clock.nanos()) {
            Packet p = packets.peek();
            int who = p.to == a ? 0 : 1;
            if (++received[who] > 64) {
                break;
            }
            packets.poll();
            worked = true;
            try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
                long address = arena.allocate(p.bytes.length).address();
                RawMemory.copyFrom(p.bytes, 0, address, p.bytes.length);
                p.to.receive(p.to == a ? b : a, address, p.bytes.length);
            }
        }
        worked |= a.takeCompletions() + b.takeCompletions() > 0;
        if (application != null) {
            application.run();
        }
        worked |= a.endTurn();
        worked |= b.endTurn();
        worked |= a.holdsFrames() || b.holdsFrames();
        int completed = a.takeCompletions() + b.takeCompletions();
        return worked || completed > 0;
    }

    /** Lets time pass until the condition holds; fails if it does not within so much virtual time. */
    void runUntil(BooleanSupplier condition, long withinNanos) {
        long end = clock.nanos() + withinNanos;
        while (!condition.getAsBoolean()) {
            step(end, "the condition did not come true");
        }
    }

    private void step(long end, String what) {
        assertThat(clock.nanos()).as("seed %d: %s", seed, what).isLessThan(end);
        if (!turn()) {
            long next = Math.min(a.engine.nextDeadlineNanos(), b.engine.nextDeadlineNanos());
            if (!packets.isEmpty()) {
                next = Math.min(next, packets.peek().atNanos);
            }
            clock.advanceTo(Math.min(next, end));
        } else {
            clock.advance(1_000);
        }
    }

    void run(long nanos) {
        long end = clock.nanos() + nanos;
        while (clock.nanos() < end) {
            step(Long.MAX_VALUE, "");
            if (!packets.isEmpty() && packets.peek().atNanos > end && !turn()) {
                clock.advanceTo(end);
            }
        }
    }

    /** A connected pair: the client's socket on a, the server's on b. */
    TcpSocket[] connect() {
        TcpSocket listener = b.listen(7, 16);
        Op accept = b.accept(listener);
        TcpSocket client = a.open();
        Op connect = a.connect(client, b, 7);
        runUntil(() -> connect.isDone() && accept.isDone(), 300_000_000_000L);
        assertThat(connect.status).as("seed %d", seed).isEqualTo(io.penstock.datapath.Status.OK);
        return new TcpSocket[] {client, accept.accepted, listener};
    }

    /** Shuts both down and checks that every frame and slice is home and no operation waits. */
    void shutDown() {
        a.shutDown();
        b.shutDown();
        packets.clear();
        for (TcpHost h : new TcpHost[] {a, b}) {
            assertThat(h.pool.framesInUse())
                    .as("seed %d: frames that did not come home to %s: %s", seed, h.name, h.pool.leakReport())
                    .isZero();
            assertThat(h.pool.slicesInUse()).isZero();
            assertThat(h.operations.waiting()).as("seed %d: operations", seed).isZero();
            assertThat(h.engine.context().budget.receiveFrames)
                    .as("seed %d: receive frames", seed)
                    .isZero();
            assertThat(h.counter("tcp.connections.open")).isZero();
        }
    }

    @Override
    public void close() {
        a.close();
        b.close();
    }
}
