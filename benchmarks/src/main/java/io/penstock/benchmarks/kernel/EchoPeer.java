package io.penstock.benchmarks.kernel;

/** An echo server to measure against. Serves until the process ends. */
public interface EchoPeer {
    /** The largest request that is echoed in one piece. */
    int BUFFER_BYTES = 64 * 1024;

    /** What stands after {@code ready}: the port, and what matters about how it runs. */
    String describe();

    /** Serves until {@link #stop}. */
    void serve();

    /** Ends {@link #serve} of a server that spins; one that sleeps burns nothing and sleeps on. Any thread. */
    default void stop() {}
}
