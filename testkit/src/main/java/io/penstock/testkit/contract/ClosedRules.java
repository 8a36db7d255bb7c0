package io.penstock.testkit.contract;

import static io.penstock.testkit.contract.Pair.pattern;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.QueueOption;
import io.penstock.datapath.StackTask;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.memory.AgronaView;
import io.penstock.memory.Buffer;
import io.penstock.memory.BufferStateException;
import io.penstock.memory.ChronicleView;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.grant.FrameGrant;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is left of a stack, and of all that it gave out, once it is closed: exceptions, and never memory that is gone. */
@Timeout(60)
interface ClosedRules {
    Pair pair();

    /** All that can be asked of a stack, but to be closed. */
    private static List<ThrowingCallable> everyMethod(LibOs os, int queue, long token, Buffer buffer) {
        Completion c = new Completion();
        Endpoint e = new Endpoint();
        return List.of(
                () -> os.socket(Transport.TCP),
                () -> os.socket(Transport.UDP),
                () -> os.bind(queue, e),
                () -> os.listen(queue, 1),
                () -> os.set(queue, QueueOption.Flag.CORK, true),
                () -> os.get(queue, QueueOption.Flag.CORK),
                () -> os.accept(queue),
                () -> os.connect(queue, e),
                () -> os.push(queue, buffer),
                () -> os.pushTo(queue, buffer, e),
                () -> os.pop(queue),
                () -> os.pop(queue, 1),
                () -> os.shutdown(queue),
                () -> os.closeQueue(queue),
                () -> os.abort(queue),
                () -> os.waitNext(c, 0),
                () -> os.waitNext(c, LibOs.FOREVER),
                () -> os.waitFor(token, c, LibOs.FOREVER),
                os::wake,
                () -> os.execute(() -> {}),
                () -> os.allocate(1),
                () -> os.allocate(100_000),
                os::pool,
                os::heap,
                () -> os.peer(queue, e),
                () -> os.local(queue, e),
                () -> os.drain(1));
    }

