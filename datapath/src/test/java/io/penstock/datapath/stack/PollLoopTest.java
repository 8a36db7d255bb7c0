package io.penstock.datapath.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Completion;
import io.penstock.datapath.InvalidTokenException;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.StackTask;
import io.penstock.datapath.Status;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.Idle;
import io.penstock.datapath.poll.VirtualClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;

class PollLoopTest {
    private final VirtualClock clock = new VirtualClock();
    private final OperationTable operations = new OperationTable(16);
    private final Counters counters = Counters.inMemory();
    private final List<String> order = new ArrayList<>();
    private final Completion out = new Completion();
    private IntSupplier onReceive = () -> 0;

    private final LoopWork work = new LoopWork() {
        @Override
        public int receive() {
            order.add("receive");
            return onReceive.getAsInt();
        }

        @Override
        public int poll() {
            order.add("look");
            return onReceive.getAsInt();
        }

        @Override
        public int fireTimers(long nowNanos) {
            order.add("timers");
            return 0;
        }

        @Override
        public int transmit() {
            order.add("transmit");
            return 0;
        }

        @Override
        public long nextDeadlineNanos() {
            return Long.MAX_VALUE;
        }
    };

    private PollLoop loop(Idle idle) {
        return new PollLoop(work, operations, clock, idle, new Remedies(counters));
    }

    @Test
    void aTurnReceivesThenLetsTheApplicationRunThenFiresTimersThenTransmits() {
        PollLoop loop = loop(Idle.advancing(clock, 1000));
        onReceive = () -> {
            if (order.size() == 1) {
                operations.complete(operations.open(Opcode.POP, 1), Status.OK);
                operations.complete(operations.open(Opcode.POP, 2), Status.OK);
            }
            return 0;
        };
        assertThat(loop.waitNext(out, 0)).isEqualTo(WaitResult.COMPLETED);
        order.add("application " + out.queue());
        assertThat(loop.waitNext(out, 0)).isEqualTo(WaitResult.COMPLETED);
        order.add("application " + out.queue());
        assertThat(loop.waitNext(out, 0)).isEqualTo(WaitResult.TIMED_OUT);
        assertThat(order).containsExactly("receive", "application 1", "application 2", "timers", "transmit", "receive");
    }

    @Test
    void whatCompletesWhileTheApplicationRunsWaitsForTheNextTurn() {
        PollLoop loop = loop(Idle.advancing(clock, 1000));
        onReceive = () -> {
            if (order.size() == 1) {
                operations.complete(operations.open(Opcode.POP, 1), Status.OK);
            }
            return 0;
        };
        loop.waitNext(out, 0);
        operations.complete(operations.open(Opcode.POP, 2), Status.OK);
        loop.waitNext(out, 0);
        assertThat(out.queue()).isEqualTo(2);
        assertThat(order).containsExactly("receive", "timers", "transmit", "receive");
    }

    @Test
    void whatGoesAfterLongWorkOfTheApplicationGoesByTheTimeAfterIt() {
        long[] wall = {1_000};
        Clock watch = new Clock() {
            private long nanos = wall[0];

            @Override
            public long nanos() {
                return nanos;
            }

            @Override
            public long update() {
                nanos = wall[0];
                return nanos;
            }

            @Override
            public boolean isVirtual() {
                return true;
            }
        };
        long[] fired = {0};
        long[] sent = {0};
        LoopWork timed = new LoopWork() {
            @Override
            public int receive() {
                return 0;
            }

            @Override
            public int poll() {
                return 0;
            }

            @Override
            public int fireTimers(long nowNanos) {
                fired[0] = nowNanos;
                return 0;
            }

            @Override
            public int transmit() {
                sent[0] = watch.nanos();
                return 0;
            }

            @Override
            public long nextDeadlineNanos() {
                return Long.MAX_VALUE;
            }
        };
        PollLoop loop = new PollLoop(timed, operations, watch, Idle.spin(), new Remedies(counters));
        loop.waitNext(out, 0);
        wall[0] += 300_000_000; // the application works, and pushes something
        loop.waitNext(out, 0);
        assertThat(sent[0]).isEqualTo(300_001_000);
        assertThat(fired[0])
                .as("timers: packets that came meanwhile may answer what is due")
                .isEqualTo(1_000);
    }

    @Test
    void aTimeoutIsKeptOnTheStacksClock() {
        PollLoop loop = loop(Idle.advancing(clock, 1000));
        long before = clock.nanos();
        assertThat(loop.waitNext(out, 1_000_000)).isEqualTo(WaitResult.TIMED_OUT);
        assertThat(clock.nanos() - before).isEqualTo(1_000_000);
    }

    @Test
    void aTimeoutOfZeroTurnsTheLoopOnce() {
        PollLoop loop = loop(Idle.spin());
        assertThat(loop.waitNext(out, 0)).isEqualTo(WaitResult.TIMED_OUT);
        assertThat(order).containsExactly("receive");
    }

    @Test
    void aSpinningLoopLooksForPacketsSeveralTimesBeforeItLooksAtTheRest() {
        PollLoop loop = loop(Idle.spin());
        onReceive = () -> {
            if (order.size() == 3) {
                operations.complete(operations.open(Opcode.POP, 1), Status.OK);
            }
            return 0;
        };
        assertThat(loop.waitNext(out, LibOs.FOREVER)).isEqualTo(WaitResult.COMPLETED);
        assertThat(order).containsExactly("receive", "look", "look");
    }

    @Test
    void aSpinningLoopComesToItsTimersAndItsMailboxAllTheSame() {
        PollLoop loop = loop(Idle.spin());
        loop.execute(loop::wake);
        assertThat(loop.waitNext(out, LibOs.FOREVER)).isEqualTo(WaitResult.WOKEN);
        assertThat(order).contains("timers", "transmit");
        assertThat(order.indexOf("timers")).isBetween(2, 64);
    }

