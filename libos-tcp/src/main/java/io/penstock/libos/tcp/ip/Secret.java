package io.penstock.libos.tcp.ip;

import java.security.SecureRandom;

/**
 * 128 random bits that only this stack knows: the key of its sequence numbers (RFC 6528), ports (RFC 6056) and hash
 * tables.
 *
 * @param high one half
 * @param low the other
 */
public record Secret(long high, long low) {
    /** One that nobody can guess. */
    public static Secret random() {
        SecureRandom random = new SecureRandom();
        return new Secret(random.nextLong(), random.nextLong());
    }

    @Override
    public String toString() {
        return "Secret[not shown]";
    }
}
