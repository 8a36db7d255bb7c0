package io.penstock.server.fiber;

/** What a fiber does. */
@FunctionalInterface
public interface FiberTask {
    /**
     * Runs to its end.
     *
     * @throws Exception the fiber has failed; an {@link InterruptedException} of one that was told to end is no failure
     */
    void run() throws Exception;
}
