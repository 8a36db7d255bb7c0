package io.penstock.libos.tcp.tcp;

/**
 * Connections by addresses and ports: open addressing, linear probing, at most half full. A removal shifts back what
 * follows, so that no tombstones gather.
 *
 * <pre>
 *   marks    0 | hash | hash | 0 | ...   0: nothing there; else the highest bit and the hash
 *   slots      | Tcb  | Tcb  |   | ...
 * </pre>
 *
 * <p>Marks are compared first: to look at a control block that is not the one costs a miss of all caches.
 */
final class ConnectionTable {
    private static final int USED = Integer.MIN_VALUE;

    private final int[] marks;
    private final Tcb[] slots;
    private final int mask;
    private int size;
    /** Where {@link #any} found one last. */
    private int anyFrom;

    ConnectionTable(int maxConnections) {
        int capacity = Integer.highestOneBit(Math.max(8, 2 * maxConnections - 1)) << 1;
        marks = new int[capacity];
        slots = new Tcb[capacity];
        mask = capacity - 1;
    }

    int size() {
        return size;
    }

    /** What stands at a position that counts up for ever, or null: to look at all of them, some at a time. */
    Tcb at(int position) {
        return slots[position & mask];
    }

    /** The connection, or null. */
    Tcb find(int hash, long localHigh, long localLow, long remoteHigh, long remoteLow, int ports) {
        int mark = hash | USED;
        for (int i = hash & mask; marks[i] != 0; i = (i + 1) & mask) {
            if (marks[i] == mark) {
                Tcb t = slots[i];
                if (t.ports == ports
                        && t.remoteLow == remoteLow
                        && t.localLow == localLow
                        && t.remoteHigh == remoteHigh
                        && t.localHigh == localHigh) {
                    return t;
                }
            }
        }
        return null;
    }

    /** Adds a connection that is not there. */
    void add(Tcb t) {
        int i = t.hash & mask;
        while (marks[i] != 0) {
            i = (i + 1) & mask;
        }
        put(i, t.hash | USED, t);
        size++;
    }

    void remove(Tcb t) {
        int i = t.hash & mask;
        while (slots[i] != t) {
            if (marks[i] == 0) {
                return;
            }
            i = (i + 1) & mask;
        }
        size--;
        int gap = i;
        for (int j = (gap + 1) & mask; marks[j] != 0; j = (j + 1) & mask) {
            // j may move to the gap unless its home lies cyclically in (gap, j].
            if (((j - marks[j]) & mask) >= ((j - gap) & mask)) {
                put(gap, marks[j], slots[j]);
                gap = j;
            }
        }
        put(gap, 0, null);
    }

    private void put(int position, int mark, Tcb t) {
        marks[position] = mark;
        slots[position] = t;
    }

    /** How many of them are past the handshake and have not got all, with a FIN behind it. */
    int undelivered() {
        int count = 0;
        for (Tcb t : slots) {
            if (t != null && t.state.isSynchronized() && !t.finAcknowledged()) {
                count++;
            }
        }
        return count;
    }

    /** How many places there are, for going through all connections. */
    int slots() {
        return slots.length;
    }

    /**
     * Any connection, for closing all; null if there is none. It goes on where it found one last: to empty the table that way
     * looks at each place about once.
     */
    Tcb any() {
        if (size == 0) {
            return null;
        }
        while (slots[anyFrom] == null) {
            anyFrom = (anyFrom + 1) & mask;
        }
        return slots[anyFrom];
    }

    /** Where {@link #any} looks next. */
    int anyFrom() {
        return anyFrom;
    }
}
