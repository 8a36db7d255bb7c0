package io.penstock.datapath.counters;

/** Where a stack gets its counters from: a file in shared memory, or private memory. */
public interface Counters {
    /**
     * The counter of this name, made at zero when it is asked for first.
     *
     * @param name dotted, such as {@code loop.busy.nanos} or {@code rx.packets}
     * @param type what its number means; that of whoever asks first holds
     */
    Counter counter(String name, CounterType type);

    /** The counter of this name, which counts things and only grows. */
    default Counter counter(String name) {
        return counter(name, CounterType.TOTAL);
    }

    /**
     * Puts a line beside a counter that says why it rises and how to mend it, for those who look from outside. Replaces the
     * line before.
     *
     * @param name the counter's name, which has been asked for
     * @param line one line
     */
    default void remedy(String name, String line) {}

    /** The line that stands beside a counter; null if there is none. */
    default String remedyOf(String name) {
        return null;
    }

    /** Counters in private memory that live as long as the process: for tests and for stacks that nobody watches. */
    static Counters inMemory() {
        return new PrivateCounters();
    }
}
