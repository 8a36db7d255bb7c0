package io.penstock.datapath;

/** A queue descriptor that is stale (the queue was closed) or never was one. Always a defect of the caller. */
public final class InvalidQueueException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public InvalidQueueException(int queue) {
        super("queue 0x" + Integer.toHexString(queue) + " is stale: it was closed, or it never was a queue");
    }
}
