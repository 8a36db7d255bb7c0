package io.penstock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.linux.mem.Mmap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sleeping until a word changes, among threads and among processes. */
@Timeout(60)
class FutexTest {
    private static final int PAGE = 4096;
    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000 * MILLI;
    private static final int EFAULT = 14;

    @TempDir
    private Path folder;

    private Path file;
    private long word;

    @BeforeEach
    void mapTheWord() throws IOException {
        file = folder.resolve("word");
        Files.write(file, new byte[PAGE]);
        word = map(file);
    }

    @AfterEach
    void unmap() {
        Mmap.unmap(word, PAGE);
    }

    private static long map(Path file) {
        int fd = FileDescriptors.open(file.toString(), FileDescriptors.O_RDWR);
        assertThat(fd).isNotNegative();
        long address = Mmap.map(PAGE, Mmap.PROT_READ | Mmap.PROT_WRITE, Mmap.MAP_SHARED, fd, 0);
        FileDescriptors.close(fd);
        assertThat(address).isPositive();
        return address;
    }

    /** Waits until the word has another value, and returns it. */
    private static int awaitChange(long address, int from) {
        return awaitChange(address, from, 50 * SECOND);
    }

    private static int awaitChange(long address, int from, long timeoutNanos) {
        while (RawMemory.getIntAcquire(address) == from) {
            int result = Futex.await(address, from, timeoutNanos);
            assertThat(result).isIn(0, -Errno.EAGAIN, -Errno.EINTR);
        }
        return RawMemory.getIntAcquire(address);
    }

    private static void change(long address, int to) {
        RawMemory.putIntRelease(address, to);
        assertThat(Futex.wake(address, Futex.ALL)).isNotNegative();
    }

    @Test
    void whoWaitsForAValueThatIsNotThereDoesNotSleep() {
        RawMemory.putInt(word, -7);
        assertThat(Futex.await(word, 1, Futex.FOREVER)).isEqualTo(-Errno.EAGAIN);
        assertThat(Futex.await(word, -7, 0)).isEqualTo(-Errno.ETIMEDOUT);
        assertThat(Futex.await(word, -7, -5)).isEqualTo(-Errno.ETIMEDOUT);
    }

    @Test
    void aTimeoutEndsTheSleepAndNotBefore() {
        long begin = System.nanoTime();
        assertThat(Futex.await(word, 0, 30 * MILLI)).isEqualTo(-Errno.ETIMEDOUT);
        assertThat(System.nanoTime() - begin).isBetween(30 * MILLI, 20 * SECOND);
        begin = System.nanoTime();
        assertThat(Futex.await(word, 0, SECOND + 1)).isEqualTo(-Errno.ETIMEDOUT);
        assertThat(System.nanoTime() - begin).isBetween(SECOND, 20 * SECOND);
    }

    @Test
    void saysWhatIsNoWord() {
        assertThat(Futex.await(word + 1, 0, SECOND)).isEqualTo(-Errno.EINVAL);
        assertThat(Futex.await(PAGE, 0, SECOND)).isEqualTo(-EFAULT);
        assertThat(Futex.wake(word + 2, 1)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void nobodyIsWokenWhereNobodyWaits() {
        assertThat(Futex.wake(word, Futex.ALL)).isZero();
    }

    @Test
    void aThreadIsWokenByAnother() throws InterruptedException {
        AtomicInteger seen = new AtomicInteger();
        Thread waiter = Thread.ofPlatform().daemon().start(() -> seen.set(awaitChange(word, 0, Futex.FOREVER)));
        LockSupport.parkNanos(20 * MILLI); // time to fall asleep
        RawMemory.putIntRelease(word, 42);
        // If it does not wait yet there is nobody to wake, and it sees the value without: both ways end.
        var _ = Futex.wake(word, 1);
        waiter.join(Duration.ofSeconds(50));
        assertThat(seen).hasValue(42);
    }

    @Test
    void asManyAreWokenAsAreAskedFor() throws InterruptedException {
        AtomicInteger awake = new AtomicInteger();
        Thread[] waiters = new Thread[3];
        for (int i = 0; i < waiters.length; i++) {
            waiters[i] = Thread.ofPlatform().start(() -> {
                int result = Futex.await(word, 0, 50 * SECOND);
                if (result == 0) {
                    awake.incrementAndGet();
                }
            });
        }
        int woken = 0;
        while (woken < 2) {
            woken += Futex.wake(word, 1); // one at a time, as soon as there are any
        }
        while (woken < waiters.length) {
            woken += Futex.wake(word, Futex.ALL);
        }
        for (Thread each : waiters) {
            each.join();
        }
        assertThat(awake).hasValue(waiters.length);
    }

    @Test
    void aProcessIsWokenByAnotherThatMapsTheSameFile() throws Exception {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherProcess.class.getName(),
                        file.toString())
                .inheritIO()
                .start();
        try {
            assertThat(Futex.await(word, 0, 50 * SECOND))
                    .as("the other one's first word")
                    .isIn(0, -Errno.EAGAIN);
            assertThat(awaitChange(word, 0)).isEqualTo(1);
            for (int value = 1; value < OtherProcess.LAST; value += 2) {
                change(word, value + 1);
                assertThat(awaitChange(word, value + 1)).isEqualTo(value + 2);
            }
            assertThat(other.waitFor(50, TimeUnit.SECONDS)).isTrue();
            assertThat(other.exitValue()).isZero();
        } finally {
            other.destroyForcibly();
        }
    }

    /** Answers each even value by the next odd one. */
    static final class OtherProcess {
        static final int LAST = 101;

        private OtherProcess() {}

        public static void main(String[] args) {
            long address = map(Path.of(args[0]));
            change(address, 1);
            for (int value = 1; value < LAST; value += 2) {
                assertThat(awaitChange(address, value)).isEqualTo(value + 1);
                change(address, value + 2);
            }
        }
    }
}
