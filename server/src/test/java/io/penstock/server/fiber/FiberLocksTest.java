package io.penstock.server.fiber;

import static io.penstock.server.fiber.Clients.MILLIS;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.MemoryOs;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What Java has for threads works between fibers, and between fibers and other threads. */
class FiberLocksTest {
    private final MemoryOs os = new MemoryOs().traced();
    private final List<String> seen = new ArrayList<>();

    @AfterEach
    void nothingLeaks() {
        assertThat(os.pool().framesInUse()).isZero();
        os.close();
    }

    @Test
    void aLockIsHeldAcrossWaits() throws Exception {
        ReentrantLock lock = new ReentrantLock(true);
        FiberLoop.run(os, scope -> {
            for (int i = 0; i < 3; i++) {
                String name = "fiber " + i;
                scope.fork(() -> {
                    lock.lock();
                    try {
                        seen.add(name + " in");
                        scope.sleep(MILLIS);
                        seen.add(name + " out");
                    } finally {
                        lock.unlock();
                    }
                });
            }
        });
        assertThat(seen)
                .containsExactly("fiber 0 in", "fiber 0 out", "fiber 1 in", "fiber 1 out", "fiber 2 in", "fiber 2 out");
    }

    @Test
    void aMonitorIsHeldAcrossWaits() throws Exception {
        Object monitor = new Object();
        FiberLoop.run(os, scope -> {
            for (int i = 0; i < 3; i++) {
                scope.fork(() -> {
                    synchronized (monitor) {
                        seen.add("in");
                        scope.sleep(MILLIS);
                        seen.add("out");
                    }
                });
            }
        });
        assertThat(seen).containsExactly("in", "out", "in", "out", "in", "out");
    }

    @Test
    void aMonitorIsWaitedOnAndNotified() throws Exception {
        Object monitor = new Object();
        boolean[] told = new boolean[1];
        FiberLoop.run(os, scope -> {
            scope.fork(() -> {
                synchronized (monitor) {
                    while (!told[0]) {
                        monitor.wait();
                    }
                    seen.add("told");
                }
            });
            scope.sleep(MILLIS);
            synchronized (monitor) {
                told[0] = true;
                monitor.notifyAll();
            }
        });
        assertThat(seen).containsExactly("told");
    }

    @Test
    void aQueueHandsOverBetweenFibers() throws Exception {
        BlockingQueue<Integer> queue = new ArrayBlockingQueue<>(2);
        int[] sum = new int[1];
        FiberLoop.run(os, scope -> {
            scope.fork(() -> {
                for (int i = 1; i <= 1000; i++) {
                    queue.put(i);
                }
                queue.put(-1);
            });
            for (int value = queue.take(); value > 0; value = queue.take()) {
                sum[0] += value;
            }
        });
        assertThat(sum[0]).isEqualTo(500_500);
    }

    @Test
    void threadLocalsAreEachFibersOwn() throws Exception {
        ThreadLocal<String> local = ThreadLocal.withInitial(() -> "none");
        FiberLoop.run(os, scope -> {
            for (int i = 0; i < 10; i++) {
                String own = "own " + i;
                scope.fork(() -> {
                    assertThat(local.get()).isEqualTo("none");
                    local.set(own);
                    scope.sleep(MILLIS);
                    assertThat(local.get()).isEqualTo(own);
                    seen.add(own);
                });
            }
            scope.join();
            assertThat(local.get()).isEqualTo("none");
        });
        assertThat(seen).hasSize(10);
    }

    @Test
    void anotherThreadWakesTheLoop() throws Exception {
        FiberLoop.run(os, _ -> {
            CompletableFuture<Thread> future = new CompletableFuture<>();
            Thread other = Thread.ofPlatform().start(() -> {
                LockSupport.parkNanos(5 * MILLIS);
                future.complete(Thread.currentThread());
            });
            assertThat(future.get()).isSameAs(other);
            other.join();
        });
    }

