package io.penstock.server.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Completion;
import io.penstock.datapath.WaitResult;
import io.penstock.testkit.MemoryOs;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls onto the stack's thread: what comes of them, and that every one ends, whatever becomes of the stack. */
@Timeout(60)
class StackExecutorTest {
    private static final int THREADS = 4;
    private static final int CALLS = 10_000;

    private final MemoryOs os = new MemoryOs();
    private final StackExecutor stack = StackExecutor.of(os);
    private final Completion completion = new Completion();

    @AfterEach
    void close() {
        os.close();
    }

    private void turn() {
        assertThat(os.waitNext(completion, 0)).isNotEqualTo(WaitResult.COMPLETED);
    }

    private static void assertFailed(CompletableFuture<?> call, Class<? extends Throwable> why, String message) {
        assertThat(call.isCompletedExceptionally()).isTrue();
        assertThat(call.exceptionNow()).isInstanceOf(why).hasMessage(message);
    }

    @Test
    void aCallRunsInTheNextTurnAndBringsItsResult() {
        CompletableFuture<Thread> call = stack.call(Thread::currentThread);
        assertThat(call).isNotDone();
        turn();
        assertThat(call).isCompletedWithValue(Thread.currentThread());
    }

    @Test
    void whatACallThrowsIsItsCallersAndNobodyElses() {
        CompletableFuture<Object> call = stack.call(() -> {
            throw new IOException("meant");
        });
        CompletableFuture<Object> defect = stack.call(() -> {
            throw new AssertionError("meant, too");
        });
        CompletableFuture<String> following = stack.call(() -> "well");
        turn();
        assertFailed(call, IOException.class, "meant");
        assertFailed(defect, AssertionError.class, "meant, too");
        assertThat(following).isCompletedWithValue("well");
    }

    @Test
    void aCancelledCallDoesNotRun() {
        List<String> ran = new ArrayList<>();
        CompletableFuture<Boolean> first = stack.call(() -> ran.add("first"));
        CompletableFuture<Boolean> second = stack.call(() -> ran.add("second"));
        assertThat(first.cancel(false)).isTrue();
        turn();
        assertThat(ran).containsExactly("second");
        assertThat(first).isCancelled();
        assertThat(second).isCompletedWithValue(true);
    }

    @Test
    void oneMoreThanTheMailboxTakesIsRefusedAtOnce() {
        os.mailboxCapacity = 2;
        CompletableFuture<String> first = stack.call(() -> "first");
        CompletableFuture<String> second = stack.call(() -> "second");
        assertFailed(stack.call(() -> "third"), MailboxFullException.class, "the stack's mailbox is full");
        assertThatThrownBy(() -> stack.execute(() -> {})).isInstanceOf(MailboxFullException.class);
        turn();
        assertThat(first).isCompletedWithValue("first");
        assertThat(second).isCompletedWithValue("second");
        CompletableFuture<String> third = stack.call(() -> "third");
        turn();
        assertThat(third).isCompletedWithValue("third");
    }

    @Test
    void whoWaitsForAPlaceWaitsNoLongerThanHeSaid() {
        os.mailboxCapacity = 0;
        long begin = System.nanoTime();
        CompletableFuture<String> call = stack.waiting(Duration.ofMillis(20)).call(() -> "never");
        assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(20_000_000);
        assertFailed(call, MailboxFullException.class, "the stack's mailbox is full, also after PT0.02S");
        Thread.currentThread().interrupt();
        StackExecutor patient = stack.waiting(Duration.ofDays(1));
        assertThatThrownBy(() -> patient.execute(() -> {})).isInstanceOf(MailboxFullException.class);
        assertThat(Thread.interrupted()).as("the interruption is its owner's").isTrue();
    }

    @Test
    void whoWaitsGetsThePlaceThatIsFree() throws InterruptedException {
        os.mailboxCapacity = 1;
        stack.execute(() -> {});
        CountDownLatch calls = new CountDownLatch(1);
        List<CompletableFuture<String>> results = new ArrayList<>();
        Thread caller = Thread.ofPlatform().start(() -> {
            calls.countDown();
            results.add(stack.waiting(Duration.ofDays(1)).call(() -> "at last"));
        });
        calls.await();
        while (caller.isAlive()) {
            turn();
        }
        turn();
        assertThat(results.getFirst()).isCompletedWithValue("at last");
    }

    @Test
    void callsThatHaveNotRunEndWithTheStack() {
        List<CompletableFuture<String>> calls = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            calls.add(stack.call(() -> "never"));
        }
        os.close();
        for (CompletableFuture<String> call : calls) {
            assertFailed(call, IllegalStateException.class, "the stack was closed before this ran");
        }
        assertFailed(stack.call(() -> "never"), IllegalStateException.class, "the stack is closed");
        assertThatThrownBy(() -> stack.execute(() -> {}))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessage("the stack is closed");
    }

    @Test
    void isAnExecutorForTheNextStage() {
        CompletableFuture<Thread> found =
                CompletableFuture.completedFuture("value").thenApplyAsync(_ -> Thread.currentThread(), stack);
        assertThat(found).isNotDone();
        turn();
        assertThat(found).isCompletedWithValue(Thread.currentThread());
    }

    @Test
    void tenThousandCallsFromFourThreadsEachRunOnceInTheOrderOfTheirThread() throws InterruptedException {
        StackExecutor patient = stack.waiting(Duration.ofDays(1));
        os.mailboxCapacity = 50;
        int[] next = new int[THREADS];
        AtomicInteger wrong = new AtomicInteger();
        AtomicInteger answered = new AtomicInteger();
        List<Thread> callers = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            int me = t;
            callers.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < CALLS / THREADS; i++) {
                    int number = i;
                    CompletableFuture<Integer> call = patient.call(() -> {
                        wrong.addAndGet(next[me]++ == number ? 0 : 1);
                        return number;
                    });
                    if (number % 100 == 0) {
                        wrong.addAndGet(call.join() == number ? 0 : 1);
                    }
                    CompletableFuture<Void> _ = call.thenRun(answered::incrementAndGet);
                }
            }));
        }
        while (callers.stream().anyMatch(Thread::isAlive)) {
            turn();
        }
        turn();
        assertThat(answered.get()).isEqualTo(CALLS);
        assertThat(next).containsOnly(CALLS / THREADS);
        assertThat(wrong.get()).isZero();
    }
}
