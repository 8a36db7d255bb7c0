package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class BufferOwnershipTest extends PoolFixture {
    @Test
    void theLastReferenceSendsTheFrameHome() {
        Buffer buffer = pool.allocate().retain();
        buffer.release();
        assertThat(pool.framesInUse()).isEqualTo(1);
        buffer.release();
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void aHoldKeepsTheFrameAfterTheApplicationReleasedIt() {
        Buffer buffer = pool.allocate();
        buffer.hold();
        buffer.release();
        assertThat(pool.framesInUse()).isEqualTo(1);
        buffer.unhold();
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void aSecondReleaseIsRefusedAlthoughTheStackStillHoldsTheFrame() {
        Buffer buffer = pool.allocate();
        buffer.hold();
        buffer.release();
        assertThatThrownBy(buffer::release)
                .isInstanceOf(BufferStateException.class)
                .hasMessageContaining("frame " + buffer.frameIndex() + " of pool 'test' was released twice");
        buffer.unhold();
    }

    @Test
    void aSecondReleaseOfAFreeFrameIsRefusedAndDoesNotFreeItTwice() {
        Buffer buffer = pool.allocate();
        buffer.release();
        assertThatThrownBy(buffer::release).isInstanceOf(BufferStateException.class);
        assertThat(pool.freeFrames()).isEqualTo(FRAMES);
    }

    @Test
    void useAfterReleaseIsRefused() {
        Buffer buffer = pool.allocate().length(8);
        buffer.release();
        assertThatThrownBy(() -> buffer.getInt(0)).isInstanceOf(BufferStateException.class);
        assertThatThrownBy(() -> buffer.putByte(0, (byte) 1)).isInstanceOf(BufferStateException.class);
        assertThatThrownBy(buffer::retain).isInstanceOf(BufferStateException.class);
        assertThatThrownBy(buffer::asSegment).isInstanceOf(BufferStateException.class);
    }

    @Test
    void anUnholdWithoutAHoldIsRefused() {
        Buffer buffer = pool.allocate();
        assertThatThrownBy(buffer::unhold).isInstanceOf(BufferStateException.class);
        buffer.release();
    }

    @Test
    void aHoldOnAFreeFrameIsRefused() {
        Buffer buffer = pool.allocate().length(8);
        Buffer slice = buffer.slice(0, 8);
        slice.release();
        buffer.release();
        assertThatThrownBy(buffer::hold).isInstanceOf(BufferStateException.class);
        assertThatThrownBy(slice::hold).isInstanceOf(BufferStateException.class);
        Buffer again = pool.allocate();
        again.release();
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void withTracingTheErrorNamesWhereTheBufferWasReleasedFirst() {
        pool.tracing(Tracing.FULL);
        Buffer buffer = pool.allocate();
        buffer.release();
        assertThatThrownBy(buffer::release).hasStackTraceContaining("withTracingTheErrorNames");
    }

    @Test
    void withTracingALeakIsReportedWithThePlaceWhereItWasTaken() {
        pool.tracing(Tracing.FULL);
        Buffer buffer = pool.allocate();
        assertThat(pool.leakReport()).contains("frame " + buffer.frameIndex());
        buffer.release();
    }

    @Test
    void aChainIsReleasedAsOne() {
        Buffer chain = pool.allocate(4000, 1460);
        assertThat(chain.chainLength()).isEqualTo(4000);
        assertThat(pool.framesInUse()).isEqualTo(3);
        chain.release();
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void aReusedFrameIsNotLinkedToItsFormerChain() {
        Buffer chain = pool.allocate(4000, 1460);
        chain.release();
        for (int i = 0; i < 4; i++) {
            Buffer buffer = pool.allocate();
            assertThat(buffer.next()).isNull();
            buffer.release();
        }
    }

    @Test
    void aReleaseByAnotherThreadComesHomeWhenTheOwnerReclaims() throws InterruptedException {
        Buffer buffer = pool.allocate();
        onAnotherThread(buffer::release);
        assertThat(pool.framesInUse()).isEqualTo(1);
        assertThat(pool.reclaim()).isEqualTo(1);
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void aSecondReleaseByAnotherThreadShowsAtOnceIfTheFrameIsHome() throws InterruptedException {
        Buffer buffer = pool.allocate();
        onAnotherThread(buffer::release);
        assertThat(pool.reclaim()).isEqualTo(1);
        assertThatThrownBy(() -> onAnotherThread(buffer::release)).isInstanceOf(BufferStateException.class);
        assertThat(pool.freeFrames()).isEqualTo(FRAMES);
    }

    @Test
    void aSecondReleaseByAnotherThreadShowsWhenTheOwnerReclaimsIfTheFrameIsNotHomeYet() throws InterruptedException {
        Buffer buffer = pool.allocate();
        onAnotherThread(buffer::release);
        onAnotherThread(buffer::release);
        assertThatThrownBy(pool::reclaim)
                .isInstanceOf(BufferStateException.class)
                .hasMessageContaining("frame " + buffer.frameIndex());
        assertThat(pool.freeFrames()).isEqualTo(FRAMES);
    }

    @Test
    void aRetainByAnotherThreadOutlivesTheOwnersRelease() throws InterruptedException {
        Buffer buffer = pool.allocate().retain();
        onAnotherThread(() -> buffer.retain().release());
        pool.reclaim();
        buffer.release();
        assertThat(pool.framesInUse()).isEqualTo(1);
        onAnotherThread(buffer::release);
        pool.reclaim();
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void aChainThatAnotherThreadHoldsIsNotCutByTheOwnersRelease() throws InterruptedException {
        Buffer chain = pool.allocate(3000, 1000);
        onAnotherThread(chain::retain);
        chain.release();
        assertThat(chain.chainLength()).isEqualTo(3000);
        onAnotherThread(() -> {
            chain.next().next().putByte(999, (byte) 1);
            chain.release();
        });
        pool.reclaim();
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void aLifeThatEndsWithAHoldLeavesNothingToTheNextOne() throws InterruptedException {
        Buffer chain = pool.allocate(2000, 1000);
        Buffer second = chain.next();
        AgronaView view = new AgronaView().over(chain);
        chain.hold();
        onAnotherThread(chain::retain);
        chain.release();
        onAnotherThread(chain::release);
        chain.unhold(); // the other thread's release has not been taken home yet
        assertThatThrownBy(() -> chain.getByte(0)).isInstanceOf(BufferStateException.class);
        assertThat(pool.framesInUse()).isEqualTo(2);
        pool.reclaim();
        assertThat(chain.next()).isNull();
        assertThat(view.capacity()).isZero();
        assertThat(second.isAlive()).isFalse();
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void norByTheEndOfASliceThatAnotherThreadMade() throws InterruptedException {
        Buffer chain = pool.allocate(3000, 1000);
        AgronaView view = new AgronaView().over(chain);
        onAnotherThread(() -> chain.slice(0, 10).release());
        pool.reclaim();
        assertThat(chain.chainLength()).isEqualTo(3000);
        view.putByte(0, (byte) 1);
        chain.release();
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    @Timeout(60)
    void twoThreadsReleasingWhatTheOwnerTakesLoseNoneAndFreeNoneTwice() throws InterruptedException {
        int rounds = 100_000;
        BlockingQueue<Buffer> toFirst = new ArrayBlockingQueue<>(FRAMES);
        BlockingQueue<Buffer> toSecond = new ArrayBlockingQueue<>(FRAMES);
        Thread first = releaser(toFirst, rounds);
        Thread second = releaser(toSecond, rounds);
        int handed = 0;
        while (handed < rounds && first.isAlive() && second.isAlive()) {
            Buffer shared = pool.allocate();
            if (shared == null) {
                pool.reclaim();
                continue;
            }
            toFirst.put(shared.retain());
            toSecond.put(shared.retain());
            shared.release();
            handed++;
        }
        first.join(10_000);
        second.join(10_000);
        assertThat(handed).isEqualTo(rounds);
        pool.reclaim();
        assertThat(pool.framesInUse()).isZero();
    }

    private static Thread releaser(BlockingQueue<Buffer> queue, int count) {
        Thread thread = new Thread(() -> {
            try {
                for (int i = 0; i < count; i++) {
                    queue.take().release();
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
        thread.start();
        return thread;
    }

    @Test
    void aFrameHeldByAStackGoesHomeOnceAfterAForeignRelease() throws InterruptedException {
        Buffer buffer = pool.allocate();
        buffer.hold();
        onAnotherThread(buffer::release);
        pool.reclaim();
        assertThat(pool.framesInUse()).isEqualTo(1);
        buffer.unhold();
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void aChainOfTwoOwnersBuffersIsCountedByEachOwnerAlone() throws InterruptedException {
        try (Region region2 = Region.mapSmall(1 << 16)) {
            FramePool[] theirs = new FramePool[1];
            Buffer[] tail = new Buffer[1];
            onAnotherThread(() -> {
                theirs[0] = FramePool.over("theirs", region2, 2048, 256);
                tail[0] = theirs[0].allocate();
            });
            Buffer head = pool.allocate();
            head.next(tail[0]);
            head.retain();
            head.release();
            assertThat(tail[0].references()).isEqualTo(1);
            head.release();
            assertThat(pool.framesInUse()).isZero();
            assertThat(theirs[0].framesInUse())
                    .as("until its owner takes it home")
                    .isEqualTo(1);
            onAnotherThread(() -> {
                theirs[0].ownedBy(Thread.currentThread());
                assertThat(theirs[0].reclaim()).isEqualTo(1);
                assertThat(theirs[0].framesInUse()).isZero();
                theirs[0].close();
            });
        }
    }

    @Test
    void onlyTheOwnerAllocates() {
        assertThatThrownBy(() -> onAnotherThread(pool::allocate))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("pool 'test' belongs to thread");
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void closingIsNotStoppedByAReleaseTooMany() throws InterruptedException {
        Region other = Region.mapSmall(1 << 14);
        FramePool closed = FramePool.over("closed", other, 2048, 256);
        Buffer twice = closed.allocate();
        Buffer once = closed.allocate();
        onAnotherThread(() -> {
            twice.release();
            twice.release();
            once.release();
        });
        closed.close();
        other.close();
        assertThatThrownBy(once::release).isInstanceOf(BufferStateException.class);
    }

    @Test
    void aHoldOfAClosedPoolIsGivenBackInSilence() {
        Region other = Region.mapSmall(1 << 14);
        FramePool closed = FramePool.over("closed", other, 2048, 256);
        Buffer held = closed.allocate();
        held.hold();
        held.release();
        closed.close();
        held.unhold();
        other.close();
        assertThat(held.holds()).isZero();
    }
}
