package io.penstock.examples.resp;

import static io.penstock.memory.DirectMemory.getByte;

import io.penstock.memory.DirectMemory;
import io.penstock.server.Framer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One command on its way in: {@code *2\r\n$3\r\nGET\r\n$1\r\nk\r\n} in Redis's protocol (RESP2), or a line of words.
 *
 * <p>It may come in any number of pieces, cut anywhere: {@link #find} goes on where it stopped, and notes arguments as
 * offsets from the command's beginning, so that the bytes may be moved meanwhile. Nothing is copied or allocated.
 */
public final class Request implements Framer {
    /** How far the command has come in. */
    private enum Progress {
        /** It can be executed. */
        COMPLETE,
        /** More of it is to come. */
        INCOMPLETE,
        /** It is none: say {@link #error}, and close. */
        MALFORMED
    }

    private static final int MAX_ARGUMENTS = Integer.MAX_VALUE;
    private static final int MAX_BULK_BYTES = 512 << 20;
    private static final int MAX_LINE_BYTES = 64 << 10;
    private static final int UNKNOWN = -1;
    private static final int NOWHERE = -1;

    private final Decimal decimal = new Decimal();
    private int[] offsets = new int[16];
    private int[] lengths = new int[16];
    private int count;
    private int expected = UNKNOWN;
    private int bulkBytes = UNKNOWN;
    private int at;
    /** Up to where a line's end was looked for in vain. */
    private int searched;

    /** Whether the next call begins with the next command. */
    private boolean isDone;

    private long base;
    private String error = "";

    /** Waits for a command. */
    public Request() {}

    @Override
    public int find(long address, int lengthBytes) {
        if (isDone) {
            reset();
        }
        return switch (parse(address, lengthBytes)) {
            case COMPLETE -> at;
            case INCOMPLETE -> INCOMPLETE;
            case MALFORMED -> MALFORMED;
        };
    }

    /** Begins with the next command. */
    private void reset() {
        isDone = false;
        count = 0;
        expected = UNKNOWN;
        bulkBytes = UNKNOWN;
        at = 0;
        searched = 0;
    }

    /** Reads on, in {@code length} bytes from the command's beginning at {@code address}. */
    private Progress parse(long address, int length) {
        base = address;
        Progress progress = Progress.COMPLETE;
        if (expected == UNKNOWN) {
            if (length > 0 && getByte(base) != '*') {
                return parseLine(length);
            }
            progress = parseNumber(length, '*', MAX_ARGUMENTS, "mbulk count", "invalid multibulk length");
            if (progress == Progress.COMPLETE) {
                expected = (int) Math.max(0, decimal.value());
            }
        }
        while (progress == Progress.COMPLETE && count < expected) {
            if (bulkBytes == UNKNOWN) {
                progress = parseNumber(length, '$', MAX_BULK_BYTES, "bulk count", "invalid bulk length");
                if (progress == Progress.COMPLETE && decimal.value() < 0) {
                    progress = malformed("invalid bulk length");
                } else if (progress == Progress.COMPLETE) {
                    bulkBytes = (int) decimal.value();
                }
            } else if (length - at < bulkBytes + 2) {
                progress = Progress.INCOMPLETE;
            } else {
                add(at, bulkBytes);
                at += bulkBytes + 2;
                bulkBytes = UNKNOWN;
            }
        }
        isDone = progress == Progress.COMPLETE;
        return progress;
    }

    /** A type, a number, CR LF; as Redis looks for it: a zero byte hides what stands behind it. */
    private Progress parseNumber(int length, char type, int max, String number, String complaint) {
        int end = find('\r', at, length);
        if (end == NOWHERE) {
            return length - at > MAX_LINE_BYTES ? malformed("too big " + number + " string") : Progress.INCOMPLETE;
        }
        if (end + 1 >= length) {
            return Progress.INCOMPLETE;
        }
        if (getByte(base + at) != type) {
            char got = (char) (getByte(base + at) & 0xff);
            return malformed("expected '" + type + "', got '" + (got == '\r' || got == '\n' ? ' ' : got) + "'");
        }
        if (!decimal.parse(base + at + 1, end - at - 1) || decimal.value() > max) {
            return malformed(complaint);
        }
        at = end + 2;
        return Progress.COMPLETE;
    }

    private int find(char wanted, int from, int length) {
        int i = Math.max(from, searched);
        while (i < length && getByte(base + i) != wanted && getByte(base + i) != 0) {
            i++;
        }
        searched = i; // lest many small pieces are searched from the beginning each time
        return i < length && getByte(base + i) == wanted ? i : NOWHERE;
    }

    /** Words up to the end of the line, as people type them. */
    private Progress parseLine(int length) {
        at = find('\n', at, length);
        if (at == NOWHERE) {
            at = 0;
            return length > MAX_LINE_BYTES ? malformed("too big inline request") : Progress.INCOMPLETE;
        }
        for (int from = 0; from < at; ) {
            from = isSpace(getByte(base + from)) ? from + 1 : parseWord(from);
            if (from < 0) {
                return malformed("unbalanced quotes in request");
            }
        }
        at++;
        expected = count;
        isDone = true;
        return Progress.COMPLETE;
    }

    /**
     * A word, which may have parts in quotes. Where that makes it shorter it is written anew in its own place.
     *
     * @return where it ends, or -1 if a quote does not end or ends within the word
     */
    private int parseWord(int begin) {
        int to = begin;
        int from = begin;
        byte quote = 0;
        for (; from < at && (quote != 0 || !endsWord(getByte(base + from))); from++) {
            byte b = getByte(base + from);
            if (quote == 0 && (b == '"' || b == '\'')) {
                quote = b;
            } else if (quote != 0 && b == quote) {
                add(begin, to - begin);
                return isSpace(getByte(base + from + 1)) ? from + 1 : -1;
            } else {
                if (quote != 0 && b == '\\') {
                    int escaped = unescape(from, quote);
                    b = (byte) escaped;
                    from += escaped >>> Byte.SIZE;
                }
                if (to != from) {
                    DirectMemory.putByte(base + to, b);
                }
                to++;
            }
        }
        add(begin, to - begin);
        return quote == 0 ? from : -1;
    }

    /** The byte for which a backslash and what follows it stand, and above that how many bytes follow it. */
    private int unescape(int from, byte quote) {
        byte next = getByte(base + from + 1); // the line's end at the latest
        if (quote == '\'') {
            return next == quote ? 1 << Byte.SIZE | next : '\\';
        }
        if (next == 'x' && from + 3 < at) {
            int high = Character.digit(getByte(base + from + 2), 16);
            int low = Character.digit(getByte(base + from + 3), 16);
            if (high >= 0 && low >= 0) {
                return 3 << Byte.SIZE | high << 4 | low;
            }
        }
        int control = "nrtba".indexOf(next);
        int meant = control < 0 ? next & 0xff : "\n\r\t\b\007".charAt(control);
        return from + 1 < at ? 1 << Byte.SIZE | meant : '\\';
    }

    /** What stands between words. */
    private static boolean isSpace(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }

    /** What ends a word: of the spaces, not the vertical tab and the form feed. */
    private static boolean endsWord(byte b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r';
    }

    private void add(int offset, int length) {
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * count);
            lengths = Arrays.copyOf(lengths, 2 * count);
        }
        offsets[count] = offset;
        lengths[count++] = length;
    }

    private Progress malformed(String why) {
        error = "ERR Protocol error: " + why;
        return Progress.MALFORMED;
    }

    /** Why it is malformed. */
    public String error() {
        return error;
    }

    /** How many bytes the complete command takes. */
    public int lengthBytes() {
        return at;
    }

    /** How many arguments there are, the command's name included; 0 for an empty line, which asks for nothing. */
    public int count() {
        return count;
    }

    /** Where an argument begins. */
    public long address(int i) {
        return base + offsets[i];
    }

    /** How many bytes an argument has. */
    public int length(int i) {
        return lengths[i];
    }

    /** Eight letters at most as a number, in upper case, the first in the highest byte that is used; 0 if there are more. */
    public long word(int i) {
        long word = 0;
        for (int k = 0; k < lengths[i]; k++) {
            byte letter = getByte(address(i) + k);
            word = word << 8 | (letter >= 'a' && letter <= 'z' ? letter - 32 : letter & 0xff);
        }
        return lengths[i] <= Long.BYTES ? word : 0;
    }

    /** The same of a text in upper case. */
    public static long word(String upperCase) {
        long word = 0;
        for (int k = 0; k < upperCase.length(); k++) {
            word = word << 8 | upperCase.charAt(k);
        }
        return word;
    }

    /** Whether an argument is this word, in whatever case. */
    public boolean is(int i, String upperCase) {
        boolean equal = lengths[i] == upperCase.length();
        for (int k = 0; equal && k < lengths[i]; k++) {
            byte letter = getByte(address(i) + k);
            equal = (letter >= 'a' && letter <= 'z' ? letter - 32 : letter) == upperCase.charAt(k);
        }
        return equal;
    }

    /** An argument as text; makes garbage. */
    public String text(int i) {
        byte[] bytes = new byte[lengths[i]];
        DirectMemory.copyTo(address(i), bytes, 0, bytes.length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Whether an argument is an integer; then {@link #number()} is its value. */
    public boolean isNumber(int i) {
        return decimal.parse(address(i), lengths[i]);
    }

    /** What {@link #isNumber} has read. */
    public long number() {
        return decimal.value();
    }
}
