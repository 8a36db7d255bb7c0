package io.penstock.datapath.stack;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.penstock.datapath.Completion;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.poll.Idle;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.linux.proc.CpuQuota;
import io.penstock.linux.proc.RunDelay;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's files as they would be, in a folder of the test's, and time that the test lets pass. */
class PausesTest {
    private static final long MILLI = 1_000_000L;

    @TempDir
    private Path folder;

    private final VirtualClock clock = new VirtualClock();
    private final Counters counters = Counters.inMemory();
    private final List<String> log = new ArrayList<>();
    private Remedies remedies = new Remedies(counters, log::add);
    private final Completion out = new Completion();
    private long turnNanos;
    private int received;
    private int core = 3;
    private Path group;
    private Path schedstat;
    private PollLoop loop;

    private final LoopWork work = new LoopWork() {
        @Override
        public int receive() {
            clock.advance(turnNanos);
            return received;
        }

        @Override
        public int poll() {
            return 0;
        }

        @Override
        public int fireTimers(long nowNanos) {
            remedies.report(nowNanos);
            return 0;
        }

        @Override
        public int transmit() {
            return 0;
        }

        @Override
        public long nextDeadlineNanos() {
            return Long.MAX_VALUE;
        }
    };

    @BeforeEach
    void open() throws IOException {
        group = Files.createDirectories(folder.resolve("cgroup/service"));
        schedstat = folder.resolve("schedstat");
        Files.writeString(group.resolve("cpu.max"), "50000 100000\n");
        throttledMillis(1_000);
        waitedMillis(700);
        Pauses pauses =
                new Pauses(remedies, new CpuQuota(List.of(group, folder)), () -> new RunDelay(schedstat), () -> core);
        loop = new PollLoop(work, new OperationTable(16), clock, Idle.spin(), remedies, pauses);
        turns(3, MILLI / 100);
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private void throttledMillis(long millis) {
        write(
                group.resolve("cpu.stat"),
                "usage_usec 1\nnr_periods 9\nnr_throttled 5\nthrottled_usec " + millis * 1000 + "\n");
    }

    private void waitedMillis(long millis) {
        write(schedstat, "3904771 " + millis * MILLI + " 57\n");
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void turns(int count, long nanos) {
        turnNanos = nanos;
        for (int i = 0; i < count; i++) {
            assertThat(loop.waitNext(out, 0)).isEqualTo(WaitResult.TIMED_OUT);
        }
        turnNanos = 0;
    }

    private void passASecond() {
        turns(1100, MILLI);
    }

    private long count(String cause) {
        return counters.counter("loop.pauses." + cause).get();
    }

    @Test
    void saysThatTheQuotaThrottledTheLoop() {
        turns(3, 60 * MILLI);
        throttledMillis(1_150);
        waitedMillis(850); // who is throttled waits as well
        passASecond();

        assertThat(log)
                .hasSize(1)
                .first()
                .asString()
                .contains(
                        "up to 60 ms",
                        "quota of processor time in " + group.resolve("cpu.max"),
                        "limits.cpu",
                        "loop.pauses.throttled: 3");
        assertThat(count("preempted") + count("own")).isZero();
    }

    @Test
    void knowsTheOldFormToo() throws IOException {
        Files.delete(group.resolve("cpu.max"));
        Files.writeString(group.resolve("cpu.stat"), "nr_periods 9\nnr_throttled 5\nthrottled_time 1000000000\n");
        try (CpuQuota quota = new CpuQuota(List.of(group))) {
            assertThat(quota.throttledNanosSince()).isZero();
            assertThat(quota.limitFile()).isEmpty();
            Files.writeString(group.resolve("cpu.stat"), "nr_periods 9\nnr_throttled 6\nthrottled_time 1030000000\n");

            assertThat(quota.throttledNanosSince()).isEqualTo(30 * MILLI);
            assertThat(quota.limitFile())
                    .isEqualTo(group.resolve("cpu.cfs_quota_us").toString());
        }
    }

    @Test
    void saysThatSomethingElseRanOnTheCore() {
        turns(1, 20 * MILLI);
        waitedMillis(719);
        passASecond();

        assertThat(log)
                .hasSize(1)
                .first()
                .asString()
                .contains(
                        "up to 20 ms",
                        "something else ran on its core: ",
                        "give core 3 to it alone",
                        "loop.pauses.preempted: 1");
        assertThat(count("throttled") + count("own")).isZero();
    }

    @Test
    void accusesNobodyAloneWhereTheQuotaCannotBeSeen() {
        loop.close();
        remedies = new Remedies(Counters.inMemory(), log::add); // the other one's lines ask the other quota
        Pauses pauses = new Pauses(
                remedies, new CpuQuota(List.of(folder.resolve("missing"))), () -> new RunDelay(schedstat), () -> core);
        loop = new PollLoop(work, new OperationTable(16), clock, Idle.spin(), remedies, pauses);
        turns(3, MILLI / 100);
        turns(1, 20 * MILLI);
        waitedMillis(719);
        passASecond();

        assertThat(log.getLast()).contains("something else ran on its core, or by a quota", "cannot be seen from here");
    }

    @Test
    void advisesToPinALoopThatIsNot() {
        core = -1;
        turns(1, 20 * MILLI);
        waitedMillis(719);
        passASecond();

        assertThat(log).hasSize(1).first().asString().contains("--core N");
    }

    @Test
    void countsWhatTheApplicationAndTheVirtualMachineTake() {
        turns(2, 20 * MILLI);
        passASecond();

        assertThat(count("own")).isEqualTo(2);
        assertThat(log).isEmpty();
    }

    @Test
    void doesNotTakeManyShortWaitsOfThePastForTheReason() {
        for (int second = 1; second < 60; second++) {
            waitedMillis(700 + second);
            passASecond();
        }
        turns(1, 20 * MILLI);
        passASecond();

        assertThat(count("own")).isEqualTo(1);
        assertThat(log).isEmpty();
    }

    @Test
    void isSilentAboutShortTurns() {
        turns(1000, 4 * MILLI);
        throttledMillis(9_000);
        waitedMillis(9_000);
        passASecond();

        assertThat(log).isEmpty();
        assertThat(count("own") + count("throttled") + count("preempted")).isZero();
    }

    @Test
    void seesThePausesOfBusyTurnsToo() {
        received = 5;
        turns(2, 20 * MILLI);
        received = 0;
        passASecond();

        assertThat(count("own")).isEqualTo(2);
    }

    @Test
    void watchesWhoeverHasTheLoop() throws Exception {
        FutureTask<Long> other = new FutureTask<>(() -> {
            loop.adopt();
            Path ofTheOther = folder.resolve("schedstat-of-the-other");
            write(ofTheOther, "1 5000000000 1\n");
            schedstat = ofTheOther;
            passASecond();
            turns(1, 20 * MILLI);
            passASecond();
            return count("own");
        });
        Thread thread = new Thread(other);
        thread.start();

        assertThat(other.get())
                .as("what the other waited for before is not this loop's")
                .isEqualTo(1);
        thread.join();
        loop.adopt();
    }

    @Test
    void worksWhereTheKernelSaysNothing() {
        Path nothing = folder.resolve("nothing");
        try (RunDelay none = new RunDelay(nothing)) {
            assertThat(none.nanosSince()).isZero();
        }
        try (CpuQuota none = new CpuQuota(List.of(nothing));
                CpuQuota own = new CpuQuota()) {
            assertThat(none.throttledNanosSince()).isZero();
            assertThat(own.throttledNanosSince()).isNotNegative();
        }
    }

    @Test
    void makesNoGarbageBetweenLines() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        turnNanos = 1000 * MILLI; // the application's, which are counted and not said
        long least = Long.MAX_VALUE;
        for (int window = 0; window < 10; window++) { // what the virtual machine itself leaves behind is not in each
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1000; i++) {
                WaitResult _ = loop.waitNext(out, 0);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }

        assertThat(least).isZero();
    }

    @Test
    void readsTheThreadsOwnFile() {
        try (RunDelay own = new RunDelay()) {
            assertThat(own.nanosSince()).isNotNegative();
        }
    }
}
