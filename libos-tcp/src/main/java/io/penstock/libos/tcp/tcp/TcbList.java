package io.penstock.libos.tcp.tcp;

/** Established connections in a row; each stands in at most one list of this kind. */
final class TcbList {
    private Tcb first;
    private Tcb last;
    private int size;

    Tcb first() {
        return first;
    }

    int size() {
        return size;
    }

    /** Adds one at the end that stands in none. */
    void add(Tcb t) {
        t.list = this;
        t.nextInList = null;
        t.previousInList = last;
        if (last == null) {
            first = t;
        } else {
            last.nextInList = t;
        }
        last = t;
        size++;
    }

    /** Adds one before all others that stands in none. */
    void addFirst(Tcb t) {
        t.list = this;
        t.previousInList = null;
        t.nextInList = first;
        if (first == null) {
            last = t;
        } else {
            first.previousInList = t;
        }
        first = t;
        size++;
    }

    /** Takes one out of the list in which it stands, if it does. */
    static void remove(Tcb t) {
        if (t.list != null) {
            t.list.unlink(t);
        }
    }

    private void unlink(Tcb t) {
        Tcb before = t.previousInList;
        Tcb after = t.nextInList;
        if (before == null) {
            first = after;
        } else {
            before.nextInList = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previousInList = before;
        }
        t.list = null;
        t.previousInList = null;
        t.nextInList = null;
        size--;
    }
}
