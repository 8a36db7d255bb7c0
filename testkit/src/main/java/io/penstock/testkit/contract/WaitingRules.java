package io.penstock.testkit.contract;

import static io.penstock.testkit.contract.Pair.pattern;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Completion;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How waits end: by a completion, by time, or from another thread. */
interface WaitingRules {
    Pair pair();

    @Test
    @Timeout(30)
    default void aWaitOfZeroReturnsAtOnce() {
        LibOs os = pair().client.os;
        assertThat(os.waitNext(new Completion(), 0)).isEqualTo(WaitResult.TIMED_OUT);
    }

    @Test
    @Timeout(30)
    default void aWaitReturnsWhenItsTimeIsOverAndNotBefore() {
        Pair p = pair();
        for (long timeout : new long[] {1, 50_000, 3_000_000}) {
            long before = p.link.nanos();
            assertThat(p.client.os.waitNext(new Completion(), timeout)).isEqualTo(WaitResult.TIMED_OUT);
            assertThat(p.link.nanos() - before).isGreaterThanOrEqualTo(timeout);
        }
        int queue = p.client.udp(0);
        long token = p.client.os.pop(queue);
        assertThat(p.client.os.waitFor(token, new Completion(), 1_000_000)).isEqualTo(WaitResult.TIMED_OUT);
    }

    @Test
    @Timeout(30)
    default void whatCompletesAfterATimeoutIsFoundByTheNextWait() {
        Pair p = pair();
        int queue = p.server.udp(700);
        long token = p.server.os.pop(queue);
        assertThat(p.server.os.waitFor(token, new Completion(), 100_000)).isEqualTo(WaitResult.TIMED_OUT);
        int sender = p.client.udp(0);
        p.client.pushTo(sender, pattern(3), p.server.at(700));
        assertThat(p.ok(p.server, token).bytes()).isEqualTo(pattern(3));
    }

    @Test
    @Timeout(30)
    default void aCompletionThatIsThereEndsAWaitForEver() {
        Pair p = pair();
        int queue = p.client.udp(0);
        long close = p.client.close(queue);
        Completion c = new Completion();
        assertThat(p.client.os.waitNext(c, LibOs.FOREVER)).isEqualTo(WaitResult.COMPLETED);
        assertThat(c.token()).isEqualTo(close);
    }

    @Test
    @Timeout(30)
    default void aWakeBeforeAWaitEndsThatWaitOnly() {
        LibOs os = pair().client.os;
        Completion c = new Completion();
        os.wake();
        assertThat(os.waitNext(c, LibOs.FOREVER)).isEqualTo(WaitResult.WOKEN);
        assertThat(os.waitNext(c, 0)).isEqualTo(WaitResult.TIMED_OUT);
    }

    @Test
    @Timeout(30)
    default void anotherThreadEndsAWaitForEver() throws InterruptedException {
        LibOs os = pair().client.os;
        CountDownLatch waiting = new CountDownLatch(1);
        assertThat(os.execute(waiting::countDown)).isTrue();
        Thread waker = new Thread(() -> {
            awaitQuietly(waiting); // runs within the wait
            os.wake();
        });
        waker.start();
        assertThat(os.waitNext(new Completion(), LibOs.FOREVER)).isEqualTo(WaitResult.WOKEN);
        waker.join(10_000);
        assertThat(waker.isAlive()).isFalse();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            boolean _ = latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    @Timeout(30)
    default void workFromAnotherThreadRunsOnTheStacksThread() throws InterruptedException {
        Pair p = pair();
        LibOs os = p.client.os;
        AtomicReference<Thread> ran = new AtomicReference<>();
        int queue = p.client.udp(0);
        AtomicReference<Long> token = new AtomicReference<>();
        Thread other = new Thread(() -> {
            boolean taken = os.execute(() -> {
                ran.set(Thread.currentThread());
                token.set(p.client.close(queue));
            });
            assertThat(taken).isTrue();
        });
        other.start();
        Completion c = new Completion();
        assertThat(os.waitNext(c, LibOs.FOREVER)).isEqualTo(WaitResult.COMPLETED);
        assertThat(ran.get()).isSameAs(Thread.currentThread());
        assertThat(c.token()).isEqualTo(token.get());
        other.join(10_000);
    }

    @Test
    @Timeout(30)
    default void aCallFromAForeignThreadIsADefectOfTheCaller() throws InterruptedException {
        Pair p = pair();
        LibOs os = p.client.os;
        int queue = p.client.udp(0);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread other = new Thread(() -> {
            try {
                assertThatThrownBy(() -> os.socket(Transport.TCP)).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> os.pop(queue)).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> os.closeQueue(queue)).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> os.waitNext(new Completion(), 0)).isInstanceOf(IllegalStateException.class);
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        other.start();
        other.join(10_000);
        assertThat(failure.get()).isNull();
    }
}
