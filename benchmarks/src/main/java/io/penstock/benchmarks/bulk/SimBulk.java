package io.penstock.benchmarks.bulk;

import io.penstock.datapath.Completion;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.sim.Conditions;
import io.penstock.datapath.device.sim.SimWire;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.examples.EchoServer;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.server.Server;
import io.penstock.testkit.process.HarnessException;
import java.util.concurrent.TimeUnit;

/**
 * Penstock's echo server and a client on Penstock, both in this thread, at the ends of a wire that loses, reorders and
 * doubles packets in both directions. Time is virtual: what takes minutes on such a wire takes seconds here, and the
 * same seed gives the same run.
 */
public final class SimBulk {
    private static final int PORT = 7;
    private static final String SERVER = "198.18.0.2";
    private static final String CLIENT = "198.18.0.1";
    private static final int FRAMES = 65_536;
    private static final long STEP_NANOS = TimeUnit.MICROSECONDS.toNanos(20);
    private static final long MAX_VIRTUAL_NANOS = TimeUnit.HOURS.toNanos(24);
    private static final long DRAIN_NANOS = TimeUnit.MINUTES.toNanos(5);

    private final VirtualClock clock = new VirtualClock();
    private final SimWire wire;
    private final Stack server;
    private final Stack client;
    private final Server echo;

    private SimBulk(Conditions conditions, long seed) {
        wire = new SimWire("bulk", conditions.seed(seed), conditions.seed(seed + 1));
        server = Stack.open(config(SimWire.End.B, SERVER, seed));
        client = Stack.open(config(SimWire.End.A, CLIENT, seed + 1));
        echo = EchoServer.on(server, PORT, 0, Counters.inMemory());
    }

    private StackConfig config(SimWire.End end, String address, long seed) {
        return StackConfig.builder()
                .device(setup -> wire.open(end, setup))
                .address(address + "/24")
                .frames(FRAMES)
                .clock(clock)
                .idle((_, _) -> true) // the driver lets time pass, for both alike
                .secret(seed, ~seed)
                .build();
    }

    /**
     * What a run found, beside the bytes.
     *
     * @param framesInUse of both pools when all was over: a simulated device keeps none, so any is a leak
     */
    public record Outcome(BulkResult bytes, int framesInUse, long lost, long reordered, long doubled) {}

    /**
     * Sends {@code totalBytes} there and back.
     *
     * @throws HarnessException if it does not come to an end; the seed is named
     */
    public static Outcome run(Conditions conditions, int connections, long totalBytes, long seed) {
        SimBulk sim = new SimBulk(conditions, seed);
        try {
            return sim.transfer(connections, totalBytes, seed);
        } finally {
            sim.client.close();
            sim.server.close();
        }
    }

    private Outcome transfer(int connections, long totalBytes, long seed) {
        StreamClient streams = new StreamClient(client, SERVER, PORT);
        streams.start(connections, totalBytes, seed);
        long start = clock.nanos();
        Completion completion = new Completion();
        while (streams.isActive()) {
            if (client.waitNext(completion, 0) == WaitResult.COMPLETED) {
                streams.handle(completion);
            }
            streams.pushMore();
            echo.turn(0);
            pass(start + MAX_VIRTUAL_NANOS, seed);
        }
        long elapsed = clock.nanos() - start;
        drain();
        return new Outcome(
                streams.result(totalBytes, elapsed),
                client.pool().framesInUse() + server.pool().framesInUse(),
                wire.lost(),
                wire.reordered(),
                wire.duplicated());
    }

    /** Lets time pass to the next arrival, or a step. */
    private void pass(long deadline, long seed) {
        long arrival = wire.nextArrivalNanos();
        clock.advanceTo(Math.min(Math.max(arrival, clock.nanos() + 1), clock.nanos() + STEP_NANOS));
        if (clock.nanos() > deadline) {
            throw new HarnessException("the transfer did not end within a day of virtual time; seed " + seed);
        }
    }

    /** Until all that was sent is acknowledged and every connection has ended. */
    private void drain() {
        Completion completion = new Completion();
        long until = clock.nanos() + DRAIN_NANOS;
        while (clock.nanos() < until
                && client.pool().framesInUse() + server.pool().framesInUse() > 0) {
            client.waitNext(completion, 0);
            echo.turn(0);
            clock.advance(STEP_NANOS);
        }
    }
}
