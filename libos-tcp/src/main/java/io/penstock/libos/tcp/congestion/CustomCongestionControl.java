package io.penstock.libos.tcp.congestion;

/** What an application extends that brings a congestion control of its own. */
public abstract non-sealed class CustomCongestionControl implements CongestionControl {
    @Override
    public boolean measuresRate() {
        return true;
    }
}
