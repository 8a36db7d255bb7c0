package io.penstock.libos.tcp.config;

/** What a stack's loop does when there is nothing to do. */
public enum IdleMode {
    /** Asks again at once: the shortest answers, and a core of its own. */
    SPIN,
    /** Lets others run in between. */
    YIELD,
    /** Sleeps until something comes, after it has spun for 50 microseconds. */
    BLOCK
}
