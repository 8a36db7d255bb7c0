package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.OperationTable;

/**
 * What a connection knows of its receiving: the receive sequence space (RFC 9293, section 3.3.1, figure 4), with the RFC's
 * names, and what has arrived. No logic here but what keeps several fields consistent. Owner's thread.
 */
final class ReceiveState {
    int irs;
    int nxt;
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
        queue = ReceiveQueue.NONE;
        behindGap = false;
        gapProgressNanos = 0;
        reassembly = Reassembly.NONE;
    }

    /** Sets the space from the peer's SYN and the window that this side's own offers. */
    void start(int initialSequence, int windowBytes) {
        irs = initialSequence;
        nxt = initialSequence + 1;
        adv = nxt + windowBytes;
    }

    /** RCV.WND as the peer knows it. */
    int wnd() {
        return adv - nxt;
    }
}
