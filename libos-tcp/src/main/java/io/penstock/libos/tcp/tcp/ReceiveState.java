package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.stack.OperationTable;
import io.penstock.datapath.wire.TcpOptions;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.stream.Reassembly;
import io.penstock.libos.tcp.stream.ReceiveQueue;
import io.penstock.libos.tcp.stream.Sequence;

/**
 * What a connection knows of its receiving: the receive sequence space (RFC 9293, section 3.3.1, figure 4), with the RFC's
 * names, what has arrived, what of it is still to be acknowledged, and what window is advertised for more (section 3.8.6).
 *
 * <pre>
 *      read        unread (queue)          window               free
 *   ----------|------------------------|----------------|..................|
 *           popped                    nxt              adv      nxt + free buffer
 * </pre>
 *
 * <p>The right edge never moves left (SHLD-14), and once it is narrow, moves right only by a worthwhile step, lest the peer
 * send tiny segments (the receiver's half of the silly window syndrome, section 3.8.6.2.2). When frames run short it stands
 * still: what was promised is kept, but no more than a share of what is free is promised to those who leave data unread.
 *
 * <p>Owner's thread.
 */
final class ReceiveState {
    private static final int MAX_FIELD = 65_535;
    /** Two full segments on Ethernet: each second one is acknowledged at once. */
    private static final int MIN_INITIAL_BYTES = 2 * 1_460;

    int irs;
    int nxt;
    /** What the application was given ends before this number: from here to RCV.NXT is unread. */
    int popped;
    /** The right edge of the window as advertised: RCV.NXT + RCV.WND. It never moves left (SHLD-14). */
    int adv;

    /** Both sides scale their windows (RFC 7323, section 2.2); in SYN-SENT: this side offers to. */
    boolean windowScaling;

    int wndShift;
    /** How far the window may ever open. */
    int bufferBytes;
    /** How far it may open by now: grows as the application reads. */
    int limitBytes;

    int readSinceGrowthBytes;
    /** The largest payload seen: what counts as a full segment. */
    int mss;
    /** The peer's FIN came but has a gap before it. */
    boolean finPending;

    int finSequence;
    /** The peer's FIN has been reached: nothing more will come. */
    boolean endOfStream;

    /** The first slot of the pops' list in the {@link OperationTable}. */
    int firstPop;
    /** When the peer was last heard of. */
    long lastNanos;

    // ---- acknowledgements owed
    /** One is owed, and may wait for data to travel with. */
    boolean ackPending;
    /** One is owed at once. */
    boolean ackNow;
    /** So many segments behind a gap want one each (RFC 5681, section 3.2). */
    int duplicateAcksOwed;

    int unackedBytes;
    /** What the last one acknowledged. */
    int lastAck;

    /** What the application has not popped. */
    ReceiveQueue queue;
    /** Whether it has something behind a gap ({@link BehindGaps}), and when it got something in order last since then. */
    boolean behindGap;

    long gapProgressNanos;
    Reassembly reassembly;

    /** As new; what held frames has been cleared before. */
    void reset() {
        irs = 0;
        nxt = 0;
        popped = 0;
        adv = 0;
        windowScaling = false;
        wndShift = 0;
        bufferBytes = 0;
        limitBytes = 0;
        readSinceGrowthBytes = 0;
        mss = 0;
        finPending = false;
        finSequence = 0;
        endOfStream = false;
        firstPop = OperationTable.NONE;
        lastNanos = 0;
        oweNoAck();
        lastAck = 0;
        queue = ReceiveQueue.NONE;
        behindGap = false;
        gapProgressNanos = 0;
        reassembly = Reassembly.NONE;
    }

    /** Sets the space from the peer's SYN and the window that this side's own offers. */
    void start(int initialSequence, int windowBytes) {
        irs = initialSequence;
        nxt = initialSequence + 1;
        popped = nxt;
        adv = nxt + windowBytes;
    }

    /** No acknowledgement is owed any more. */
    void oweNoAck() {
        ackPending = false;
        ackNow = false;
        duplicateAcksOwed = 0;
        unackedBytes = 0;
    }

    /** One of all that came goes out with the next segment, whatever that is. */
    void acknowledged() {
        oweNoAck();
        lastAck = nxt;
    }

    /** What has arrived and was not given to the application. */
    int unreadBytes() {
        return nxt - popped;
    }

    /** The peer's FIN is next: it takes a number, and nobody reads it. */
    void reachEnd() {
        finPending = false;
        endOfStream = true;
        nxt++;
        popped++;
        adv = Sequence.max(adv, nxt);
    }

    /** RCV.WND as the peer knows it. */
    int wnd() {
        return adv - nxt;
    }

    // ---- the window

