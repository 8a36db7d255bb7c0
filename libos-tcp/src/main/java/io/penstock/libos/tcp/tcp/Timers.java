package io.penstock.libos.tcp.tcp;

/**
 * When a connection wants to be looked at, and why. Moments of the stack's clock; {@link #NEVER} if nothing is waited for.
 * A deadline is a store here and nothing else in nearly all cases: the engine's timer looks at the connection not later than
 * at the earliest of them, and finds out then whether it has moved. Owner's thread.
 */
final class Timers {
    /** A deadline that is not set. */
    static final long NEVER = Long.MAX_VALUE;

    /** Retransmission (RFC 6298); while the peer's window is shut, the next probe; the sender's override timer. */
    long retransmit;

    long delayedAck;
    /** FIN-WAIT-2 of a closed socket. */
    long linger;

    long keepAlive;
    /** Not later than the earliest of the above: when the connection is looked at. */
    long armed;

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
    }

    long earliest() {
        return Math.min(Math.min(retransmit, delayedAck), Math.min(linger, keepAlive));
    }
}
