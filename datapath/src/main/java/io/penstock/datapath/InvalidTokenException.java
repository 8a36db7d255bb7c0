package io.penstock.datapath;

/** A token that is stale (its completion was taken) or never was one. Always a defect of the caller. */
public final class InvalidTokenException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public InvalidTokenException(long token) {
        super(describe(token));
    }

    private static String describe(long token) {
        if (token == LibOs.NO_TOKEN) {
            return "0 is no token but NO_TOKEN: the operation was refused for want of room, and nothing of it is to be waited"
                    + " for; try it again after the next completion";
        }
        if (token > 0 && token <= Integer.MAX_VALUE) {
            return token + " is no token: perhaps it is a queue, and what the operation on it returned was meant";
        }
        return "token 0x" + Long.toHexString(token) + " is stale: its completion was taken, or it never was a token";
    }
}
