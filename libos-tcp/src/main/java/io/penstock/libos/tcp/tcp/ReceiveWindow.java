package io.penstock.libos.tcp.tcp;

/**
 * What window a connection advertises (RFC 9293, section 3.8.6).
 *
 * <pre>
 *      read     unread (receiveQueue)       window               free
 *   ----------|------------------------|----------------|..................|
 *                                    rcvNxt           rcvAdv      rcvNxt + free buffer
 * </pre>
 *
 * <p>The right edge never moves left (SHLD-14), and once it is narrow, moves right only by a worthwhile step, lest the peer send tiny
 * segments (the receiver's half of the silly window syndrome, section 3.8.6.2.2). When frames run short it stands still:
 * what was promised is kept, but no more is promised to those who leave data unread.
 */
final class ReceiveWindow {
    private static final int MAX_FIELD = 65_535;

    private ReceiveWindow() {}

    /** The shift that a buffer of this size needs (RFC 7323, section 2.3). */
    static int shiftFor(int bufferBytes) {
        int shift = 0;
        while (shift < TcpOptions.MAX_WINDOW_SCALE && bufferBytes >> shift > MAX_FIELD) {
            shift++;
        }
        return shift;
    }

    /** The window field of a segment that is about to go; moves the right edge. */
    static int field(TcpCore core, Tcb t, boolean syn) {
        if (syn) {
            return Math.min(t.receiveBufferBytes, MAX_FIELD); // never scaled (RFC 7323, section 2.2)
        }
        int window = t.rcvWnd() + advance(core, t);
        int field = Math.min(window >> t.rcvWndShift, MAX_FIELD);
        t.rcvAdv = Sequence.max(t.rcvAdv, t.rcvNxt + (field << t.rcvWndShift));
        return field;
    }

    /**
     * By how much the right edge moves. While more than half of the buffer is on offer no peer can be led to tiny
     * segments, and the edge follows each byte read: a window field that stays the same keeps a Linux peer on its fast
     * path (header prediction), which saved a tenth of a round trip on veth.
     */
    private static int advance(TcpCore core, Tcb t) {
        int growth = growth(core, t);
        int half = t.receiveBufferBytes / 2;
        boolean worthwhile = t.rcvWnd() > half ? growth > 0 : growth >= Math.min(half, t.rcvMss);
        return worthwhile ? growth : 0;
    }

    /** Whether enough was read since the last advertisement that the peer should hear of it at once. */
    static boolean updateIsDue(TcpCore core, Tcb t) {
        return growth(core, t) >= Math.min(t.receiveBufferBytes / 2, 2 * t.rcvMss);
    }

    private static int growth(TcpCore core, Tcb t) {
        int free = t.receiveBufferBytes - t.receiveQueue.bytes();
        if (core.isUnderPressure()) {
            free = t.receiveQueue.isEmpty() ? Math.min(free, 2 * t.rcvMss) : 0;
        }
        return free - t.rcvWnd();
    }
}
