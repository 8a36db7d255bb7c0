package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FramePoolTest extends PoolFixture {
    @Test
    void everyFrameIsGivenOutOnceUntilNoneIsLeft() {
        List<Buffer> taken = new ArrayList<>();
        Set<Long> addresses = new HashSet<>();
        for (Buffer b = pool.allocateReserved(); b != null; b = pool.allocateReserved()) {
            taken.add(b);
            assertThat(addresses.add(b.frameAddress())).isTrue();
            assertThat(b.frameAddress()).isBetween(region.address(), region.address() + region.lengthBytes() - 2048);
        }
        assertThat(taken).hasSize(FRAMES);
        assertThat(pool.failedAllocations()).isEqualTo(1);
        assertThat(pool.highWaterFrames()).isEqualTo(FRAMES);
        taken.forEach(Buffer::release);
    }

    @Test
    void theReserveIsKeptFromApplications() {
        List<Buffer> taken = new ArrayList<>();
        for (Buffer b = pool.allocate(); b != null; b = pool.allocate()) {
            taken.add(b);
        }
        assertThat(taken).hasSize(FRAMES - 8);
        Buffer reserved = pool.allocateReserved();
        assertThat(reserved).isNotNull();
        reserved.release();
        taken.forEach(Buffer::release);
    }

    @Test
    void aChainThatDoesNotFitTakesNothing() {
        assertThat(pool.allocate(FRAMES * 1460, 1460)).isNull();
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void aChainGivesEachFrameItsHeadroom() {
        Buffer chain = pool.allocate(3000, 1460);
        int sum = 0;
        for (Buffer b = chain; b != null; b = b.next()) {
            assertThat(b.headroom()).isEqualTo(FramePool.DEFAULT_HEADROOM_BYTES);
            assertThat(b.length()).isPositive().isLessThanOrEqualTo(1460);
            sum += b.length();
        }
        assertThat(sum).isEqualTo(3000);
        chain.release();
    }

    @Test
    void anAddressLeadsToItsFrame() {
        Buffer buffer = pool.allocate();
        assertThat(pool.frameAt(buffer.address() + 1000)).isSameAs(buffer);
        assertThat(pool.frame(buffer.frameIndex())).isSameAs(buffer);
        assertThatThrownBy(() -> pool.frameAt(region.address() - 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> pool.frameAt(region.address() + region.lengthBytes()))
                .isInstanceOf(IndexOutOfBoundsException.class);
        buffer.release();
    }

    @Test
    void afterCloseEveryUseIsAnException() {
        Region other = Region.mapSmall(8 * 2048L);
        FramePool closed = FramePool.over("closed", other, 2048, 256);
        Buffer buffer = closed.allocate().length(4);
        closed.close();
        other.close();
        assertThatThrownBy(() -> buffer.getInt(0)).isInstanceOf(BufferStateException.class);
        assertThatThrownBy(buffer::release).isInstanceOf(BufferStateException.class);
        assertThatThrownBy(closed::allocate)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("pool 'closed' is closed");
    }

    @Test
    void aFrameSizeThatIsNoPowerOfTwoIsRefused() {
        assertThatThrownBy(() -> FramePool.over("x", region, 3000, 256)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> FramePool.over("x", region, 2048, 2048)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void randomUseKeepsTheBooksStraight() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Deque<Buffer> references = new ArrayDeque<>();
        Deque<Buffer> holds = new ArrayDeque<>();
        for (int i = 0; i < 200_000; i++) {
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    Buffer b = pool.allocate();
                    if (b != null) {
                        references.add(b.length(100));
                    }
                }
                case 2 -> {
                    if (!references.isEmpty() && references.size() < 200) {
                        references.add(references.peekFirst().retain());
                    }
                }
                case 3 -> {
                    Buffer slice = references.isEmpty() || references.size() > 200
                            ? null
                            : references
                                    .peekLast()
                                    .slice(0, references.peekLast().length() / 2);
                    if (slice != null) {
                        references.addFirst(slice);
                    }
                }
                case 4 -> {
                    if (!references.isEmpty() && holds.size() < 100) {
                        Buffer b = pool.frame(references.peekLast().frameIndex());
                        b.hold();
                        holds.add(b);
                    }
                    if (holds.size() > 50) {
                        holds.poll().unhold();
                    }
                }
                default -> {
                    if (!references.isEmpty()) {
                        (random.nextBoolean() ? references.pollFirst() : references.pollLast()).release();
                    }
                }
            }
        }
        references.forEach(Buffer::release);
        holds.forEach(Buffer::unhold);
        assertThat(pool.framesInUse()).as("seed " + seed).isZero();
        assertThat(pool.slicesInUse()).as("seed " + seed).isZero();
    }

    @Test
    void allocationAndReleaseMakeNoGarbage() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = 0;
        for (int round = 0; round < 3; round++) {
            before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100_000; i++) {
                Buffer b = pool.allocate().length(8);
                b.putLong(0, i);
                Buffer slice = b.slice(0, 4);
                slice.release();
                b.retain().release();
                b.release();
            }
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1_000);
    }
}
