package io.penstock.server.fiber;

import io.penstock.datapath.counters.Counters;
import io.penstock.testkit.MemoryOs;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;

/** A process in which a hundred thousand fibers wait at once. Prints how many bytes of the Java heap each takes, and how many ended. */
final class WaitingFibers {
    static final int FIBERS = 100_000;
    /** Until all is compiled: the interpreter's frames are larger. */
    private static final int WARM_UPS = 6;

    private static final int WARM_UP_FIBERS = 30_000;

    private WaitingFibers() {}

    /** So many fibers wait; when all of them do, {@code whenAllWait} stops the loop. */
    private interface Scenario {
        void run(int fibers, Counters counters, AtomicLong parkedBytes) throws Exception;
    }

    public static void main(String[] args) throws Exception {
        Scenario scenario = args[0].equals("read") ? WaitingFibers::read : WaitingFibers::sleep;
        AtomicLong parkedBytes = new AtomicLong();
        for (int i = 0; i < WARM_UPS; i++) {
            scenario.run(WARM_UP_FIBERS, Counters.inMemory(), parkedBytes);
        }
        Counters counters = Counters.inMemory();
        long before = usedHeapBytes();
        scenario.run(FIBERS, counters, parkedBytes);
        System.out.println("each takes " + (parkedBytes.get() - before) / FIBERS + " bytes, "
                + counters.counter("fiber.ended").get() + " ended");
    }

    private static long usedHeapBytes() {
        for (int i = 0; i < 4; i++) {
            System.gc(); // one in four moves everything, and leaves no gaps
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static FiberConfig config(Counters counters) {
        return FiberConfig.defaults().endNanos(60_000_000_000L).counters(counters);
    }

    /** Each with its connection. */
    private static void read(int fibers, Counters counters, AtomicLong parkedBytes) throws Exception {
        try (MemoryOs os = new MemoryOs()) {
            FiberLoop[] loop = new FiberLoop[1];
            ParkedOs parked = new ParkedOs(os, fibers, () -> {
                parkedBytes.set(usedHeapBytes());
                loop[0].stop();
            });
            loop[0] = new FiberLoop(parked, config(counters));
            loop[0].run(Clients.server(Clients::echo));
        }
    }

    private static void sleep(int fibers, Counters counters, AtomicLong parkedBytes) throws Exception {
        try (MemoryOs os = new MemoryOs()) {
            FiberLoop loop = new FiberLoop(os, config(counters));
            loop.run(scope -> {
                for (int i = 0; i < fibers; i++) {
                    scope.fork(() -> scope.sleep(3_600_000_000_000L));
                }
                scope.sleep(0);
                scope.onLoop(() -> {
                    parkedBytes.set(usedHeapBytes());
                    loop.stop();
                    return null;
                });
            });
        }
    }
}
