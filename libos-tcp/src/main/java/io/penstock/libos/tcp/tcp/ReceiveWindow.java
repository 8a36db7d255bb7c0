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
 * what was promised is kept, but no more than a share of what is free is promised to those who leave data unread.
 */
final class ReceiveWindow {
    private static final int MAX_FIELD = 65_535;
    /** Two full segments on Ethernet: each second one is acknowledged at once. */
    private static final int LEAST_INITIAL_BYTES = 2 * 1_460;

    private ReceiveWindow() {}

    /** The shift that a buffer of this size needs (RFC 7323, section 2.3). */
    static int shiftFor(int bufferBytes) {
        int shift = 0;
        while (shift < TcpOptions.MAX_WINDOW_SCALE && bufferBytes >> shift > MAX_FIELD) {
            shift++;
        }
        return shift;
    }

    /** Sets the limit that a new connection begins with: not more than its share, but some segments in any case. */
    static void begin(TcpCore core, Tcb t) {
        t.receiveBufferBytes = t.options.receiveBufferBytes;
        t.windowLimitBytes = initialLimit(core, t.options, 0);
        t.readSinceGrowthBytes = 0;
    }

    private static int initialLimit(TcpCore core, ConnectionOptions options, int moreConnections) {
        int share = Math.max(LEAST_INITIAL_BYTES, core.budget.receiveShareBytes(moreConnections));
        int most = Math.min(options.receiveBufferBytes, core.config.initialReceiveWindowBytes());
        return Math.min(share, most);
    }

    /**
     * The window of a SYN-ACK that goes before there is a connection: never scaled (RFC 7323, section 2.2), and a share for
     * as many as there will be if all of those that are half open come.
     */
    static int offered(TcpCore core, ConnectionOptions options) {
        return Math.min(initialLimit(core, options, core.halfOpen.size()), MAX_FIELD);
    }

    /** Holds a new connection to what its SYN-ACK offered: it grows from there as the application reads. */
    static void beginAsOffered(Tcb t, int offeredBytes) {
        if (offeredBytes < MAX_FIELD) {
            t.windowLimitBytes = Math.min(t.windowLimitBytes, offeredBytes);
        }
    }

    /**
     * The application was given so many bytes. Each time it has read a full window the limit doubles, unless the stack
     * is busy: who reads as fast as the peer sends is never held back, and who does not read pins little (the idea of
     * dynamic right-sizing, Fisk and Feng 2001).
     */
    static void read(TcpCore core, Tcb t, int lengthBytes) {
        t.readSinceGrowthBytes += lengthBytes;
        if (t.readSinceGrowthBytes >= t.windowLimitBytes) {
            t.readSinceGrowthBytes = 0;
            if (t.windowLimitBytes < t.receiveBufferBytes && !core.budget.isBusy()) {
                t.windowLimitBytes = (int) Math.min(t.receiveBufferBytes, 2L * t.windowLimitBytes);
            }
        }
    }

    /** The application wants another buffer: what was promised stays, and a wider window opens as it reads. */
    static void resize(Tcb t, int bufferBytes) {
        t.receiveBufferBytes = t.windowScaling ? bufferBytes : Math.min(bufferBytes, MAX_FIELD);
        t.windowLimitBytes = Math.min(t.windowLimitBytes, t.receiveBufferBytes);
    }

    /** The window field of a segment that is about to go; moves the right edge. */
    static int field(TcpCore core, Tcb t, boolean syn) {
        if (syn) {
            return Math.min(t.windowLimitBytes, MAX_FIELD); // never scaled (RFC 7323, section 2.2)
        }
        int window = t.rcvWnd() + advance(core, t);
        int field = Math.min(window >> t.rcvWndShift, MAX_FIELD);
        t.rcvAdv = Sequence.max(t.rcvAdv, t.rcvNxt + (field << t.rcvWndShift));
        return field;
    }

    /**
     * By how much the right edge moves. While more than half of the buffer is on offer no peer can be led to tiny
     * segments, and the edge follows each byte read: a window field that stays the same keeps a Linux peer on its fast
     * path (header prediction), which saved 3 % of a round trip on veth.
     */
    private static int advance(TcpCore core, Tcb t) {
        int limit = limit(core, t);
        int growth = growth(core, t, limit);
        int half = limit / 2;
        boolean worthwhile = t.rcvWnd() > half ? growth > 0 : growth >= Math.min(half, t.rcvMss);
        return worthwhile ? growth : 0;
    }

    /** Whether enough was read since the last advertisement that the peer should hear of it at once. */
    static boolean updateIsDue(TcpCore core, Tcb t) {
        int limit = limit(core, t);
        // Under pressure two segments may be all that is ever offered: with a part of it left, one more must do.
        int step = core.budget.isUnderPressure() ? t.rcvMss : 2 * t.rcvMss;
        return growth(core, t, limit) >= Math.min(limit / 2, step);
    }

    /** What the window may be with nothing unread: the connection's own limit, or its fair share at busy times. */
    private static int limit(TcpCore core, Tcb t) {
        if (!core.budget.isBusy()) {
            return t.windowLimitBytes;
        }
        return Math.min(t.windowLimitBytes, Math.max(2 * t.rcvMss, core.budget.receiveShareBytes()));
    }

    private static int growth(TcpCore core, Tcb t, int limit) {
        int free = limit - t.receiveQueue.bytes();
        if (core.budget.isUnderPressure()) {
            int share = core.budget.unreadShareBytes();
            int most = t.receiveQueue.isEmpty() ? Math.max(2 * t.rcvMss, share) : share - t.receiveQueue.bytes();
            free = Math.min(free, most);
        }
        return free - t.rcvWnd();
    }
}
