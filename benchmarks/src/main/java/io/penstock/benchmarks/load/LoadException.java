package io.penstock.benchmarks.load;

/** The load cannot go on: nobody answers, the connection broke. */
public final class LoadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LoadException(String message) {
        super(message);
    }
}
