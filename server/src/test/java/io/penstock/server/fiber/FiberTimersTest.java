package io.penstock.server.fiber;

import static io.penstock.server.fiber.Clients.MILLIS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Fibers sleep as long as they say, on the stack's own clock. */
class FiberTimersTest {
    private final Clients clients = new Clients();
    private final List<String> seen = new ArrayList<>();

    @AfterEach
    void nothingLeaks() {
        clients.close();
    }

    @Test
    void sleepersWakeInTheOrderOfTheirMoments() throws Exception {
        clients.after(MILLIS).after(MILLIS).after(MILLIS);
        clients.run(scope -> {
            for (int i = 3; i > 0; i--) {
                long millis = i;
                scope.fork(() -> {
                    scope.sleep(millis * MILLIS);
                    seen.add(millis + " ms");
                });
            }
        });
        assertThat(seen).containsExactly("1 ms", "2 ms", "3 ms");
    }

    @Test
    void neverTooEarlyAndSoonAfter() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 1200; i++) {
            clients.after(100_000);
        }
        clients.run(scope -> {
            for (int i = 0; i < 500; i++) {
                long nanos = 1 + random.nextLong(100 * MILLIS);
                scope.fork(() -> {
                    long begin = clients.clock.nanos();
                    scope.sleep(nanos);
                    long slept = clients.clock.nanos() - begin;
                    assertThat(slept).as("seed %d", seed).isBetween(nanos, nanos + 100_000);
                });
            }
            scope.join();
            seen.add("all");
            scope.sleep(Long.MAX_VALUE);
        });
        assertThat(seen).containsExactly("all");
    }

    @Test
    void aWaitThatEndsInTimeLeavesNoTimerToTheNext() throws Exception {
        clients.after(MILLIS).after(3 * MILLIS).after(MILLIS);
        clients.run(scope -> {
            Fiber<?> sleeper = scope.fork(() -> {
                try {
                    scope.sleep(3 * MILLIS);
                } catch (InterruptedException _) {
                    seen.add("interrupted");
                }
                scope.sleep(4 * MILLIS);
                seen.add("slept");
            });
            scope.sleep(MILLIS);
            sleeper.interrupt();
            scope.sleep(3 * MILLIS);
            assertThat(seen).containsExactly("interrupted");
            sleeper.join();
        });
        assertThat(seen).containsExactly("interrupted", "slept");
    }
}
