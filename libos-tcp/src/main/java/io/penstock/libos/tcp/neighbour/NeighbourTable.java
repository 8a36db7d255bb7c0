package io.penstock.libos.tcp.neighbour;

/** Neighbours by their addresses: an open table that is never more than half full, and makes no garbage. */
final class NeighbourTable {
    private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;

    private final Neighbour[] slots;
    private final int mask;
    private final int shift;

    /** @param capacity how many there will be at most */
    NeighbourTable(int capacity) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(2L * capacity - 1);
        slots = new Neighbour[1 << bits];
        mask = slots.length - 1;
        shift = Long.SIZE - bits;
    }

    private int home(long high, long low) {
        return (int) (((high * GOLDEN + low) * GOLDEN) >>> shift);
    }

    /** The one with this address, or null. */
    Neighbour find(long high, long low) {
        int i = home(high, low);
        Neighbour n = slots[i];
        while (n != null && (n.low != low || n.high != high)) {
            i = (i + 1) & mask;
            n = slots[i];
        }
        return n;
    }

    /** Adds one whose address is not in the table. */
    void add(Neighbour added) {
        int i = home(added.high, added.low);
        while (slots[i] != null) {
            i = (i + 1) & mask;
        }
        slots[i] = added;
    }

    /** Takes one out that is in, and closes the gap, so that no search ends before what it looks for. */
    void remove(Neighbour removed) {
        int gap = home(removed.high, removed.low);
        while (slots[gap] != removed) {
            gap = (gap + 1) & mask;
        }
        slots[gap] = null;
        for (int i = (gap + 1) & mask; slots[i] != null; i = (i + 1) & mask) {
            int distance = (i - home(slots[i].high, slots[i].low)) & mask;
            if (distance >= ((i - gap) & mask)) {
                slots[gap] = slots[i];
                slots[i] = null;
                gap = i;
            }
        }
    }
}
