package io.penstock.datapath;

/** A token that is stale (its completion was taken) or never was one. Always a defect of the caller. */
public final class InvalidTokenException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public InvalidTokenException(long token) {
        super("token 0x" + Long.toHexString(token) + " is stale: its completion was taken, or it never was a token");
    }
}