    private static void assertThatItIsClosed(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalStateException.class).hasMessage("the stack is closed");
    }

    private static void onAnotherThread(Runnable work) {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread other = Thread.ofPlatform().start(() -> {
            try {
                work.run();
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        try {
            other.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
    }

    @Test
    default void afterTheCloseEveryMethodSaysSoFromEveryThread() {
        Pair p = pair();
        p.link.testHoldsFrames();
        int queue = p.connect().server();
        LibOs os = p.server.os;
        long token = os.pop(queue);
        Buffer buffer = os.allocate(10);
        p.server.close();
        p.server.close();
        everyMethod(os, queue, token, buffer).forEach(ClosedRules::assertThatItIsClosed);
        onAnotherThread(() -> {
            everyMethod(os, queue, token, buffer).forEach(ClosedRules::assertThatItIsClosed);
            os.close();
        });
    }

    @Test
    default void aCloseThatRunsWithinAWaitEndsTheWait() {
        Pair p = pair();
        List<String> ran = new ArrayList<>();
        onAnotherThread(() -> {
            assertThat(p.server.os.execute(p.server::close)).isTrue();
            assertThat(p.server.os.execute(() -> ran.add("behind the close"))).isTrue();
        });
        assertThatItIsClosed(() -> p.server.os.waitNext(new Completion(), LibOs.FOREVER));
        assertThatItIsClosed(() -> p.server.os.waitNext(new Completion(), 0));
        assertThat(ran).isEmpty();
    }

    @Test
    default void aCloseThatRunsWithinAWaitForATokenEndsTheWait() {
        Pair p = pair();
        long token = p.server.os.pop(p.connect().server());
        assertThat(p.server.os.execute(p.server::close)).isTrue();
        assertThatItIsClosed(() -> p.server.os.waitFor(token, new Completion(), LibOs.FOREVER));
    }

    @Test
    default void aCloseThatRunsWithinADrainEndsIt() {
        Pair p = pair();
        Pair.Connection c = p.connect();
        p.server.push(c.server(), pattern(100));
        assertThat(p.server.os.execute(p.server::close)).isTrue();
        assertThatItIsClosed(() -> p.server.os.drain(LibOs.FOREVER));
    }

    /** Until one is refused, so that some come before the close, and one perhaps in its midst. */
    @Test
    default void everyTaskRunsOrIsAbandonedOnce() throws InterruptedException {
        Pair p = pair();
        LibOs os = p.server.os;
        AtomicInteger taken = new AtomicInteger();
        AtomicInteger ran = new AtomicInteger();
        AtomicInteger abandoned = new AtomicInteger();
        CountDownLatch full = new CountDownLatch(1);
        List<Thread> others = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            others.add(Thread.ofPlatform().start(() -> {
                try {
                    while (true) {
                        StackTask task = new StackTask() {
                            @Override
                            public void run() {
                                ran.incrementAndGet();
                            }

                            @Override
                            public void abandoned() {
                                abandoned.incrementAndGet();
                            }
                        };
                        if (os.execute(task)) {
                            taken.incrementAndGet();
                        } else {
                            full.countDown();
                        }
                    }
                } catch (IllegalStateException _) {
                    full.countDown(); // the stack is closed
                }
            }));
        }
        full.await();
        os.waitNext(new Completion(), 0);
        os.waitNext(new Completion(), 0);
        p.server.close();
        for (Thread other : others) {
            other.join();
        }
        assertThat(ran.get()).isPositive();
        assertThat(ran.get() + abandoned.get()).isEqualTo(taken.get());
    }

    @Test
    default void anotherThreadIsToldHowItClosesAStack() {
        LibOs os = pair().server.os;
        onAnotherThread(() -> assertThatThrownBy(os::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("execute(os::close)"));
        assertThat(os.waitNext(new Completion(), 0)).isEqualTo(WaitResult.TIMED_OUT);
    }

    @Test
    default void whatAnExecutedTaskThrowsComesOutOfTheWaitAndNothingElseIsLost() {
        Pair p = pair();
        LibOs os = p.server.os;
        List<String> ran = new ArrayList<>();
        os.execute(() -> ran.add("before"));
        os.execute(() -> {
            throw new IllegalArgumentException("a defect");
        });
        os.execute(() -> ran.add("behind"));
        Completion c = new Completion();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 3; i++) {
                        os.waitNext(c, 0);
                    }
                })
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a defect");
        assertThat(ran).containsExactly("before");
        p.until("the next one has run", () -> ran.size() == 2);
        Pair.Connection connection = p.connect();
        p.server.push(connection.server(), pattern(100));
        assertThat(p.pop(p.client, connection.client())).isEqualTo(pattern(100));
    }

    // ---- what it gave out

    private static void assertThatItIsGone(ThrowingCallable use) {
        assertThatThrownBy(use).isInstanceOf(RuntimeException.class);
    }

    private static void assertThatABufferIsGone(Buffer b) {
        for (ThrowingCallable use : List.<ThrowingCallable>of(
                () -> b.getByte(0),
                () -> b.getLong(0),
                () -> b.putByte(0, (byte) 1),
                () -> b.putInt(0, 1),
                () -> b.getBytes(0, new byte[4], 0, 4),
                () -> b.putBytes(0, new byte[4], 0, 4),
                () -> b.length(4),
                b::asSegment,
                b::asByteBuffer,
                () -> b.slice(0, 1),
                b::duplicate,
                b::retain,
                b::release,
                () -> new AgronaView().over(b),
                () -> new ChronicleView().over(b))) {
            assertThatThrownBy(use)
                    .isInstanceOf(BufferStateException.class)
                    .hasMessageContaining("after pool '")
                    .hasMessageContaining("was closed");
        }
    }

    @Test
    default void buffersSlicesAndViewsEndWithTheirStack() {
        Pair p = pair();
        p.link.testHoldsFrames();
        LibOs os = p.server.os;
        FramePool pool = os.pool();
        CoreHeap heap = os.heap();
        Buffer frame = os.allocate(100);
        Buffer object = heap.allocate(5000);
        Buffer slice = frame.slice(10, 50);
        Buffer chain = os.allocate(5000);
        MemorySegment segment = frame.asSegment();
        ByteBuffer bytes = object.asByteBuffer();
        AgronaView agrona = new AgronaView().over(slice);
        ChronicleView chronicle = new ChronicleView().over(frame);
        p.server.close();

        List.of(frame, object, slice, chain).forEach(ClosedRules::assertThatABufferIsGone);
        onAnotherThread(() -> List.of(frame, object, slice, chain).forEach(ClosedRules::assertThatABufferIsGone));
        assertThatItIsGone(() -> segment.get(ValueLayout.JAVA_BYTE, 0));
        assertThatItIsGone(() -> bytes.get(0));
        assertThatItIsGone(() -> agrona.getByte(0));
        assertThatItIsGone(() -> chronicle.bytes().readLong());
        for (ThrowingCallable use : List.<ThrowingCallable>of(
                pool::allocate,
                () -> FrameAccess.of(new FrameGrant()).allocateReserved(pool),
                () -> pool.allocate(5000, 1000),
                () -> heap.allocate(64),
                () -> heap.allocate(1 << 20, 0))) {
            assertThatThrownBy(use).isInstanceOf(IllegalStateException.class).hasMessageContaining("is closed");
        }
        assertThat(pool.reclaim()).isZero();
        heap.trim();
        assertThat(pool.leakReport()).isEmpty();
    }

    @Test
    default void whatAnotherThreadUsesAtTheMomentOfTheCloseIsMemoryStill() throws InterruptedException {
        Pair p = pair();
        p.link.testHoldsFrames();
        Buffer frame = p.server.os.allocate(1000);
        for (int i = 0; i < 1000; i += 8) {
            frame.putLong(i, 7);
        }
        CountDownLatch using = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread user = Thread.ofPlatform().start(() -> {
            try {
                AgronaView agrona = new AgronaView().over(frame);
                ChronicleView chronicle = new ChronicleView().over(frame);
                MemorySegment segment = frame.asSegment();
                ByteBuffer bytes = frame.asByteBuffer();
                using.countDown();
                closed.await();
                // It may be what was there or not, but the process lives: what is gone can only be told to the stack's
                // thread.
                for (int i = 0; i < 1000; i += 8) {
                    agrona.putLong(i, agrona.getLong(i) + chronicle.readLong(i));
                    bytes.putLong(i, segment.get(ValueLayout.JAVA_LONG_UNALIGNED, i));
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        using.await();
        p.server.close();
        closed.countDown();
        user.join();
        assertThat(failure.get()).isNull();
    }
}
