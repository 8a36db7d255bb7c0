package io.penstock.libos.tcp.congestion;

/**
 * What an application extends that brings a congestion control of its own. A stack learns of it by {@code
 * StackConfig.Builder.congestionControl(name, supplier)} or a {@link CongestionControlProvider}, and uses it where {@code
 * tcp.congestion-control} or {@code QueueOption.Name.CONGESTION_CONTROL} has its name. One object serves one connection after
 * another: {@link #start} begins anew.
 */
public abstract non-sealed class CustomCongestionControl implements CongestionControl {
    /** For one connection at a time, which begins with {@link #start}. */
    protected CustomCongestionControl() {}

    /** True unless it says otherwise: an algorithm of one's own is told all there is. */
    @Override
    public boolean measuresRate() {
        return true;
    }

    /** Does nothing unless it is overridden. */
    @Override
    public void onSent(int bytes, int inFlight, long nowNanos) {}

    /** Does nothing unless it is overridden. */
    @Override
    public void undo() {}

    /** As fast as the window allows unless it is overridden. */
    @Override
    public long pacingRate() {
        return 0;
    }
}
