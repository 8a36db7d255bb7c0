package io.penstock.server;

/** What a server does besides, a little at a time: expiry, statistics. The stack's thread. */
@FunctionalInterface
public interface Ticker {
    /**
     * Called after each completion, and several times a second when there is none.
     *
     * @param idle whether nothing else was to be done
     */
    void tick(boolean idle);
}