    @Test
    void manyThreadsWakeManyFibersAndLoseNone() throws Exception {
        int fibers = 200;
        int rounds = 300;
        Semaphore[] permits = new Semaphore[fibers];
        AtomicInteger[] taken = new AtomicInteger[fibers];
        for (int i = 0; i < fibers; i++) {
            permits[i] = new Semaphore(0);
            taken[i] = new AtomicInteger();
        }
        List<Thread> threads = new ArrayList<>();
        FiberLoop.run(os, scope -> {
            for (int i = 0; i < fibers; i++) {
                int own = i;
                scope.fork(() -> {
                    for (int round = 0; round < 3 * rounds; round++) {
                        permits[own].acquire();
                        taken[own].incrementAndGet();
                    }
                });
            }
            for (int t = 0; t < 3; t++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    for (int round = 0; round < rounds; round++) {
                        for (Semaphore permit : permits) {
                            permit.release();
                        }
                    }
                }));
            }
        });
        for (Thread thread : threads) {
            thread.join();
        }
        for (AtomicInteger count : taken) {
            assertThat(count).hasValue(3 * rounds);
        }
    }

    /** Java holds a thread up for its stack trace, and makes it ready again whether it was or not. */
    @Test
    void whoeverLooksAtStacksMakesNoFiberRunTwiceOrNever() throws Exception {
        List<Thread> threads = new CopyOnWriteArrayList<>();
        AtomicInteger looks = new AtomicInteger();
        Thread looker = Thread.ofPlatform().start(() -> {
            while (looks.get() < 20_000) {
                for (Thread thread : threads) {
                    StackTraceElement[] _ = thread.getStackTrace();
                    looks.incrementAndGet();
                }
            }
        });
        int[] ended = new int[1];
        FiberLoop.run(os, scope -> {
            for (int fiber = 0; fiber < 20; fiber++) {
                scope.fork(() -> {
                    threads.add(Thread.currentThread());
                    for (int i = 0; looks.get() < 20_000; i++) {
                        scope.sleep(0);
                        if (i % 100 == 0) {
                            scope.sleep(1_000);
                            StackTraceElement[] _ = threads.getFirst().getStackTrace(); // it may stand in the queue
                        }
                    }
                    ended[0]++;
                });
            }
        });
        looker.join();
        assertThat(ended[0]).isEqualTo(20);
    }

    @Test
    void javasOwnTimedWaitsWork() throws Exception {
        FiberLoop.run(os, scope -> {
            CountDownLatch never = new CountDownLatch(1);
            assertThat(never.await(2, java.util.concurrent.TimeUnit.MILLISECONDS))
                    .isFalse();
            scope.fork(() -> LockSupport.parkNanos(MILLIS));
        });
    }

    @Test
    @SuppressWarnings("ThreadPriorityCheck") // the scheduler is the loop
    void virtualThreadsThatAFiberStartsRunOnTheLoopToo() throws Exception {
        ConcurrentLinkedQueue<String> order = new ConcurrentLinkedQueue<>();
        FiberLoop.run(os, _ -> {
            Thread guest = Thread.startVirtualThread(() -> {
                order.add("guest");
                Thread.yield();
                order.add("guest again");
            });
            order.add("fiber");
            guest.join();
            order.add("joined");
        });
        assertThat(order).containsExactly("fiber", "guest", "guest again", "joined");
    }

    @Test
    void whoeverNeverWaitsDoesNotStarveTheStack() throws Exception {
        int[] turns = new int[1];
        os.whenIdle(() -> turns[0]++);
        FiberLoop.run(os, scope -> {
            for (int fiber = 0; fiber < 10; fiber++) {
                scope.fork(() -> {
                    for (int i = 0; i < 10_000; i++) {
                        scope.sleep(0);
                    }
                });
            }
        });
        assertThat(turns[0])
                .as("of 100,000 runs, at most 256 between two looks")
                .isGreaterThan(350);
    }
}
