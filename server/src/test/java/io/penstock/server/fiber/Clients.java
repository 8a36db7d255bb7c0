package io.penstock.server.fiber;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.memory.Buffer;
import io.penstock.testkit.ForwardingLibOs;
import io.penstock.testkit.MemoryOs;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A loop on a stack without a network, whose clients are steps of the test: one is done each time that all fibers wait. After the
 * last one the loop is stopped.
 */
final class Clients implements AutoCloseable {
    static final long MILLIS = 1_000_000;

    final MemoryOs os;
    final VirtualClock clock = new VirtualClock();
    final Counters counters = Counters.inMemory();
    final FiberLoop loop;
    /** The stack, which does a step whenever a loop waits on it. */
    final LibOs waits;

    private final Deque<Runnable> steps = new ArrayDeque<>();

    Clients() {
        this(1024, FiberConfig.defaults());
    }

    Clients(int maxOperations, FiberConfig config) {
        os = new MemoryOs(maxOperations).traced();
        waits = new WaitsOnly();
        loop = new FiberLoop(waits, config.clock(clock).counters(counters));
    }

    /** That the loop only looks, as somebody is ready, is no wait. */
    private final class WaitsOnly extends ForwardingLibOs {
        WaitsOnly() {
            super(os);
        }

        @Override
        public WaitResult waitNext(Completion out, long timeoutNanos) {
            os.whenIdle(timeoutNanos == 0 ? () -> {} : Clients.this::step);
            return os.waitNext(out, timeoutNanos);
        }
    }

    private void step() {
        Runnable step = steps.poll();
        if (step != null) {
            step.run();
        } else {
            loop.stop();
            clock.advance(MILLIS); // or the end would never come
        }
    }

    /** What happens next when all fibers wait. */
    Clients then(Runnable step) {
        steps.add(step);
        return this;
    }

    /** Time passes. */
    Clients after(long nanos) {
        return then(() -> clock.advance(nanos));
    }

    void run(FiberScope.Task task) throws Exception {
        loop.run(task);
        assertThat(steps).as("steps that were never come to").isEmpty();
    }

    void send(int client, String text) {
        os.send(client, text.getBytes(US_ASCII));
    }

    String read(int client) {
        return new String(os.read(client), US_ASCII);
    }

    long count(String counter) {
        return counters.counter(counter).get();
    }

    /** Serves the port with a task, each connection in its fiber. */
    static FiberScope.Task server(ConnectionTask task) {
        return scope -> {
            Listener listener = scope.listen(Endpoint.any(7));
            while (true) {
                scope.serve(listener.accept(), task);
            }
        };
    }

    static void echo(Connection connection) throws Exception {
        for (Buffer chain = connection.read(); chain != null; chain = connection.read()) {
            connection.write(chain);
            chain.release();
        }
    }

    /** What a buffer or chain holds; it is released. */
    static String text(Buffer chain) {
        StringBuilder text = new StringBuilder();
        for (Buffer b = chain; b != null; b = b.next()) {
            byte[] bytes = new byte[b.length()];
            b.getBytes(0, bytes, 0, bytes.length);
            text.append(new String(bytes, US_ASCII));
        }
        chain.release();
        return text.toString();
    }

    static void write(Connection connection, String text) throws Exception {
        connection.write(text.getBytes(US_ASCII), 0, text.length());
    }

    /** Nothing may be left. */
    @Override
    public void close() {
        assertThat(os.pool().framesInUse()).as(os.pool().leakReport()).isZero();
        os.close();
    }
}
