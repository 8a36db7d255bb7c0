package io.penstock.libos.tcp.tcp;

/** Which acknowledgements a connection owes its peer. Owner's thread. */
final class AckState {
    /** One is owed, and may wait for data to travel with. */
    boolean pending;
    /** One is owed at once. */
    boolean now;
    /** So many segments behind a gap want one each (RFC 5681, section 3.2). */
    int duplicatesOwed;

    int unackedBytes;
    /** What the last one acknowledged. */
    int lastSent;

    void reset() {
        oweNothing();
        lastSent = 0;
    }

    /** None is owed any more. */
    void oweNothing() {
        pending = false;
        now = false;
        duplicatesOwed = 0;
        unackedBytes = 0;
    }

    /** One of all that came, up to here, goes out with the next segment, whatever that is. */
    void sent(int rcvNxt) {
        oweNothing();
        lastSent = rcvNxt;
    }
}
