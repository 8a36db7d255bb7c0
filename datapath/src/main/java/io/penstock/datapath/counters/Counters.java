package io.penstock.datapath.counters;

import io.penstock.linux.StartConditions;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;

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

    /**
     * Counters in private memory, for tests and for stacks that nobody watches. The memory is never freed: a counter may
     * outlive its stack.
     *
     * @throws IllegalStateException in one line that names it, if Java was started without a flag that Penstock needs
     */
    static Counters inMemory() {
        StartConditions.require();
        return new Counters() {
            private final Map<String, Counter> byName = new HashMap<>();
            private final Map<String, String> remedies = new HashMap<>();

            @Override
            public Counter counter(String name, CounterType type) {
                return byName.computeIfAbsent(
                        name,
                        _ -> new Counter(
                                Arena.global().allocate(Long.BYTES, Long.BYTES).address()));
            }

            @Override
            public void remedy(String name, String line) {
                remedies.put(name, line);
            }

            @Override
            public String remedyOf(String name) {
                return remedies.get(name);
            }
        };
    }
}
