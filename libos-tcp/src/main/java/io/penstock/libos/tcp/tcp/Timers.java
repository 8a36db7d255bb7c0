package io.penstock.libos.tcp.tcp;

/**
 * When a connection wants to be looked at, and why. Moments of the stack's clock; {@link #NEVER} if nothing is waited for.
 * A deadline is a store here and nothing else in nearly all cases: the engine's timer looks at the connection not later than
 * at the earliest of them, and finds out then whether it has moved. Owner's thread.
 */
final class Timers {
    /** A deadline that is not set. */
    static final long NEVER = Long.MAX_VALUE;

    /**
     * Retransmission (RFC 6298); while the peer's window is shut, persist: the next probe; the sender's override timer. One
     * deadline, as a connection waits for one of them at a time: which it is, its state says when the time has come.
     */
    long retransmit;

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
        delayedAck = NEVER;
        linger = NEVER;
        keepAlive = NEVER;
        userTimeout = NEVER;
    }

    long earliest() {
        return Math.min(Math.min(retransmit, delayedAck), Math.min(Math.min(linger, keepAlive), userTimeout));
    }
}
