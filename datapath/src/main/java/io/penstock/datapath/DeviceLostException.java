package io.penstock.datapath;

/**
 * The device under a libOS is lost for good: its interface was deleted, or its program detached. Every wait throws it from
 * then on; the libOS can only be closed. The message says in one line what has happened.
 */
public final class DeviceLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * For a device that will never carry a packet again.
     *
     * @param message what has happened, in one line
     */
    public DeviceLostException(String message) {
        super(message);
    }
}
