package io.penstock.server.worker;

import static io.penstock.server.Served.concat;
import static io.penstock.server.Served.framed;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.server.EndReason;
import io.penstock.server.Framing;
import io.penstock.server.Served;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads of their own: all is run once, nobody sleeps over it, and they end. */
@Timeout(120)
class WorkerThreadsTest {
    private static final int JOBS = 50_000;

    /** With pauses of every length, so that workers fall asleep at every moment. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void runAllOnceAndNeverSleepOverSomething(int count) {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        WorkerThreads threads = new WorkerThreads("test", count, 64);
        AtomicIntegerArray runs = new AtomicIntegerArray(JOBS);
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < JOBS; i++) {
            int number = i;
            while (!threads.offer(() -> {
                runs.incrementAndGet(number);
                done.incrementAndGet();
            })) {
                Thread.onSpinWait();
            }
            if (random.nextInt(20) == 0) {
                while (done.get() <= number) {
                    Thread.onSpinWait(); // for ever, if they sleep: nothing more is offered
                }
                for (int spin = random.nextInt(2000); spin > 0; spin--) {
                    Thread.onSpinWait();
                }
            }
        }
        while (done.get() < JOBS) {
            Thread.onSpinWait();
        }
        assertThat(threads.stop(60_000_000_000L)).isZero();
        for (int i = 0; i < JOBS; i++) {
            assertThat(runs.get(i)).as("seed %d", seed).isEqualTo(1);
        }
    }

    /** What blocks holds up nobody as long as one is left. */
    @Test
    void oneThatBlocksLeavesTheOthers() throws InterruptedException {
        WorkerThreads threads = new WorkerThreads("test", 3, 1024);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(500);
        for (int i = 0; i < 500; i++) {
            boolean blocks = i == 3 || i == 5;
            assertThat(threads.offer(() -> {
                        while (blocks && release.getCount() > 0) {
                            LockSupport.parkNanos(1000);
                        }
                        done.countDown();
                    }))
                    .isTrue();
        }
        while (done.getCount() > 2) {
            Thread.onSpinWait();
        }
        release.countDown();
        done.await();
        assertThat(threads.stop(60_000_000_000L)).isZero();
    }

    @Test
    void answerAServersRequests() {
        Workers[] workers = new Workers[1];
        try (Served served = new Served(server -> server.tcp(
                Endpoint.any(1),
                Framing.lengthPrefix(4),
                (request, reply) -> assertThat(workers[0].answer(
                                request,
                                reply,
                                (bytes, answer) -> answer.putBytes(bytes)
                                        .putText(
                                                Thread.currentThread().getName().substring(0, 5))))
                        .isTrue()))) {
            workers[0] = Workers.on(served.os).name("some").start(2);
            served.connect();
            for (int i = 0; i < 1000; i++) {
                served.os.send(served.client, framed("a" + i), framed("b" + i));
                byte[] expected = concat(framed("a" + i + "some-"), framed("b" + i + "some-"));
                byte[] got = {};
                while (got.length < expected.length) {
                    got = concat(got, served.answers());
                }
                assertThat(got).isEqualTo(expected);
            }
            workers[0].close();
        }
    }

    /** Of three that are under way at the end one is done in time, one heeds the interruption, and one heeds nothing. */
    @Test
    void closeWaitsThenInterruptsThenLeaves() throws InterruptedException {
        Workers[] workers = new Workers[1];
        CountDownLatch begun = new CountDownLatch(3);
        CountDownLatch mayEnd = new CountDownLatch(1);
        CountDownLatch hasEnded = new CountDownLatch(1);
        AtomicInteger interrupted = new AtomicInteger();
        Work work = (bytes, answer) -> {
            begun.countDown();
            switch (bytes.getByte(0)) {
                case 'q' -> answer.putText("quick");
                case 'i' -> {
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.incrementAndGet();
                        throw e;
                    }
                }
                default -> {
                    while (mayEnd.getCount() > 0) {
                        LockSupport.parkNanos(1000);
                    }
                    assertThat(bytes.length()).as("its request is there still").isEqualTo(1400);
                    assertThat(bytes.getByte(1399)).isEqualTo((byte) 'x');
                    hasEnded.countDown();
                }
            }
        };
        Served served = new Served(server -> server.tcp(
                Endpoint.any(1),
                Framing.lengthPrefix(4),
                (request, reply) ->
                        assertThat(workers[0].answer(request, reply, work)).isTrue()));
        workers[0] = Workers.on(served.os)
                .counters(served.counters)
                .name("test.workers")
                .patience(Duration.ofMillis(50))
                .start(3);
        int quick = served.connect();
        served.os.send(quick, framed("q"));
        served.connect();
        served.os.send(served.client, framed("i"));
        served.connect();
        byte[] hangs = new byte[1400];
        hangs[0] = 'h';
        hangs[1399] = 'x';
        served.os.send(served.client, framed(hangs));
        served.settle();
        begun.await();
        workers[0].close();
        assertThat(served.os.read(quick)).isEqualTo(framed("quick"));
        assertThat(interrupted.get()).isEqualTo(1);
        assertThat(served.ended(EndReason.FAILED)).isEqualTo(1);
        assertThat(workers[0].underWay()).isEqualTo(1);
        mayEnd.countDown();
        hasEnded.await();
        served.close();
    }
}
