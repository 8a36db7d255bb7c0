package io.penstock.testkit.process;

/** Something around the measurement broke: a tool failed, a server died. The message is the one line that is told. */
public final class HarnessException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public HarnessException(String message) {
        super(message);
    }

    public HarnessException(String message, Throwable cause) {
        super(message, cause);
    }
}
