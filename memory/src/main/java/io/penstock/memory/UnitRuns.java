package io.penstock.memory;

import java.util.Arrays;

/**
 * Which units of a region are free, as runs of neighbours, in constant time: two-level segregated fit (Masmano et al.,
 * "TLSF", ECRTS 2004), with its books beside the memory instead of in it.
 *
 * <pre>
 *   units   | free run of 5     | in use  | 1 | in use      | free run of 3 |
 *   tag     | 5   0   0   0  -5 | 0   0   | 1 | 0   0   0   | 3    0    -3  |
 *             ^ first        ^ last
 * </pre>
 *
 * <p>The tags at both ends of a free run let its neighbours find it and grow together with it when they are given back.
 * Free runs stand in lists by length, four lists to each doubling; a word of bits says which lists are not empty.
 *
 * <p>Not for several threads at once.
 */
final class UnitRuns {
    private static final int NONE = -1;
    private static final int STEPS = 4;
    private static final int BINS = 30 * STEPS;
    /** In the list that only may have a run long enough, so many are scanned before the request is refused. */
    private static final int MAX_SCANNED = 64;

    private final int[] tag;
    private final int[] next;
    private final int[] previous;
    private final int[] heads = new int[BINS];
    private final long[] nonEmpty = new long[(BINS + 63) >> 6];
    private int freeUnits;

    /** @param units how many there are, all free at first */
    UnitRuns(int units) {
        tag = new int[units];
        next = new int[units];
        previous = new int[units];
        Arrays.fill(heads, NONE);
        if (units > 0) {
            give(0, units);
        }
    }

    /** The list that runs of this length stand in: lengths 1, 2, 3, then four steps to each doubling. */
    private static int bin(int units) {
        if (units < STEPS) {
            return units;
        }
        int shift = 31 - Integer.numberOfLeadingZeros(units);
        return (shift - 1) * STEPS + ((units >> (shift - 2)) & 3);
    }

    /**
     * Takes a run.
     *
     * @return its first unit, or -1 if there is no free run that long
     */
    int take(int units) {
        int bin = bin(units);
        int first = firstLongEnough(heads[bin], units);
        if (first == NONE) {
            int larger = nonEmptyFrom(bin + 1); // any run of a later list is long enough
            if (larger == NONE) {
                return NONE;
            }
            first = heads[larger];
        }
        int length = tag[first];
        unlink(first, length);
        freeUnits -= length;
        if (length > units) {
            put(first + units, length - units);
        }
        return first;
    }

    private int firstLongEnough(int head, int units) {
        int scanned = 0;
        for (int run = head; run != NONE && scanned < MAX_SCANNED; run = next[run]) {
            if (tag[run] >= units) {
                return run;
            }
            scanned++;
        }
        return NONE;
    }

    private int nonEmptyFrom(int bin) {
        for (int word = bin >> 6; word < nonEmpty.length; word++) {
            long bits = nonEmpty[word] & (word == bin >> 6 ? -1L << bin : -1L);
            if (bits != 0) {
                return (word << 6) + Long.numberOfTrailingZeros(bits);
            }
        }
        return NONE;
    }

    /** Gives a run back that {@link #take} gave out; it grows together with free neighbours. */
    void give(int first, int units) {
        int from = first;
        int length = units;
        int after = first + units;
        if (after < tag.length && tag[after] > 0) {
            length += tag[after];
            freeUnits -= tag[after];
            unlink(after, tag[after]);
        }
        if (first > 0 && tag[first - 1] != 0) {
            int before = Math.abs(tag[first - 1]); // a run of one unit is its own end
            from = first - before;
            length += before;
            freeUnits -= before;
            unlink(from, before);
        }
        put(from, length);
    }

    private void put(int first, int length) {
        tag[first + length - 1] = -length;
        tag[first] = length;
        int bin = bin(length);
        next[first] = heads[bin];
        previous[first] = NONE;
        if (heads[bin] != NONE) {
            previous[heads[bin]] = first;
        }
        heads[bin] = first;
        nonEmpty[bin >> 6] |= 1L << bin;
        freeUnits += length;
    }

    private void unlink(int first, int length) {
        tag[first] = 0;
        tag[first + length - 1] = 0;
        int bin = bin(length);
        int before = previous[first];
        int after = next[first];
        if (before == NONE) {
            heads[bin] = after;
            if (after == NONE) {
                nonEmpty[bin >> 6] &= ~(1L << bin);
            }
        } else {
            next[before] = after;
        }
        if (after != NONE) {
            previous[after] = before;
        }
    }

    int freeUnits() {
        return freeUnits;
    }

    /** The longest free run; for reports. */
    int longestFreeRun() {
        int longest = 0;
        for (int head : heads) {
            for (int run = head; run != NONE; run = next[run]) {
                longest = Math.max(longest, tag[run]);
            }
        }
        return longest;
    }
}
