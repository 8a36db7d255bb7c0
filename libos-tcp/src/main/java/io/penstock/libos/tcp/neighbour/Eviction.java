package io.penstock.libos.tcp.neighbour;

import io.penstock.libos.tcp.neighbour.Neighbour.State;

/**
 * Which neighbour gives its place up to another one. Chosen among some of them, others each time: a crowd of newcomers must
 * not make each look at all.
 */
final class Eviction {
    /** How long who was asked may take to answer before another may have its place. */
    private static final long ANSWER_NANOS = 10_000_000L;
    /** Among how many entries it is chosen. */
    private static final int MAX_SCANNED = 64;
    /** How often all are looked at in vain. */
    private static final long SCAN_NANOS = 1_000_000L;

    private final Neighbour[] inUse;
    private int hand;
    /** Nobody who is being asked may go before. */
    private long noneBeforeNanos = Long.MIN_VALUE;

    Eviction(Neighbour[] inUse) {
        this.inUse = inUse;
    }

    /** One that was asked and has been silent for longest; null if all were asked just now. */
    Neighbour silent(int count, long nowNanos) {
        if (nowNanos < noneBeforeNanos) {
            return null;
        }
        Neighbour oldest = null;
        for (int i = 0; i < count && (i < MAX_SCANNED || oldest == null); i++) {
            Neighbour n = nextInTurn(count);
            if (n.state == State.INCOMPLETE
                    && mayGo(n, nowNanos)
                    && (oldest == null || n.askedNanos < oldest.askedNanos)) {
                oldest = n;
            }
        }
        if (oldest == null) {
            noneBeforeNanos = nowNanos + SCAN_NANOS;
        }
        return oldest;
    }

    /**
     * One that failed, else the one that has been stale for longest, else one that was asked and is silent, else the one
     * whose answer is oldest; null if all were asked just now or have packets to send.
     */
    Neighbour minNeeded(int count, long nowNanos) {
        Neighbour chosen = null;
        for (int i = 0; i < count && (i < MAX_SCANNED || chosen == null); i++) {
            Neighbour n = nextInTurn(count);
            if (mayGo(n, nowNanos) && (chosen == null || goesBefore(n, chosen))) {
                chosen = n;
            }
        }
        return chosen;
    }

    private Neighbour nextInTurn(int count) {
        hand = hand + 1 < count ? hand + 1 : 0;
        return inUse[hand];
    }

    private static boolean mayGo(Neighbour n, long nowNanos) {
        return n.state == State.INCOMPLETE ? nowNanos - n.askedNanos >= ANSWER_NANOS : !n.hasPending();
    }

    private static boolean goesBefore(Neighbour a, Neighbour b) {
        int rank = rank(a.state) - rank(b.state);
        return rank != 0 ? rank < 0 : a.deadlineNanos < b.deadlineNanos;
    }

    private static int rank(State state) {
        return switch (state) {
            case FREE, FAILED -> 0;
            case STALE -> 1;
            case INCOMPLETE -> 2;
            case PROBE, REACHABLE -> 3;
        };
    }
}
