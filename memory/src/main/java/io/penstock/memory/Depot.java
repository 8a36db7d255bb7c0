package io.penstock.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The free blocks of one size class that no core has in its cache, in batches (Bonwick and Adams, "Magazines and Vmem",
 * USENIX 2001). Any thread; without locks, but for the making of new batches.
 *
 * <pre>
 *            core 0's cache     core 1's cache          each: plain array, its owner's alone
 *                 |  ^               |  ^
 *           batch v  | batch   batch v  | batch         one compare-and-set for a whole batch
 *   full    [b3] -> [b7] -> [b0]                        batches of free blocks
 *   empty   [b2] -> [b5]                                batches to put some into
 * </pre>
 *
 * <p>Both are Treiber stacks. A stack's head holds the top batch's number and a counter of changes, so that a batch which
 * was taken and put back in between is not mistaken for one that never moved.
 */
final class Depot {
    private static final int NONE = -1;
    private static final VarHandle FULL;
    private static final VarHandle EMPTY;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            FULL = lookup.findVarHandle(Depot.class, "full", long.class);
            EMPTY = lookup.findVarHandle(Depot.class, "empty", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int batchBlocks;
    /** Under the heap's lock. */
    private int changesWhenTrimmed = 1;

    private volatile Batch[] table = new Batch[0];
    private int made;

    @SuppressWarnings("unused") // through FULL
    private volatile long full = head(NONE, 0);

    @SuppressWarnings("unused") // through EMPTY
    private volatile long empty = head(NONE, 0);

    Depot(int batchBlocks) {
        this.batchBlocks = batchBlocks;
    }

    /** How many blocks a batch holds at most. */
    int batchBlocks() {
        return batchBlocks;
    }

    /** Takes a batch that has blocks in it; null if there is none. */
    Batch takeFull() {
        return pop(FULL);
    }

    void putFull(Batch batch) {
        push(FULL, batch);
    }

    /** Takes a batch to fill; makes one if there is none, as many as are ever on their way at once. */
    Batch takeEmpty() {
        Batch batch = pop(EMPTY);
        return batch != null ? batch : make();
    }

    void putEmpty(Batch batch) {
        push(EMPTY, batch);
    }

    /** How often a full batch was put or taken so far; goes round after 2^32. */
    int changes() {
        return (int) (full >>> 32);
    }

    /** Any put or take since {@link #noteTrimmed}. */
    boolean hasChangedSinceTrimmed() {
        return changes() != changesWhenTrimmed;
    }

    /** @param changes how many there were when the last batch was put back, if nobody else put or took one meanwhile */
    void noteTrimmed(int changes) {
        changesWhenTrimmed = changes;
    }

    private synchronized Batch make() {
        Batch[] now = table;
        if (made == now.length) {
            now = Arrays.copyOf(now, Math.max(8, 2 * made));
        }
        Batch batch = new Batch(made, batchBlocks);
        now[made++] = batch;
        table = now;
        return batch;
    }

    private Batch pop(VarHandle stack) {
        while (true) {
            long head = (long) stack.getAcquire(this);
            int top = (int) head;
            if (top == NONE) {
                return null;
            }
            Batch batch = table[top];
            if (stack.compareAndSet(this, head, head(batch.below, head))) {
                return batch;
            }
            Thread.onSpinWait();
        }
    }

    private void push(VarHandle stack, Batch batch) {
        while (true) {
            long head = (long) stack.getAcquire(this);
            batch.below = (int) head;
            if (stack.compareAndSet(this, head, head(batch.number, head))) {
                return;
            }
            Thread.onSpinWait();
        }
    }

    /** The top's number below, one more than the former head's counter above. */
    private static long head(int top, long former) {
        return (((former >>> 32) + 1) << 32) | (top & 0xffff_ffffL);
    }

    /** How many blocks lie here; while others work, as of some moment of late. */
    long blocks() {
        long sum = 0;
        Batch[] now = table;
        int left = now.length; // a batch that moves while we look could lead us in a circle
        for (int at = (int) full; at != NONE && left-- > 0; at = now[at].below) {
            if (at >= now.length) {
                break;
            }
            sum += now[at].count;
        }
        return sum;
    }
}
