package io.penstock.datapath.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.Readiness;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sleeping, and everything that ends the sleep. */
@Timeout(60)
class BlockingIdleTest {
    private static final long SECOND = 1_000_000_000;
    /** Shorter than the longest sleep, longer than any machine needs to run a thread that was woken. */
    private static final long SOON = 900_000_000;

    private final int packets = Readiness.eventfd();
    private final WaitFds waits = new WaitFds(packets);

    @AfterEach
    void close() {
        FileDescriptors.close(packets);
    }

    private static void signal(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            long one = arena.allocate(8, 8).address();
            RawMemory.putLong(one, 1);
            assertThat(FileDescriptors.write(fd, one, 8)).isEqualTo(8);
        }
    }

    private static void drain(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            assertThat(FileDescriptors.read(fd, arena.allocate(8, 8).address(), 8))
                    .isEqualTo(8);
        }
    }

    @Test
    void sleepsUntilSomethingIsDue() {
        try (BlockingIdle idle = new BlockingIdle(waits, 0)) {
            long start = System.nanoTime();
            assertThat(idle.idle(start, start + 20_000_000)).isTrue();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(20_000_000);
        }
    }

    @Test
    void doesNotSleepIfSomethingIsDueNow() {
        try (BlockingIdle idle = new BlockingIdle(waits, 0)) {
            long start = System.nanoTime();
            assertThat(idle.idle(start, start)).isFalse();
            assertThat(idle.idle(start, start - SECOND)).isFalse();
        }
    }

    @Test
    void sleepsWithoutADeadlineAlsoOnAClockThatStandsBeforeZero() throws InterruptedException {
        try (BlockingIdle idle = new BlockingIdle(waits, 0)) {
            signal(packets);
            assertThat(idle.idle(-SECOND, Long.MAX_VALUE)).isTrue();
        }
    }

    @Test
    void isEndedByAPacket() {
        try (BlockingIdle idle = new BlockingIdle(waits, 0)) {
            signal(packets);
            long start = System.nanoTime();
            assertThat(idle.idle(start, start + SECOND)).isTrue();
            assertThat(System.nanoTime() - start).isLessThan(SOON);
        }
    }

    @Test
    void isEndedByEachDescriptorThatWasAddedLater() {
        int[] more = new int[20];
        try (BlockingIdle idle = new BlockingIdle(waits, 0)) {
            for (int i = 0; i < more.length; i++) {
                more[i] = Readiness.eventfd();
                waits.add(more[i]);
                signal(more[i]);
                long start = System.nanoTime();
                assertThat(idle.idle(start, start + SECOND)).isTrue();
                assertThat(System.nanoTime() - start).as("descriptor %d", i).isLessThan(SOON);
                drain(more[i]);
            }
            long start = System.nanoTime();
            assertThat(idle.idle(start, start + 20_000_000)).isTrue();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(20_000_000);
        } finally {
            for (int fd : more) {
                FileDescriptors.close(fd);
            }
        }
    }

    @Test
    void waitsForNothingOfADeviceThatIsClosed() {
        try (BlockingIdle idle = new BlockingIdle(waits, 0)) {
            signal(packets); // by now the number may be another file's
            waits.clear();
            long start = System.nanoTime();
            assertThat(idle.idle(start, start + 20_000_000)).isTrue();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(20_000_000);
        }
    }

    @Test
    void isEndedByAWakeFromAnotherThread() throws InterruptedException {
        try (BlockingIdle idle = new BlockingIdle(waits, 0)) {
            Thread waker = new Thread(idle::wake);
            long start = System.nanoTime();
            waker.start();
            assertThat(idle.idle(start, start + SECOND)).isTrue();
            assertThat(System.nanoTime() - start).isLessThan(SOON);
            waker.join();
        }
    }

    @Test
    void remembersAWakeThatCameBeforeTheSleepAndOnlyOnce() {
        try (BlockingIdle idle = new BlockingIdle(waits, 0)) {
            idle.wake();
            long start = System.nanoTime();
            assertThat(idle.idle(start, start + SECOND)).isTrue();
            assertThat(System.nanoTime() - start).isLessThan(SOON);
            start = System.nanoTime();
            assertThat(idle.idle(start, start + 20_000_000)).isTrue();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(20_000_000);
        }
    }

    @Test
    void spinsFirstAndAgainAfterEachReset() {
        try (BlockingIdle idle = new BlockingIdle(waits, 1000)) {
            signal(packets); // so that a sleep ends at once
            assertThat(idle.idle(5000, SECOND)).isFalse();
            assertThat(idle.idle(5999, SECOND)).isFalse();
            assertThat(idle.idle(6000, SECOND)).isTrue();
            assertThat(idle.idle(7000, SECOND)).isTrue();
            idle.reset();
            assertThat(idle.idle(8000, SECOND)).isFalse();
        }
    }

    @Test
    void losesNoWakeUp() throws InterruptedException {
        int rounds = 20_000;
        AtomicInteger work = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        try (BlockingIdle idle = new BlockingIdle(waits, 0)) {
            Thread waker = new Thread(() -> {
                for (int i = 1; i <= rounds; i++) {
                    work.set(i);
                    idle.wake();
                    while (done.get() != i) {
                        Thread.onSpinWait();
                    }
                }
            });
            waker.start();
            long longest = 0;
            for (int i = 1; i <= rounds; i++) {
                long start = System.nanoTime();
                while (work.get() != i) {
                    boolean _ = idle.idle(System.nanoTime(), Long.MAX_VALUE);
                }
                longest = Math.max(longest, System.nanoTime() - start);
                done.set(i);
            }
            waker.join();
            assertThat(longest)
                    .as("a lost wake-up costs the longest sleep, a second")
                    .isLessThan(SOON);
        }
    }

    @Test
    void ignoresWakesAfterItsEnd() {
        BlockingIdle idle = new BlockingIdle(waits, 0);
        idle.close();
        idle.close();
        idle.wake();
    }

    @Test
    void refusesADeviceThatCannotBeWaitedFor() {
        assertThatThrownBy(() -> new BlockingIdle(new WaitFds(), 0))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("this device cannot be waited for");
    }
}