    /** The shift that a buffer of this size needs (RFC 7323, section 2.3). */
    static int shiftFor(int ofBytes) {
        int shift = 0;
        while (shift < TcpOptions.MAX_WINDOW_SCALE && ofBytes >> shift > MAX_FIELD) {
            shift++;
        }
        return shift;
    }

    /** Sets the limit that a new connection begins with: not more than its share, but some segments in any case. */
    void beginWindow(ConnectionOptions options, TcpConfig config, FrameBudget budget) {
        bufferBytes = options.receiveBufferBytes;
        limitBytes = initialLimit(options, config, budget.receiveShareBytes());
        readSinceGrowthBytes = 0;
        wndShift = shiftFor(config.maxReceiveBufferBytes());
    }

    private static int initialLimit(ConnectionOptions options, TcpConfig config, int shareBytes) {
        int most = Math.min(options.receiveBufferBytes, config.initialReceiveWindowBytes());
        return Math.min(Math.max(MIN_INITIAL_BYTES, shareBytes), most);
    }

    /**
     * The window of a SYN-ACK that goes before there is a connection: never scaled (RFC 7323, section 2.2).
     *
     * @param shareBytes what each gets if all of those come that are half open
     */
    static int offered(ConnectionOptions options, TcpConfig config, int shareBytes) {
        return Math.min(initialLimit(options, config, shareBytes), MAX_FIELD);
    }

    /** Holds a new connection to what its SYN-ACK offered: it grows from there as the application reads. */
    void beginAsOffered(int offeredBytes) {
        if (offeredBytes < MAX_FIELD) {
            limitBytes = Math.min(limitBytes, offeredBytes);
        }
    }

    /**
     * The application was given so many bytes. Each time it has read a full window the limit doubles, unless the stack
     * is busy: who reads as fast as the peer sends is never held back, and who does not read pins little (the idea of
     * dynamic right-sizing, Fisk and Feng 2001).
     */
    void read(int lengthBytes, FrameBudget budget) {
        popped += lengthBytes;
        readSinceGrowthBytes += lengthBytes;
        if (readSinceGrowthBytes >= limitBytes) {
            readSinceGrowthBytes = 0;
            if (limitBytes < bufferBytes && !budget.isBusy()) {
                limitBytes = (int) Math.min(bufferBytes, 2L * limitBytes);
            }
        }
    }

    /** The application wants another buffer: what was promised stays, and a wider window opens as it reads. */
    void resize(int toBytes) {
        bufferBytes = windowScaling ? toBytes : Math.min(toBytes, MAX_FIELD);
        limitBytes = Math.min(limitBytes, bufferBytes);
    }

    /** The window field of a SYN: never scaled (RFC 7323, section 2.2). */
    int synWindowField() {
        return Math.min(limitBytes, MAX_FIELD);
    }

    /** The window field of any other segment that is about to go; moves the right edge. */
    int windowField(FrameBudget budget) {
        int window = wnd() + advance(budget);
        int field = Math.min(window >> wndShift, MAX_FIELD);
        adv = Sequence.max(adv, nxt + (field << wndShift));
        return field;
    }

    /** The same as it was advertised last. */
    int lastWindowField() {
        return Math.min(wnd() >> wndShift, MAX_FIELD);
    }

    /**
     * By how much the right edge moves. While more than half of the buffer is on offer no peer can be led to tiny
     * segments, and the edge follows each byte read: a window field that stays the same keeps a Linux peer on its fast
     * path (header prediction), which saved 3 % of a round trip on veth.
     */
    private int advance(FrameBudget budget) {
        int limit = limit(budget);
        int growth = growth(budget, limit);
        int half = limit / 2;
        boolean worthwhile = wnd() > half ? growth > 0 : growth >= Math.min(half, mss);
        return worthwhile ? growth : 0;
    }

    /** Whether enough was read since the last advertisement that the peer should hear of it at once. */
    boolean updateIsDue(FrameBudget budget) {
        int limit = limit(budget);
        // Under pressure two segments may be all that is ever offered: with a part of it left, one more must do.
        int step = budget.isUnderPressure() ? mss : 2 * mss;
        return growth(budget, limit) >= Math.min(limit / 2, step);
    }

    /** What the window may be with nothing unread: the connection's own limit, or its fair share at busy times. */
    private int limit(FrameBudget budget) {
        return budget.isBusy() ? Math.min(limitBytes, Math.max(2 * mss, budget.receiveShareBytes())) : limitBytes;
    }

    private int growth(FrameBudget budget, int limit) {
        int unread = unreadBytes();
        int free = limit - unread;
        if (budget.isUnderPressure()) {
            int share = budget.unreadShareBytes();
            int most = unread == 0 ? Math.max(2 * mss, share) : share - unread;
            free = Math.min(free, most);
        }
        return free - wnd();
    }
}
