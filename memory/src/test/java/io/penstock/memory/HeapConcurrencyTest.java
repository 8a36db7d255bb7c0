package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Cores at work while somebody trims the heap, looks for leaks, and opens and closes cores beside them. */
class HeapConcurrencyTest extends HeapFixture {
    private static final int OPERATIONS = 150_000;
    private static final int MAX_ALIVE = 200;

    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicInteger working = new AtomicInteger();

    /** Stamps what it takes, and looks for the stamp when it gives it back: nobody else may have had the block. */
    private void work(long seed) {
        Random random = new Random(seed);
        List<Buffer> alive = new ArrayList<>();
        try (CoreHeap mine = heap.core("worker " + seed)) {
            for (int i = 0; i < OPERATIONS && failure.get() == null; i++) {
                Buffer b = alive.size() < MAX_ALIVE && random.nextBoolean()
                        ? mine.allocate(8 + random.nextInt(random.nextInt(10) == 0 ? 20_000 : 500), 0)
                        : null;
                if (b != null) {
                    b.putLong(0, stamp(b, seed));
                    alive.add(b);
                } else if (!alive.isEmpty()) {
                    giveBack(alive.remove(random.nextInt(alive.size())), seed);
                }
                if (random.nextInt(1_000) == 0) {
                    mine.trim();
                }
            }
            alive.forEach(b -> giveBack(b, seed));
            assertThat(mine.bytesInUse()).isZero();
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        } finally {
            working.decrementAndGet();
        }
    }

    private static long stamp(Buffer b, long seed) {
        return b.address() * 31 + seed;
    }

    private static void giveBack(Buffer b, long seed) {
        assertThat(b.getLong(0)).isEqualTo(stamp(b, seed));
        b.release();
    }

    @Test
    void trimmingLookingAndClosingDisturbNobody() throws InterruptedException {
        long seed = System.nanoTime();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            long own = seed + i;
            working.incrementAndGet();
            workers.add(Thread.ofPlatform().daemon().start(() -> work(own)));
        }
        while (working.get() > 0) {
            long _ = heap.trim();
            try (CoreHeap passing = heap.core("passing")) {
                Buffer b = passing.allocate(100);
                if (b != null) {
                    b.release();
                }
                assertThat(passing.leakReport()).as("seed " + seed).isEmpty();
            }
        }
        for (Thread worker : workers) {
            worker.join(60_000);
        }
        assertThat(failure.get()).as("seed " + seed).isNull();
        assertThat(heap.statistics().leakedBytes()).as("seed " + seed).isZero();
    }
}
