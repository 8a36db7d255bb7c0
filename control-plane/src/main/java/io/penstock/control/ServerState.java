package io.penstock.control;

/** What became of a server that made a counters file. */
public enum ServerState {
    /** Its process is there. */
    RUNNING,
    /** It ended by itself; the counters are its last. */
    CLOSED,
    /** Its process is gone, but it never said that it ends: killed, or crashed. */
    DIED
}
