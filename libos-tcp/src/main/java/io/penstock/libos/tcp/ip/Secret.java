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

    /**
     * A key for one use, from which nothing can be concluded about this one or those of other uses: what goes out on the
     * wire, or can be counted from outside, must not tell of the others.
     *
     * @param use its name, 1 to 24 ASCII letters
     */
    public Secret subkey(String use) {
        long[] words = new long[3];
        for (int i = 0; i < use.length(); i++) {
            words[i >>> 3] |= (use.charAt(i) & 0x7fL) << (8 * (i & 7));
        }
        return new Secret(
                SipHash.hash(high, low, words[0], words[1], words[2], use.length(), 1),
                SipHash.hash(high, low, words[0], words[1], words[2], use.length(), 2));
    }

    @Override
    public String toString() {
        return "Secret[not shown]";
    }
}
