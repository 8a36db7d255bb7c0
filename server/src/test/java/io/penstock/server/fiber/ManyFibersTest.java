package io.penstock.server.fiber;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.counters.Counters;
import io.penstock.testkit.MemoryOs;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A hundred thousand fibers wait at once, and what each of them takes. */
@Timeout(180)
class ManyFibersTest {
    private static final int FIBERS = 100_000;
    /** Until all is compiled: what waits in the interpreter's frames takes half as much again. */
    private static final int WARM_UPS = 5;

    private static final int WARM_UP_FIBERS = 30_000;

    private final Counters counters = Counters.inMemory();
    private long before;
    private long parked;
    private FiberLoop loop;

    private static long usedHeapBytes() {
        for (int i = 0; i < 4; i++) {
            System.gc(); // one in four moves everything, and leaves no gaps
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private void measureAndStop() {
        parked = usedHeapBytes();
        loop.stop();
    }

    private void assertParked(String what, int atMostBytes) {
        long each = (parked - before) / FIBERS;
        System.out.println("a fiber that waits " + what + " takes " + each + " bytes of the Java heap");
        assertThat(each).isBetween(100L, (long) atMostBytes);
        assertThat(counters.counter("fiber.ended").get()).isEqualTo(FIBERS + 1);
    }

    @Test
    void eachReadsItsConnection() throws Exception {
        for (int i = 0; i < WARM_UPS; i++) {
            runReaders(WARM_UP_FIBERS, Counters.inMemory());
        }
        runReaders(FIBERS, counters);
        assertParked("in a read, with its connection,", 1024);
    }

    private FiberConfig config(Counters counted) {
        return FiberConfig.defaults().endNanos(60_000_000_000L).counters(counted);
    }

    private void runReaders(int fibers, Counters counted) throws Exception {
        try (MemoryOs os = new MemoryOs()) {
            loop = new FiberLoop(new ParkedOs(os, fibers, this::measureAndStop), config(counted));
            before = usedHeapBytes();
            loop.run(Clients.server(Clients::echo));
        }
    }

    @Test
    void eachSleeps() throws Exception {
        for (int i = 0; i < WARM_UPS; i++) {
            runSleepers(WARM_UP_FIBERS, Counters.inMemory());
        }
        runSleepers(FIBERS, counters);
        assertParked("for its time", 1024);
    }

    private void runSleepers(int fibers, Counters counted) throws Exception {
        try (MemoryOs os = new MemoryOs()) {
            loop = new FiberLoop(os, config(counted));
            before = usedHeapBytes();
            loop.run(scope -> {
                for (int i = 0; i < fibers; i++) {
                    scope.fork(() -> scope.sleep(3_600_000_000_000L));
                }
                scope.sleep(0);
                scope.onLoop(() -> {
                    measureAndStop();
                    return null;
                });
            });
        }
    }
}
