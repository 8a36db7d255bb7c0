package io.penstock.server.fiber;

import io.penstock.datapath.Status;
import java.io.IOException;

/** What the network, the peer or the stack did to an operation of a fiber. What it was is {@link #status()}. */
public final class OperationFailedException extends IOException {
    private static final long serialVersionUID = 1;

    private final Status status;

    /**
     * An operation that ended so.
     *
     * @param what what was tried, such as {@code read from 198.18.0.1:4711}
     * @param status how it ended
     */
    public OperationFailedException(String what, Status status) {
        super(what + ": " + status);
        this.status = status;
    }

    /** How it ended; never {@link Status#OK}. */
    public Status status() {
        return status;
    }

    /** Whether the connection was lost by what the peer or the network did, and not by anything that this side did wrong. */
    public boolean isLoss() {
        return switch (status) {
            case CONNECTION_RESET, TIMED_OUT, HOST_UNREACHABLE, NETWORK_UNREACHABLE, NETWORK_DOWN, BROKEN_PIPE -> true;
            default -> false;
        };
    }
}
