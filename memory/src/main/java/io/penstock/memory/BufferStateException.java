package io.penstock.memory;

/**
 * A buffer was used against the ownership rules: released twice, used after its release, or released to a pool that it
 * does not belong to. The message names the buffer and, with tracing on, where it was taken and given back.
 */
public final class BufferStateException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    BufferStateException(String message, Throwable takenOrReleasedAt) {
        super(message, takenOrReleasedAt);
    }
}