    @Test
    void whatIsInTheMailboxWhenTheLoopClosesIsAbandonedAlsoWhatComesLater() {
        PollLoop loop = loop(Idle.spin());
        StackTask task = new StackTask() {
            @Override
            public void run() {
                order.add("run");
            }

            @Override
            public void abandoned() {
                order.add("abandoned");
            }
        };
        loop.execute(task);
        loop.execute(() -> order.add("run, too"));
        loop.close();
        assertThat(order).containsExactly("abandoned");
        loop.post(task); // who cannot know that it is closed
        assertThat(order).containsExactly("abandoned", "abandoned");
    }

    @Test
    void waitingForOneLeavesTheOthersInTheirOrder() {
        PollLoop loop = loop(Idle.advancing(clock, 1000));
        int a = operations.open(Opcode.POP, 1);
        int b = operations.open(Opcode.POP, 2);
        int c = operations.open(Opcode.POP, 3);
        long tokenB = operations.token(b);
        onReceive = () -> {
            if (order.size() == 1) {
                operations.complete(a, Status.OK);
                operations.complete(b, Status.OK);
                operations.complete(c, Status.OK);
            }
            return 0;
        };
        assertThat(loop.waitFor(tokenB, out, LibOs.FOREVER)).isEqualTo(WaitResult.COMPLETED);
        assertThat(out.queue()).isEqualTo(2);
        loop.waitNext(out, 0);
        assertThat(out.queue()).isEqualTo(1);
        loop.waitNext(out, 0);
        assertThat(out.queue()).isEqualTo(3);
        assertThatThrownBy(() -> loop.waitFor(tokenB, out, 0)).isInstanceOf(InvalidTokenException.class);
    }

    @Test
    void waitingForOneTimesOutAndTheOperationStaysValid() {
        PollLoop loop = loop(Idle.advancing(clock, 1000));
        int slot = operations.open(Opcode.POP, 1);
        long token = operations.token(slot);
        assertThat(loop.waitFor(token, out, 5_000)).isEqualTo(WaitResult.TIMED_OUT);
        operations.complete(slot, Status.OK);
        assertThat(loop.waitFor(token, out, 0)).isEqualTo(WaitResult.COMPLETED);
    }

    @Test
    void aWakeFromAnotherThreadEndsAWaitForEver() throws InterruptedException {
        CountDownLatch waiting = new CountDownLatch(1);
        PollLoop loop = loop((_, _) -> {
            waiting.countDown();
            return false;
        });
        Thread waker = new Thread(() -> {
            try {
                waiting.await();
                loop.wake();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
        waker.start();
        assertThat(loop.waitNext(out, LibOs.FOREVER)).isEqualTo(WaitResult.WOKEN);
        waker.join();
    }

    @Test
    void aWakeBeforeTheWaitIsNotLostAndCountsOnce() {
        PollLoop loop = loop(Idle.advancing(clock, 1000));
        loop.wake();
        loop.wake();
        assertThat(loop.waitNext(out, LibOs.FOREVER)).isEqualTo(WaitResult.WOKEN);
        assertThat(loop.waitNext(out, 10)).isEqualTo(WaitResult.TIMED_OUT);
    }

    @Test
    void workFromAnotherThreadRunsOnTheLoopsThread() throws InterruptedException {
        PollLoop loop = loop(Idle.advancing(clock, 1000));
        Thread[] ranOn = new Thread[1];
        Thread other = new Thread(() -> loop.execute(() -> ranOn[0] = Thread.currentThread()));
        other.start();
        other.join();
        loop.waitNext(out, 10_000);
        assertThat(ranOn[0]).isEqualTo(Thread.currentThread());
    }

    @Test
    void aFullMailboxIsAnAnswer() {
        PollLoop loop = loop(Idle.advancing(clock, 1000));
        int taken = 0;
        while (loop.execute(() -> {})) {
            taken++;
        }
        assertThat(taken).isEqualTo(1024);
        loop.waitNext(out, 10_000);
        assertThat(loop.execute(() -> {})).isTrue();
    }

    @Test
    void aWaitByAForeignThreadIsRefused() throws InterruptedException {
        PollLoop loop = loop(Idle.spin());
        Throwable[] thrown = new Throwable[1];
        Thread stranger = new Thread(() -> loop.waitNext(out, 0), "stranger");
        stranger.setUncaughtExceptionHandler((_, e) -> thrown[0] = e);
        stranger.start();
        stranger.join();
        assertThat(thrown[0]).isInstanceOf(IllegalStateException.class).hasMessageContaining("'stranger'");
    }

    @Test
    void anInterruptEndsAWait() {
        PollLoop loop = loop(Idle.spin());
        Thread.currentThread().interrupt();
        assertThat(loop.waitNext(out, LibOs.FOREVER)).isEqualTo(WaitResult.WOKEN);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void turnsAndBusyTimeAreCounted() {
        PollLoop loop = loop(Idle.advancing(clock, 1000));
        onReceive = () -> {
            if (order.size() == 1) {
                operations.complete(operations.open(Opcode.POP, 1), Status.OK);
            }
            return 0;
        };
        loop.waitNext(out, 0);
        clock.advance(700); // the application's own work
        loop.waitNext(out, 0);
        loop.waitNext(out, 5_000);
        assertThat(counters.counter("loop.busy.nanos").get()).isEqualTo(700);
        assertThat(counters.counter("loop.longest-turn.nanos").get()).isEqualTo(700);
        assertThat(counters.counter("loop.turns").get()).isGreaterThan(3);
    }
}
