package io.penstock.libos.tcp.tcp;

/** Slow start, congestion avoidance and fast recovery as in RFC 5681 and RFC 6582. */
final class NewReno implements CongestionControl {
    private static final int MAX_WINDOW = 1 << 30;

    private int smss;
    private int initialWindow;
    private int cwnd;
    private int ssthresh;
    /** How far duplicate ACKs may inflate cwnd: there can be no more than what is under way can provoke. */
    private int inflationLimit;
    /** Bytes acknowledged in congestion avoidance since cwnd grew last (RFC 5681, section 3.1, last recommendation). */
    private int ackedSinceGrowth;

    @Override
    public void start(int smss, int initialWindow) {
        this.smss = smss;
        this.initialWindow = initialWindow;
        cwnd = initialWindow;
        ssthresh = MAX_WINDOW;
        ackedSinceGrowth = 0;
    }

    @Override
    public void segmentSize(int bytes) {
        smss = bytes;
        cwnd = Math.max(cwnd, bytes);
    }

    @Override
    public int cwnd() {
        return cwnd;
    }

    @Override
    public int ssthresh() {
        return ssthresh;
    }

    @Override
    public void onAck(int acked, int flight, long nowNanos) {
        if (flight < cwnd >> 1) {
            return; // the window was not what limited it: nothing was learnt about the path (RFC 7661)
        }
        if (cwnd < ssthresh) {
            cwnd = Math.min(cwnd + Math.min(acked, smss), MAX_WINDOW);
            return;
        }
        ackedSinceGrowth += acked;
        if (ackedSinceGrowth >= cwnd) {
            ackedSinceGrowth -= cwnd;
            cwnd = Math.min(cwnd + smss, MAX_WINDOW);
        }
    }

    @Override
    public void onLoss(int flight, long nowNanos) {
        ssthresh = Math.max(flight / 2, 2 * smss); // RFC 5681, equation (4)
        cwnd = ssthresh + 3 * smss;
        inflationLimit = limitFor(flight);
        ackedSinceGrowth = 0;
    }

    @Override
    public void onDuplicateAck() {
        // RFC 5681, section 3.2, step 4: a receiver that invents duplicate ACKs does not open the window as it likes.
        cwnd = Math.max(cwnd, Math.min(cwnd + smss, inflationLimit));
    }

    private int limitFor(int flight) {
        return (int) Math.min((long) cwnd + flight, MAX_WINDOW);
    }

    @Override
    public void onPartialAck(int acked, int flight) {
        // RFC 6582, section 3.2, step 3: deflate by what was acknowledged, add back one segment.
        cwnd = Math.max(cwnd - acked, 0);
        if (acked >= smss) {
            cwnd += smss;
        }
        cwnd = Math.max(cwnd, smss);
        inflationLimit = limitFor(flight); // what was sent in recovery provokes duplicate ACKs, too
    }

    @Override
    public void onRecovered(int flight) {
        // RFC 6582, section 3.2, step 3, option (1): no burst when little is under way.
        cwnd = Math.min(ssthresh, Math.max(flight, smss) + smss);
    }

    @Override
    public void onTimeout(int flight, boolean first) {
        if (first) {
            ssthresh = Math.max(flight / 2, 2 * smss);
        }
        cwnd = smss; // the loss window
        ackedSinceGrowth = 0;
    }

    @Override
    public void onIdle() {
        cwnd = Math.min(cwnd, initialWindow); // RFC 5681, section 4.1
    }
}
