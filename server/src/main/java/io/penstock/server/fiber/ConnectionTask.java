package io.penstock.server.fiber;

/** What is done for one connection: {@link FiberScope#serve}. */
@FunctionalInterface
public interface ConnectionTask {
    /**
     * Serves it; whoever called closes it afterwards.
     *
     * @throws Exception the connection is over, and nothing else
     */
    void run(Connection connection) throws Exception;
}
