package io.penstock.memory;

/** Tells somebody, once, that little is left; and again only after there was more in between. One thread. */
final class LowWater {
    /** Below this the action is due; 0 while it has been told already, or nobody wants to know. */
    long mark;
    /** From this on it is armed again; out of reach while it is armed. */
    long rearmAt = Long.MAX_VALUE;

    private long wanted;
    private long enough;
    private Runnable action = () -> {};

    /** @param capacity how much there is when nothing is in use */
    void set(long below, long capacity, Runnable toDo) {
        if (below < 0 || below > capacity) {
            throw new IllegalArgumentException(
                    "a low-water mark lies between 0 and what there is, " + capacity + ", not at " + below);
        }
        enough = Math.min(below + below / 2, capacity);
        wanted = below;
        action = toDo;
        rearm();
    }

    void reached() {
        mark = 0;
        rearmAt = enough;
        action.run();
    }

    void rearm() {
        mark = wanted;
        rearmAt = Long.MAX_VALUE;
    }
}
