package io.penstock.memory;

import java.util.Arrays;

/**
 * A core's own free blocks of one size class: a stack, because the lines of what was given back last are still in the
 * core's cache. It never holds more than two batches; what is above that goes to the depot a batch at a time, so that a
 * core that allocates as much as it releases never gets there. One thread.
 */
final class BlockCache {
    private final Depot depot;
    private final Buffer[] free;
    private int count;

    BlockCache(Depot depot) {
        this.depot = depot;
        this.free = new Buffer[2 * depot.batchBlocks()];
    }

    /** A free block, which stays here, or null if {@link #refill} has to be asked. */
    Buffer top() {
        return count > 0 ? free[count - 1] : null;
    }

    /** Takes the block that {@link #top} said. */
    void dropTop() {
        free[--count] = null; // what a stale place names would outlive its span
    }

    void push(Buffer block) {
        if (count == free.length) {
            flush();
        }
        free[count++] = block;
    }

    /** Takes a batch from the depot, for {@code core}. Returns whether there was one. */
    boolean refill(BufferPool core) {
        Batch batch = depot.takeFull();
        if (batch == null) {
            return false;
        }
        for (int i = 0; i < batch.count; i++) {
            Buffer block = batch.blocks[i];
            block.adopt(core);
            free[count++] = block;
        }
        batch.clear();
        depot.putEmpty(batch);
        return true;
    }

    /** Gives the blocks that were not used for the longest time to the depot, at most a batch. */
    void flush() {
        Batch batch = depot.takeEmpty();
        int moved = Math.min(count, batch.blocks.length);
        System.arraycopy(free, 0, batch.blocks, 0, moved);
        System.arraycopy(free, moved, free, 0, count - moved);
        Arrays.fill(free, count - moved, count, null);
        count -= moved;
        batch.count = moved;
        depot.putFull(batch);
    }

    int count() {
        return count;
    }
}
