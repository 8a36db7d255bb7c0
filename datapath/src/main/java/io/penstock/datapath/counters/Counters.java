package io.penstock.datapath.counters;

/** Where a stack gets its counters from: a file in shared memory, or private memory. */
public interface Counters {
    /**
     * The counter of this name, made at zero when it is asked for first.
     *
     * @param name dotted, the unit last where there is one, such as {@code loop.busy.nanos} or {@code rx.packets}
     */
    Counter counter(String name);

    /** Counters in private memory that live as long as the process: for tests and for stacks that nobody watches. */
    static Counters inMemory() {
        return new PrivateCounters();
    }
}
