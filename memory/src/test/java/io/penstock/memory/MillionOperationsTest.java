package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.linux.RawMemory;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A million random operations with all checks on: poison, a stamp in every block, and every kind of misuse among them, each
 * of which has to be refused without a trace in the books.
 */
class MillionOperationsTest {
    private static final int SLOTS = 256;
    private static final int REGION_BYTES = 8 << 20;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final Region region = Region.mapSmall(REGION_BYTES);
    private final PinnedHeap heap = PinnedHeap.over("million", region);
    private final CoreHeap core = heap.core("core").poison(true);
    private final CoreHeap other = heap.core("other").poison(true);
    private final FramePool frames = heap.frames("frames", 2048, 256, 64).poison(true);
    private final Buffer[] slots = new Buffer[SLOTS];
    /** What every byte of the slot's window is; windows of one frame share it. */
    private final byte[] stamps = new byte[SLOTS];

    private final long[] staleAddresses = new long[SLOTS];
    private long refused;
    private long misuses;
    private int occupied;

    @AfterEach
    void unmap() {
        region.close();
    }

    @Test
    void untracedNothingIsMixedUp() {
        run(1_000_000);
    }

    @Test
    void fullyTracedEvenStaleReferencesAreRefused() {
        core.tracing(Tracing.FULL);
        other.tracing(Tracing.FULL);
        frames.tracing(Tracing.FULL);
        run(1_000_000);
    }

    private void run(int operations) {
        System.out.println("seed " + seed);
        try {
            for (int i = 0; i < operations; i++) {
                step();
            }
            finish();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("seed " + seed + ", " + occupied + " slots in use: " + e.getMessage(), e);
        }
    }

    private void step() {
        int slot = random.nextInt(SLOTS);
        Buffer b = slots[slot];
        int kind = random.nextInt(1000);
        if (b == null) {
            allocate(slot);
        } else if (kind < 480) {
            check(slot);
            release(slot);
        } else if (kind < 580) {
            b.retain().release();
        } else if (kind < 680) {
            slice(slot, random.nextInt(SLOTS));
        } else if (kind < 850) {
            stamp(slot, (byte) random.nextInt());
        } else if (kind < 900) {
            b.hold();
            b.unhold();
        } else if (kind < 902) {
            heap.trim();
        } else if (kind < 905) {
            core.trim();
            other.trim();
        } else if (kind < 907) {
            onAnotherThread(slot);
        } else {
            misuse(slot);
        }
    }

    private void allocate(int slot) {
        int length = random.nextInt(100) == 0 ? random.nextInt(1 << 18) : random.nextInt(2048);
        Buffer b = switch (random.nextInt(4)) {
            case 0 -> frames.allocate();
            case 1 -> other.allocate(length, random.nextInt(64));
            default -> core.allocate(length, random.nextInt(64));
        };
        if (b != null) {
            put(slot, b.length(Math.min(length, b.capacity())));
            stamp(slot, (byte) random.nextInt());
        }
    }

    private void put(int slot, Buffer b) {
        slots[slot] = b;
        occupied++;
    }

    private void release(int slot) {
        Buffer b = slots[slot];
        staleAddresses[slot] = b.frameAddress();
        slots[slot] = null;
        occupied--;
        if (b.frame() == b && random.nextBoolean()) {
            heap.release(b.frameAddress());
        } else {
            b.release();
        }
        if (!b.isAlive() && random.nextInt(8) == 0) { // a slice of it may be in another slot
            misuses++;
            refused(b::release);
            if (b.length() > 0) {
                misuses++;
                refused(() -> b.getByte(0));
            }
        }
    }

    private void slice(int slot, int target) {
        if (slots[target] != null) {
            return;
        }
        Buffer b = slots[slot];
        int at = b.length() / 3;
        Buffer slice = random.nextBoolean() ? b.slice(at, b.length() / 3) : b.duplicate();
        if (slice != null) {
            put(target, slice);
            stamps[target] = stamps[slot];
        }
    }

    /** Writes the window of a buffer that nobody else has a window of, else looks whether it is as it was left. */
    private void stamp(int slot, byte stamp) {
        Buffer b = slots[slot];
        if (b.headroomIsFree()) {
            RawMemory.fill(b.address(), b.length(), stamp);
            stamps[slot] = stamp;
        } else {
            check(slot);
        }
    }

