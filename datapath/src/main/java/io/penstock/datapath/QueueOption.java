package io.penstock.datapath;

/**
 * The options of one queue, by the type of their values: {@link LibOs#set(int, Flag, boolean)},
 * {@link LibOs#set(int, Amount, long)}, {@link LibOs#set(int, Name, String)}, each with its {@code get}. All are of
 * TCP. A queue begins with what its stack was configured with; one that is accepted, with what its listener had when
 * the connection was established.
 */
public sealed interface QueueOption {
    /** Yes or no. */
    enum Flag implements QueueOption {
        /**
         * Whether a short segment goes at once, as is usual here. If not, it waits as long as anything before it is not
         * acknowledged (Nagle's algorithm; RFC 9293, section 3.7.4).
         */
        NO_DELAY,
        /**
         * Whether a short segment waits for what is pushed next: until a segment is full, this is off again, the queue is shut
         * down or closed, or a retransmission timeout (200 ms at least) has passed.
         */
        CORK
    }

    /** An amount: of bytes, nanoseconds, or a number. */
    enum Amount implements QueueOption {
        /** How much the peer may have under way or unread: 1 to the stack's {@code tcp.max-receive-buffer}. */
        RECEIVE_BUFFER_BYTES,
        /** From how many unacknowledged bytes on no further push is taken: 1 to 1 GiB. */
        SEND_BUFFER_BYTES,
        /** How long an acknowledgement may wait for data to travel with: up to 500 ms; 0: until the turn's end. */
        DELAYED_ACK_NANOS,
        /**
         * How long nothing may have come, with no data under way, until the peer is asked whether it is still there
         * (keep-alive; RFC 9293, section 3.8.4): up to 30 days; 0: never, as is usual.
         */
        KEEP_ALIVE_IDLE_NANOS,
        /** How long an answer to that may take until it is asked again: up to 30 days. */
        KEEP_ALIVE_INTERVAL_NANOS,
        /** After how many questions without an answer the connection ends with TIMED_OUT: 1 to 127; with 1, one lost packet ends it. */
        KEEP_ALIVE_PROBES,
        /**
         * How long data or a FIN may stay unacknowledged, or wait for a window that stays shut, before the connection ends
         * with TIMED_OUT: up to 30 days; 0: by the number of retries, as is usual (RFC 9293, section 3.8.3). With less than
         * a retransmission timeout (200 ms at least), one lost packet ends it. Where it is set, it also ends the keep-alive,
         * instead of {@link #KEEP_ALIVE_PROBES}: at the first question that goes unanswered for this long after the last packet.
         */
        USER_TIMEOUT_NANOS
    }

    /** A name. */
    enum Name implements QueueOption {
        /**
         * The congestion control, such as {@code newreno}, or one of the application's own; it can be set until the queue
         * connects, or listens: then it is that of the connections that it accepts.
         */
        CONGESTION_CONTROL
    }
}
