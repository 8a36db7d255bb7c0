package io.penstock.libos.tcp.neighbour;

/** Neighbours that are being asked and keep packets, in the order in which their first packet came. */
final class KeepingList {
    private Neighbour first;
    private Neighbour last;

    /** The one that keeps its packets for longest, or null. */
    Neighbour first() {
        return first;
    }

    void add(Neighbour n) {
        n.keeping = true;
        n.keepingBefore = last;
        if (last == null) {
            first = n;
        } else {
            last.keepingAfter = n;
        }
        last = n;
    }

    /** Takes it out, if it is in. */
    void remove(Neighbour n) {
        if (!n.keeping) {
            return;
        }
        n.keeping = false;
        if (n.keepingBefore == null) {
            first = n.keepingAfter;
        } else {
            n.keepingBefore.keepingAfter = n.keepingAfter;
        }
        if (n.keepingAfter == null) {
            last = n.keepingBefore;
        } else {
            n.keepingAfter.keepingBefore = n.keepingBefore;
        }
        n.keepingBefore = null;
        n.keepingAfter = null;
    }
}
