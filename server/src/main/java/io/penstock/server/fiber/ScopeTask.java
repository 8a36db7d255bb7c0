package io.penstock.server.fiber;

/** What is done within a {@link FiberScope}. */
@FunctionalInterface
public interface ScopeTask {
    /**
     * Runs to its end, and may fork.
     *
     * @throws Exception all that was forked is told to end
     */
    void run(FiberScope scope) throws Exception;
}
