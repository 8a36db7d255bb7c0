package io.penstock.memory;

import java.util.Arrays;

/** Some free blocks of one size class, which travel together between a core's cache and the depot. */
final class Batch {
    final Buffer[] blocks;
    /** Its place in the depot's table, by which stacks name it. */
    final int number;

    int count;
    /** The batch below it on a stack. */
    volatile int below;

    Batch(int number, int capacity) {
        this.number = number;
        this.blocks = new Buffer[capacity];
    }

    /** Forgets the blocks, which have gone elsewhere: it must not keep them from the collector. */
    void clear() {
        Arrays.fill(blocks, 0, count, null);
        count = 0;
    }
}
