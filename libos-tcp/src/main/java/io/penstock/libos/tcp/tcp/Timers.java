package io.penstock.libos.tcp.tcp;

/**
 * When a connection wants to be looked at, and why. Moments of the stack's clock; {@link #NEVER} if nothing is waited for.
 * A deadline is a store here and nothing else in nearly all cases: the engine's timer looks at the connection not later than
 * at the earliest of them, and finds out then whether it has moved. Owner's thread.
 */
final class Timers {
    /** A deadline that is not set. */
    static final long NEVER = Long.MAX_VALUE;

    /** Retransmission (RFC 6298): something is under way. Never with {@link #persist}: who waits for one need not for the other. */
    long retransmit;
    /**
     * Nothing is under way, and what was pushed waits for the window: the next probe of one that is shut (RFC 9293, section
     * 3.8.6.1), the override timer if it is only too small (section 3.8.6.2.1).
     */
    long persist;

    long delayedAck;
    /** Not later than the earliest of all: when the connection is looked at. */
    long armed;
    /** FIN-WAIT-2 of a closed socket. */
    long linger;

    long keepAlive;
    /** {@link UserTimeout}: the end, if nothing is acknowledged until then. */
    long userTimeout;
    /** Retransmissions without progress since; probes without an answer. */
    int retries;

    int probes;
    /** The engine's timer's number for this connection. */
    int id = -1;

    void reset() {
        stop();
        armed = NEVER;
        retries = 0;
        probes = 0;
    }

    /** None fires any more. */
    void stop() {
        retransmit = NEVER;
        persist = NEVER;
        delayedAck = NEVER;
        linger = NEVER;
        keepAlive = NEVER;
        userTimeout = NEVER;
    }

    /** Something is under way, or waits for the window, and its time runs. */
    boolean sendingIsWatched() {
        return retransmit != NEVER || persist != NEVER;
    }

    /** Nothing is under way, and nothing waits for the window. */
    void stopWatchingSending() {
        retransmit = NEVER;
        persist = NEVER;
    }

    long earliest() {
        long sending = Math.min(retransmit, persist);
        return Math.min(Math.min(sending, delayedAck), Math.min(Math.min(linger, keepAlive), userTimeout));
    }
}
