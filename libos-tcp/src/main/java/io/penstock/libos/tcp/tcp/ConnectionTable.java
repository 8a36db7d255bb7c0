package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.ip.FlowKey;

/**
 * Connections by addresses and ports: open addressing, linear probing, at most half full. A removal shifts back what
 * follows, so that no tombstones gather.
 *
 * <pre>
 *   marks    0 | hash | hash | 0 | ...   0: nothing there; else the highest bit and the hash
 *   slots      | TcpConnection  | TcpConnection  |   | ...
 * </pre>
 *
 * <p>Marks are compared first: to look at a control block that is not the one costs a miss of all caches.
 */
final class ConnectionTable {
    private static final int USED = Integer.MIN_VALUE;

    private final int[] marks;
    private final TcpConnection[] slots;
    private final int mask;
    private int size;
    /** Where {@link #any} found one last. */
    private int anyFrom;

    ConnectionTable(int maxConnections) {
        int capacity = Integer.highestOneBit(Math.max(8, 2 * maxConnections - 1)) << 1;
        marks = new int[capacity];
        slots = new TcpConnection[capacity];
        mask = capacity - 1;
    }

    int size() {
        return size;
    }

    /** What stands at a position that counts up for ever, or null: to look at all of them, some at a time. */
    TcpConnection at(int position) {
        return slots[position & mask];
    }

    /** The connection, or null. */
    TcpConnection find(FlowKey flow) {
        int mark = flow.hash | USED;
        for (int i = flow.hash & mask; marks[i] != 0; i = (i + 1) & mask) {
            if (marks[i] == mark && slots[i].sameAs(flow)) {
                return slots[i];
            }
        }
        return null;
    }

    /** Adds a connection that is not there. */
    void add(TcpConnection c) {
        int i = c.hash & mask;
        while (marks[i] != 0) {
            i = (i + 1) & mask;
        }
        put(i, c.hash | USED, c);
        size++;
    }

    void remove(TcpConnection c) {
        int i = c.hash & mask;
        while (slots[i] != c) {
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

    private void put(int position, int mark, TcpConnection c) {
        marks[position] = mark;
        slots[position] = c;
    }

    /** How many of them are past the handshake and have not got all, with a FIN behind it. */
    int undelivered() {
        int count = 0;
        for (TcpConnection c : slots) {
            if (c != null && c.state.isSynchronized() && !c.send.finAcknowledged()) {
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
    TcpConnection any() {
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
