package io.penstock.server.fiber;

import static io.penstock.server.fiber.Clients.MILLIS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.Counters;
import io.penstock.testkit.MemoryOs;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Whoever holds up the loop is named, with its stack. */
class BlockedFiberTest {
    private static final long DEADLINE_NANOS = 30_000 * MILLIS;

    private final MemoryOs os = new MemoryOs();
    private final Counters counters = Counters.inMemory();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(Watchdog.class);

    private static FiberScope forInitializer;
    private static Counter forInitializerBlocked;
    private static Throwable thrown;

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
        logger.setAdditive(false);
    }

    @AfterEach
    void close() {
        logger.detachAppender(log);
        logger.setAdditive(true);
        os.close();
    }

    private FiberLoop loop(long blockedNanos) {
        return new FiberLoop(
                os, FiberConfig.defaults().blockedNanos(blockedNanos).counters(counters));
    }

    private long blocked() {
        return counters.counter("fiber.blocked").get();
    }

    private void computesForLong() {
        long begin = System.nanoTime();
        while (blocked() == 0 && System.nanoTime() - begin < DEADLINE_NANOS) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aLongComputationIsNamedWithItsStack() throws Exception {
        loop(10 * MILLIS).run(scope -> scope.fork("greedy", this::computesForLong));
        assertThat(blocked()).isEqualTo(1);
        assertThat(log.list).hasSize(1);
        assertThat(log.list.getFirst().getFormattedMessage())
                .startsWith("fiber 'greedy' has held up its loop for more than 10 ms: it runs");
        assertThat(log.list.getFirst().getThrowableProxy().getStackTraceElementProxyArray())
                .anySatisfy(at -> assertThat(at.toString()).contains("BlockedFiberTest.computesForLong"));
    }

    @Test
    void theFlightRecorderHasIt(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("blocked.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("io.penstock.FiberBlocked");
            recording.start();
            loop(10 * MILLIS).run(scope -> scope.fork("greedy", this::computesForLong));
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertThat(events).hasSize(1);
        assertThat(events.getFirst().getString("fiber")).isEqualTo("greedy");
        assertThat(events.getFirst().getString("state")).isEqualTo("RUNNABLE");
        assertThat(events.getFirst().getString("stack")).contains("computesForLong");
        assertThat(events.getFirst().getDuration("heldNanos").toMillis()).isEqualTo(10);
    }

    @Test
    void aFiberThatWaitsWhereItShouldIsNot() throws Exception {
        loop(MILLIS).run(scope -> {
            for (int i = 0; i < 20; i++) {
                scope.fork(() -> scope.sleep(30 * MILLIS));
            }
        });
        assertThat(log.list).noneMatch(event -> event.getFormattedMessage().contains("waits ("));
    }

    /** Java cannot take a thread off its carrier below this. */
    private static final class SleepsInItsInitializer {
        static {
            try {
                forInitializer.sleep(10_000_000);
            } catch (IllegalStateException | InterruptedException e) {
                thrown = e;
            }
        }

        private SleepsInItsInitializer() {}

        static void touch() {}
    }

    private static final class WaitsInItsInitializer {
        static {
            long begin = System.nanoTime();
            while (forInitializerBlocked.get() == 0 && System.nanoTime() - begin < DEADLINE_NANOS) {
                LockSupport.parkNanos(DEADLINE_NANOS);
            }
        }

        private WaitsInItsInitializer() {}

        static void touch() {}
    }

    @Test
    void aWaitThatCannotLeaveTheThreadIsAnExceptionAndNotTheEnd() throws Exception {
        loop(10 * MILLIS).run(scope -> {
            forInitializer = scope;
            Fiber<?> pinned = scope.fork("pinned", SleepsInItsInitializer::touch);
            pinned.join();
            scope.sleep(MILLIS);
        });
        assertThat(thrown)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("fiber 'pinned' cannot wait here");
        assertThat(log.list.getFirst().getFormattedMessage()).contains("waits (WAITING) below");
    }

    @Test
    void aWaitOfJavasThatCannotLeaveTheThreadIsNamed() throws Exception {
        forInitializerBlocked = counters.counter("fiber.blocked");
        loop(10 * MILLIS).run(scope -> scope.fork("pinned", WaitsInItsInitializer::touch));
        assertThat(blocked()).isEqualTo(1);
        assertThat(log.list.getFirst().getFormattedMessage()).contains("it waits (TIMED_WAITING) below");
    }

    @Test
    void nobodyWatchesIfToldSo() throws Exception {
        loop(0).run(scope -> scope.fork(() -> {
            long begin = System.nanoTime();
            while (System.nanoTime() - begin < 40 * MILLIS) {
                Thread.onSpinWait();
            }
        }));
        assertThat(log.list).isEmpty();
        assertThatThrownBy(() -> FiberConfig.defaults().blockedNanos(1)).isInstanceOf(IllegalArgumentException.class);
    }
}
