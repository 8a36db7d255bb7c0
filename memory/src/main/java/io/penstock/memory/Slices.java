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

    private final int most;
    private Buffer[] slices = new Buffer[0];
    private int inUse;
    private int made;

    Slices(int most) {
        this.most = most;
    }

    /** A slice to be set, or null if all are in use. */
    Buffer take(BufferPool pool) {
        if (inUse == made) {
            if (made == most) {
                return null;
            }
            if (made == slices.length) {
                slices = Arrays.copyOf(slices, Math.min(most, Math.max(FIRST, 2 * made)));
            }
            slices[made] = new Buffer(pool, null, 0, 0);
            made++;
        }
        Buffer slice = slices[inUse];
        slice.place = inUse++;
        return slice;
    }

    /** @param again whether the same object may be given out again */
    void give(Buffer slice, boolean again) {
        Buffer last = slices[--inUse];
        slices[slice.place] = last;
        last.place = slice.place;
        slices[inUse] = again ? slice : new Buffer(slice.pool(), null, 0, 0);
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
