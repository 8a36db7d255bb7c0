package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.wire.TcpOptions;

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
    private static final int MIN_INITIAL_BYTES = 2 * 1_460;

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
    static void begin(TcpContext context, TcpConnection c) {
        c.receive.bufferBytes = c.options.receiveBufferBytes;
        c.receive.limitBytes = initialLimit(context, c.options, 0);
        c.receive.readSinceGrowthBytes = 0;
    }

    private static int initialLimit(TcpContext context, ConnectionOptions options, int moreConnections) {
        int share = Math.max(MIN_INITIAL_BYTES, context.budget.receiveShareBytes(moreConnections));
        int max = Math.min(options.receiveBufferBytes, context.config.initialReceiveWindowBytes());
        return Math.min(share, max);
    }

    /**
     * The window of a SYN-ACK that goes before there is a connection: never scaled (RFC 7323, section 2.2), and a share for
     * as many as there will be if all of those that are half open come.
     */
    static int offered(TcpContext context, ConnectionOptions options) {
        return Math.min(initialLimit(context, options, context.halfOpen.size()), MAX_FIELD);
    }

    /** Holds a new connection to what its SYN-ACK offered: it grows from there as the application reads. */
    static void beginAsOffered(TcpConnection c, int offeredBytes) {
        if (offeredBytes < MAX_FIELD) {
            c.receive.limitBytes = Math.min(c.receive.limitBytes, offeredBytes);
        }
    }

    /**
     * The application was given so many bytes. Each time it has read a full window the limit doubles, unless the stack
     * is busy: who reads as fast as the peer sends is never held back, and who does not read pins little (the idea of
     * dynamic right-sizing, Fisk and Feng 2001).
     */
    static void read(TcpContext context, TcpConnection c, int lengthBytes) {
        c.receive.readSinceGrowthBytes += lengthBytes;
        if (c.receive.readSinceGrowthBytes >= c.receive.limitBytes) {
            c.receive.readSinceGrowthBytes = 0;
            if (c.receive.limitBytes < c.receive.bufferBytes && !context.budget.isBusy()) {
                c.receive.limitBytes = (int) Math.min(c.receive.bufferBytes, 2L * c.receive.limitBytes);
            }
        }
    }

    /** The application wants another buffer: what was promised stays, and a wider window opens as it reads. */
    static void resize(ReceiveState receive, int bufferBytes) {
        receive.bufferBytes = receive.windowScaling ? bufferBytes : Math.min(bufferBytes, MAX_FIELD);
        receive.limitBytes = Math.min(receive.limitBytes, receive.bufferBytes);
    }

    /** The window field of a segment that is about to go; moves the right edge. */
    static int field(TcpContext context, TcpConnection c, boolean syn) {
        if (syn) {
            return Math.min(c.receive.limitBytes, MAX_FIELD); // never scaled (RFC 7323, section 2.2)
        }
        int window = c.receive.wnd() + advance(context, c);
        int field = Math.min(window >> c.receive.wndShift, MAX_FIELD);
        c.receive.adv = Sequence.max(c.receive.adv, c.receive.nxt + (field << c.receive.wndShift));
        return field;
    }

    /**
     * By how much the right edge moves. While more than half of the buffer is on offer no peer can be led to tiny
     * segments, and the edge follows each byte read: a window field that stays the same keeps a Linux peer on its fast
     * path (header prediction), which saved 3 % of a round trip on veth.
     */
    private static int advance(TcpContext context, TcpConnection c) {
        int limit = limit(context, c);
        int growth = growth(context, c, limit);
        int half = limit / 2;
        boolean worthwhile = c.receive.wnd() > half ? growth > 0 : growth >= Math.min(half, c.receive.mss);
        return worthwhile ? growth : 0;
    }

    /** Whether enough was read since the last advertisement that the peer should hear of it at once. */
    static boolean updateIsDue(TcpContext context, TcpConnection c) {
        int limit = limit(context, c);
        // Under pressure two segments may be all that is ever offered: with a part of it left, one more must do.
        int step = context.budget.isUnderPressure() ? c.receive.mss : 2 * c.receive.mss;
        return growth(context, c, limit) >= Math.min(limit / 2, step);
    }

    /** What the window may be with nothing unread: the connection's own limit, or its fair share at busy times. */
    private static int limit(TcpContext context, TcpConnection c) {
        if (!context.budget.isBusy()) {
            return c.receive.limitBytes;
        }
        return Math.min(c.receive.limitBytes, Math.max(2 * c.receive.mss, context.budget.receiveShareBytes()));
    }

    private static int growth(TcpContext context, TcpConnection c, int limit) {
        int free = limit - c.receive.queue.bytes();
        if (context.budget.isUnderPressure()) {
            int share = context.budget.unreadShareBytes();
            int max = c.receive.queue.isEmpty() ? Math.max(2 * c.receive.mss, share) : share - c.receive.queue.bytes();
            free = Math.min(free, max);
        }
        return free - c.receive.wnd();
    }
}
