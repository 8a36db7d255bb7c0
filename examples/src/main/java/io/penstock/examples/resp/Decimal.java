package io.penstock.examples.resp;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Integers in digits, strictly: within 64 bits, without blanks, plus or leading zeros. Reused; no garbage. */
public final class Decimal {
    private static final int MAX_DIGITS = 19;

    private final UnsafeBuffer text = new UnsafeBuffer(0, 0);
    private long value;

    /** What the last text that could be parsed says. */
    public long value() {
        return value;
    }

    public boolean parse(long address, int length) {
        text.wrap(address, length);
        return parse(text, length);
    }

    public boolean parse(byte[] digits, int length) {
        text.wrap(digits, 0, length);
        return parse(text, length);
    }

    private boolean parse(DirectBuffer from, int length) {
        boolean negative = length > 0 && from.getByte(0) == '-';
        int begin = negative ? 1 : 0;
        boolean leadingZero = length > 1 && from.getByte(begin) == '0';
        if (length == begin || length - begin > MAX_DIGITS || leadingZero) {
            return false;
        }
        long sum = 0; // counted down, as there is one more negative number than positive ones
        for (int i = begin; i < length; i++) {
            int digit = from.getByte(i) - '0';
            if (digit < 0 || digit > 9 || sum < (Long.MIN_VALUE + digit) / 10) {
                return false;
            }
            sum = sum * 10 - digit;
        }
        if (!negative && sum == Long.MIN_VALUE) {
            return false;
        }
        value = negative ? sum : -sum;
        return true;
    }

    /** Writes the digits and returns how many. */
    public int write(long number, byte[] target) {
        text.wrap(target);
        return text.putLongAscii(0, number);
    }
}
