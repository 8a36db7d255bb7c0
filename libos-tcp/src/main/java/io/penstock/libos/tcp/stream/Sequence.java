package io.penstock.libos.tcp.stream;

/** Sequence numbers: comparisons modulo 2^32 (RFC 9293, section 3.4). Right as long as two numbers lie within 2^31. */
public final class Sequence {
    private Sequence() {}

    public static boolean lt(int a, int b) {
        return a - b < 0;
    }

    public static boolean leq(int a, int b) {
        return a - b <= 0;
    }

    public static boolean gt(int a, int b) {
        return a - b > 0;
    }

    public static boolean geq(int a, int b) {
        return a - b >= 0;
    }

    public static int max(int a, int b) {
        return a - b >= 0 ? a : b;
    }

    public static int min(int a, int b) {
        return a - b <= 0 ? a : b;
    }
}
