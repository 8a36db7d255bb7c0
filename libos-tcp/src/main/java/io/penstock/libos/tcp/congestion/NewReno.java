package io.penstock.libos.tcp.congestion;

/** Slow start, congestion avoidance and the windows of fast recovery as in RFC 5681 and RFC 6582. */
public final class NewReno implements CongestionControl {
    private static final int MAX_WINDOW = 1 << 30;

    private int smss;
    private int initialWindow;
    private int cwnd;
    private int ssthresh;
    /** Bytes acknowledged in congestion avoidance since cwnd grew last (RFC 5681, section 3.1, last recommendation). */
    private int ackedSinceGrowth;

    /** For one connection, which begins with {@link #start}. */
    public NewReno() {}

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
    public boolean measuresRate() {
        return false;
    }

    @Override
    public void onSent(int bytes, int inFlight, long nowNanos) {}

    @Override
    public void onAck(AckSample sample) {
        if (!sample.cwndLimited) {
            return; // the window was not what limited it: nothing was learnt about the path (RFC 7661)
        }
        if (cwnd < ssthresh) {
            cwnd = Math.min(cwnd + Math.min(sample.acked, smss), MAX_WINDOW);
            return;
        }
        ackedSinceGrowth += sample.acked;
        if (ackedSinceGrowth >= cwnd) {
            ackedSinceGrowth -= cwnd;
            cwnd = Math.min(cwnd + smss, MAX_WINDOW);
        }
    }

    @Override
    public void onCongestionEvent(CongestionEvent event, AckSample sample) {
        switch (event) {
            case LOSS, ECN -> {
                ssthresh = Math.max(sample.priorInFlight / 2, 2 * smss); // RFC 5681, equation (4)
                cwnd = ssthresh;
                ackedSinceGrowth = 0;
            }
            case RECOVERED ->
                // RFC 6582, section 3.2, step 3, option (1): no burst when little is under way.
                cwnd = Math.min(ssthresh, Math.max(sample.inFlight, smss) + smss);
            case TIMEOUT -> {
                ssthresh = Math.max(sample.priorInFlight / 2, 2 * smss);
                loseWindow();
            }
            case REPEATED_TIMEOUT -> loseWindow();
            case IDLE -> cwnd = Math.min(cwnd, initialWindow); // RFC 5681, section 4.1
        }
    }

    /** RFC 5681 and RFC 6582 know no way back. */
    @Override
    public void undo() {}

    @Override
    public long pacingRate() {
        return 0;
    }

    private void loseWindow() {
        cwnd = smss; // the loss window
        ackedSinceGrowth = 0;
    }
}
