package io.penstock.datapath.wire;

import io.penstock.linux.RawMemory;

/**
 * The options of a segment (RFC 9293, section 3.2). One object is filled again and again.
 *
 * <pre>
 *   kind 0: end of list      | 0 |
 *   kind 1: no operation     | 1 |
 *   kind 2: MSS              | 2 | 4 | size (16 bits) |        RFC 9293, section 3.7.1; only with SYN
 *   kind 3: window scale     | 3 | 3 | shift |                 RFC 7323, section 2; only with SYN
 *   any other                | kind | length | ... |           skipped by its length (MUST-6)
 * </pre>
 */
public final class TcpOptions {
    /** What {@link #windowScale} is when the option was not there. */
    public static final int NONE = -1;

    private static final int END = 0;
    private static final int NO_OPERATION = 1;
    private static final int MSS = 2;
    private static final int WINDOW_SCALE = 3;

    /** RFC 7323, section 2.3: a larger shift counts as 14. */
    public static final int MAX_WINDOW_SCALE = 14;

    public static final int MSS_BYTES = 4;
    public static final int WINDOW_SCALE_BYTES = 4;

    /** The peer's MSS, or {@link #NONE}. */
    public int mss;
    /** 0 to 14, or {@link #NONE}. */
    public int windowScale;

    /** Empty until {@link #parse} fills it. */
    public TcpOptions() {}

    /**
     * Reads the options of a segment. What does not make sense ends the list: nothing behind a broken length can be
     * trusted, and what came before it can.
     */
    public void parse(long address, int lengthBytes) {
        mss = NONE;
        windowScale = NONE;
        long at = address;
        long end = address + lengthBytes;
        while (at < end) {
            int kind = RawMemory.getUnsignedByte(at);
            if (kind == NO_OPERATION) {
                at++;
                continue;
            }
            if (kind == END || at + 1 >= end) {
                return;
            }
            int length = RawMemory.getUnsignedByte(at + 1);
            if (length < 2 || at + length > end) {
                return; // a length of zero would be read for ever
            }
            if (kind == MSS && length == 4) {
                mss = RawMemory.getUnsignedShortBe(at + 2);
            } else if (kind == WINDOW_SCALE && length == 3) {
                windowScale = Math.min(RawMemory.getUnsignedByte(at + 2), MAX_WINDOW_SCALE);
            }
            at += length;
        }
    }

    /** Writes what a SYN carries. Returns how many bytes, a multiple of four. */
    public static int writeSyn(long address, int mss, int windowScale) {
        RawMemory.putIntBe(address, MSS << 24 | 4 << 16 | mss);
        if (windowScale == NONE) {
            return MSS_BYTES;
        }
        RawMemory.putIntBe(address + 4, NO_OPERATION << 24 | WINDOW_SCALE << 16 | 3 << 8 | windowScale);
        return MSS_BYTES + WINDOW_SCALE_BYTES;
    }
}
