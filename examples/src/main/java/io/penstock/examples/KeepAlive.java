package io.penstock.examples;

import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;

/** How servers find clients that went without a word: three questions within the time of silence again, as Redis asks. */
public final class KeepAlive {
    private static final int PROBES = 3;

    private KeepAlive() {}

    /**
     * Sets it for all connections of a listener.
     *
     * @param idleNanos how long a client must have been silent; 0: nobody is asked
     */
    public static void on(LibOs os, int listener, long idleNanos) {
        Status status = os.keepAlive(listener, idleNanos, idleNanos / PROBES, PROBES);
        if (status != Status.OK) {
            throw new IllegalArgumentException("keep-alive after " + idleNanos + " ns: " + status);
        }
    }
}