    private void check(int slot) {
        Buffer b = slots[slot];
        int length = b.length();
        byte stamp = stamps[slot];
        if (length == 0) {
            return;
        }
        if (b.getByte(0) != stamp || b.getByte(length - 1) != stamp || b.getByte(length / 2) != stamp) {
            throw new AssertionError("the stamp of " + b + " was overwritten");
        }
    }

    private void onAnotherThread(int slot) {
        Buffer b = slots[slot];
        byte stamp = stamps[slot];
        slots[slot] = null;
        occupied--;
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            Buffer slice = b.slice(0, b.length());
            if (b.length() > 0 && slice.getByte(b.length() - 1) != stamp) {
                throw new AssertionError("another thread sees other bytes in " + b);
            }
            slice.release();
            b.release();
        });
        thread.setUncaughtExceptionHandler((_, e) -> failure.set(e));
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        assertThat(failure.get()).isNull();
        reclaim();
    }

    private void reclaim() {
        core.reclaim();
        other.reclaim();
        frames.reclaim();
    }

    private void misuse(int slot) {
        Buffer b = slots[slot];
        misuses++;
        switch (random.nextInt(14)) {
            case 0 -> refused(() -> b.getByte(b.length()));
            case 1 -> refused(() -> b.putLong(b.length() - 7, 0));
            case 2 -> refused(() -> b.slice(0, b.length() + 1));
            case 3 -> refused(() -> b.length(b.capacity() + 1));
            case 4 -> refused(() -> heap.release(b.frameAddress() + 1 + random.nextInt(b.frameBytes() - 1)));
            case 5 -> refused(() -> heap.release(region.address() - 1 - random.nextInt(1 << 20)));
            case 6 -> refused(() -> heap.release(region.address() + region.lengthBytes() + random.nextInt(1 << 20)));
            case 7 -> refused(() -> heap.release(random.nextLong() | Long.MIN_VALUE));
            case 8 -> refused(b::unhold);
            case 9 -> refused(() -> b.advance(b.length() + 1));
            case 10 -> refused(() -> core.allocate(-1));
            case 11 -> refused(() -> core.allocate(SizeClasses.MAX_BYTES + 1, 0));
            default -> releaseWhatIsFree(slot);
        }
    }

    /** The address of a block that was released: refused unless the block has been given out again since. */
    private void releaseWhatIsFree(int slot) {
        long address = staleAddresses[slot];
        for (Buffer each : slots) {
            if (each != null && each.frameAddress() <= address && address < each.frameAddress() + each.frameBytes()) {
                misuses--;
                return;
            }
        }
        refused(() -> heap.release(address));
    }

    private void refused(Runnable misuse) {
        try {
            misuse.run();
        } catch (BufferStateException | IndexOutOfBoundsException | IllegalArgumentException _) {
            refused++;
            return;
        }
        throw new AssertionError("a misuse was not refused");
    }

    private void finish() {
        for (int slot = 0; slot < SLOTS; slot++) {
            if (slots[slot] != null) {
                check(slot);
                release(slot);
            }
        }
        reclaim();
        assertThat(refused).isEqualTo(misuses).isPositive();
        assertThat(core.leakReport() + other.leakReport() + frames.leakReport()).isEmpty();
        for (CoreHeap each : new CoreHeap[] {core, other}) {
            assertThat(each.bytesInUse()).isZero();
            assertThat(each.blocksInUse()).isZero();
            assertThat(each.slicesInUse()).isZero();
            each.trim();
        }
        assertThat(frames.framesInUse()).isZero();
        Buffer last = core.allocate(100);
        Buffer lastFrame = frames.allocate();
        core.close();
        other.close();
        frames.close();
        refused(last::release);
        refused(() -> last.getByte(0));
        refused(lastFrame::release);
        refused(() -> heap.release(last.frameAddress()));
        assertThatThrownBy(() -> core.allocate(1)).hasMessage("pool 'core' is closed");
        assertThatThrownBy(frames::allocateReserved).hasMessage("pool 'frames' is closed");
        heap.trim();
        HeapStatistics end = heap.statistics();
        assertThat(end.leakedBytes()).isEqualTo(256 + 64 * 2048);
        assertThat(end.freeBytes() + end.depotBytes() + end.leakedBytes()).isEqualTo(REGION_BYTES);
        heap.close();
    }
}
