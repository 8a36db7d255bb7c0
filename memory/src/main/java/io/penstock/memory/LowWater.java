package io.penstock.memory;

/** Tells somebody, once, that little is left; and again only after there was more in between. One thread. */
final class LowWater {
    /** Below this the action is due; 0 while it has been told already, or nobody wants to know. */
    long mark;
    /** From this on it is armed again; out of reach while it is armed. */
    long rearmAt = Long.MAX_VALUE;

    private long wanted;
    private Runnable action = () -> {};

    void set(long below, Runnable toDo) {
        if (below < 0) {
            throw new IllegalArgumentException("a low-water mark is 0 or more, not " + below);
        }
        wanted = below;
        action = toDo;
        rearm();
    }

    void reached() {
        mark = 0;
        rearmAt = wanted + wanted / 2;
        action.run();
    }

    void rearm() {
        mark = wanted;
        rearmAt = Long.MAX_VALUE;
    }
}
