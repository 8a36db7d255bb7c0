package io.penstock.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.memory.Buffer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class MemorySoakTest {
    private static final int MAX_LIVE = 500;
    private static final int PAIRS = 20_000;

    private final StringWriter text = new StringWriter();

    /** A memory that does something wrong, once. */
    private static class Faulty implements SoakMemory {
        private final SoakMemory sound = PinnedMemory.open();
        int allocations;

        @Override
        public Buffer allocate(int lengthBytes) {
            allocations++;
            return sound.allocate(lengthBytes);
        }

        @Override
        public int reclaim() {
            return sound.reclaim();
        }

        @Override
        public long inUse() {
            return sound.inUse();
        }

        @Override
        public long regionBytes() {
            return sound.regionBytes();
        }

        @Override
        public void close() {
            sound.close();
        }
    }

    private SoakResult soak(double crossShare, Supplier<SoakMemory> memory) {
        SoakPlan plan = new SoakPlan(PAIRS, 7, crossShare, MAX_LIVE, 60_000);
        SoakResult result = new MemorySoak(plan, memory, new PrintWriter(text)).run();
        result.print(new PrintWriter(text));
        return result;
    }

    @Test
    void findsNothingInAMemoryThatIsSound() {
        for (double crossShare : new double[] {0, 0.5, 1}) {
            assertThat(soak(crossShare, PinnedMemory::open).problems()).isEmpty();
        }
        assertThat(text.toString()).contains("nothing leaked, nothing grew");
    }

    @Test
    void makesAsManyPairsAsItWasTold() {
        SoakResult result = soak(0.5, PinnedMemory::open);
        assertThat(result.toJson().get("pairs").asLong()).isBetween((long) PAIRS, (long) PAIRS + MAX_LIVE);
        assertThat(result.toJson().get("crossed").asLong()).isBetween(PAIRS * 4L / 10, PAIRS * 6L / 10);
        assertThat(result.toJson().at("/afterTheFirstTenth/regionBytes").asLong())
                .isPositive();
    }

    @Test
    void findsOneBufferThatWasNeverReleased() {
        SoakResult result = soak(0, () -> new Faulty() {
            private int releases;

            @Override
            public void release(Buffer buffer) {
                if (++releases != PAIRS / 2) {
                    buffer.release();
                }
            }
        });
        assertThat(result.problems()).containsExactly("1 still in use after everything was released");
        assertThat(text.toString()).contains("FAILS").contains("seed 7");
    }

    @Test
    void findsABufferThatWasWrittenByAnother() {
        SoakResult result = soak(0, () -> new Faulty() {
            private Buffer earlier;

            @Override
            public Buffer allocate(int lengthBytes) {
                Buffer buffer = super.allocate(lengthBytes);
                if (allocations == 10) {
                    earlier = buffer;
                } else if (allocations == 20 && earlier.isAlive()) {
                    earlier.putByte(0, (byte) ~earlier.getByte(0));
                }
                return buffer;
            }
        });
        assertThat(result.problems()).hasSize(1);
        assertThat(result.problems().getFirst()).startsWith("wrong contents in ");
    }

    @Test
    void findsWrongContentsOnTheOtherThreadToo() {
        SoakResult result = soak(1, () -> new Faulty() {
            private Buffer last;

            @Override
            public Buffer allocate(int lengthBytes) {
                if (allocations == 100) {
                    last.putByte(0, (byte) ~last.getByte(0));
                }
                last = super.allocate(lengthBytes);
                return last;
            }
        });
        assertThat(result.problems()).hasSize(1);
        assertThat(result.problems().getFirst()).contains("wrong contents in ", "another thread");
    }

    @Test
    void findsARegionThatGrows() {
        SoakResult result = soak(0, () -> new Faulty() {
            @Override
            public long regionBytes() {
                return allocations;
            }
        });
        assertThat(result.problems()).hasSize(1);
        assertThat(result.problems().getFirst()).startsWith("the regions grew");
    }

    @Test
    void findsADoubleRelease() {
        SoakResult result = soak(0, () -> new Faulty() {
            private int releases;

            @Override
            public void release(Buffer buffer) {
                buffer.release();
                if (++releases == 100) {
                    buffer.release();
                }
            }
        });
        assertThat(result.problems()).hasSize(1);
        assertThat(result.problems().getFirst()).contains("released twice");
    }

    @Test
    void goesOnWhenThereIsNoMemoryForTheMoment() {
        SoakResult result = soak(0, () -> new Faulty() {
            @Override
            public Buffer allocate(int lengthBytes) {
                Buffer buffer = super.allocate(lengthBytes);
                if (allocations % 3 == 0) {
                    buffer.release();
                    return null;
                }
                return buffer;
            }
        });
        assertThat(result.problems()).isEmpty();
        assertThat(text.toString()).doesNotContain(", 0 refused");
    }

    @Test
    void endsEarlyWithASummaryWhenItIsClosed() throws Exception {
        SoakPlan plan = new SoakPlan(Long.MAX_VALUE, 7, 0.5, MAX_LIVE, 60_000);
        MemorySoak soak = new MemorySoak(plan, PinnedMemory::open, new PrintWriter(text));
        Thread running = Thread.ofPlatform().start(() -> {
            SoakResult _ = soak.run();
        });
        while (!soak.isRunning()) {
            Thread.onSpinWait();
        }
        soak.close();
        running.join();
        assertThat(soak.wasInterrupted()).isTrue();
        assertThat(text.toString()).contains("stopped before the end:", "nothing leaked");
    }

    @Test
    void closingAfterTheEndSaysNothing() {
        MemorySoak soak = new MemorySoak(new SoakPlan(PAIRS, 7, 0, MAX_LIVE, 60_000), new PrintWriter(text));
        assertThat(soak.run().problems()).isEmpty();
        soak.close();
        assertThat(text.toString()).isEmpty();
        assertThat(soak.wasInterrupted()).isFalse();
    }
}
