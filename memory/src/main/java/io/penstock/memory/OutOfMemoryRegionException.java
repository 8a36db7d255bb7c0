package io.penstock.memory;

/** There is not enough memory for a region; the message says how much was asked and how to mend it in one line. */
public final class OutOfMemoryRegionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OutOfMemoryRegionException(String message) {
        super(message);
    }
}
