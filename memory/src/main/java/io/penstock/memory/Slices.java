package io.penstock.memory;

import java.util.Arrays;

/**
 * The slices that a pool's owner has made, for use again.
 *
 * <pre>
 *   | alive, in no order   | free                   | not made |
 *   0                      inUse                    made       most
 * </pre>
 *
 * <p>A slice remembers its place, so that it changes places with the last one alive when it is given back. One thread.
 */
final class Slices {
    private static final int FIRST = 16;

    private final int max;
    private CountedBlock[] slices = new CountedBlock[0];
    private int inUse;
    private int made;

    Slices(int max) {
        this.max = max;
    }

    /** A slice to be set, or null if none is free: then one may be {@linkplain #add added} unless it {@link #isFull}. */
    CountedBlock take() {
        if (inUse == made) {
            return null;
        }
        CountedBlock slice = slices[inUse];
        slice.place = inUse++;
        return slice;
    }

    /** Whether as many are alive as there may be. */
    boolean isFull() {
        return inUse == max;
    }

    /** One that was made because none was free; it is alive. */
    void add(CountedBlock slice) {
        if (made == slices.length) {
            slices = Arrays.copyOf(slices, Math.min(max, Math.max(FIRST, 2 * made)));
        }
        slices[made++] = slice;
        slice.place = inUse++;
    }

    /** @param again whether the same object may be given out again */
    void give(CountedBlock slice, boolean again) {
        CountedBlock last = slices[--inUse];
        slices[slice.place] = last;
        last.place = slice.place;
        slices[inUse] = slice;
        if (!again) {
            CountedBlock lastFree = slices[--made];
            slices[inUse] = lastFree;
            slices[made] = null;
        }
    }

    /** Makes every later use of a slice that is alive an exception. */
    void forgetAll() {
        for (int i = 0; i < inUse; i++) {
            slices[i].forget();
        }
    }

    int inUse() {
        return inUse;
    }
}
