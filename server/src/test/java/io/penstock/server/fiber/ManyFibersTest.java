package io.penstock.server.fiber;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.counters.Counters;
import io.penstock.testkit.MemoryOs;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A hundred thousand fibers wait at once, and what each of them takes. Most of it is the stack that it waits on, whose frames are
 * half as large once they are the compiler's best: the virtual machine decides when, so the least of some rounds counts.
 */
@Timeout(180)
class ManyFibersTest {
    private static final int FIBERS = 100_000;
    private static final int AT_MOST_BYTES = 1024;
    private static final int WARM_UPS = 4;
    private static final int WARM_UP_FIBERS = 30_000;
    private static final int MAX_ROUNDS = 5;

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

    /** So many fibers wait until they have been measured. */
    private interface Round {
        void run(int fibers, Counters counters) throws Exception;
    }

    private void assertSmall(String what, Round round) throws Exception {
        for (int i = 0; i < WARM_UPS; i++) {
            round.run(WARM_UP_FIBERS, Counters.inMemory());
        }
        List<Long> each = new ArrayList<>();
        do {
            Counters counters = Counters.inMemory();
            round.run(FIBERS, counters);
            assertThat(counters.counter("fiber.ended").get()).isEqualTo(FIBERS + 1);
            each.add((parked - before) / FIBERS);
        } while (each.getLast() >= AT_MOST_BYTES && each.size() < MAX_ROUNDS);
        System.out.println("a fiber that waits " + what + " takes " + each + " bytes of the Java heap");
        assertThat(Collections.min(each)).isBetween(100L, (long) AT_MOST_BYTES);
    }

    private static FiberConfig config(Counters counters) {
        return FiberConfig.defaults().endNanos(60_000_000_000L).counters(counters);
    }

    @Test
    void eachReadsItsConnection() throws Exception {
        assertSmall("in a read, with its connection,", (fibers, counters) -> {
            try (MemoryOs os = new MemoryOs()) {
                loop = new FiberLoop(new ParkedOs(os, fibers, this::measureAndStop), config(counters));
                before = usedHeapBytes();
                loop.run(Clients.server(Clients::echo));
            }
        });
    }

    @Test
    void eachSleeps() throws Exception {
        assertSmall("for its time", (fibers, counters) -> {
            try (MemoryOs os = new MemoryOs()) {
                loop = new FiberLoop(os, config(counters));
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
        });
    }
}
