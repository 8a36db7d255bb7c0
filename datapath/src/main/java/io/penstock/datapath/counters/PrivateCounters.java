package io.penstock.datapath.counters;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;

/** Counters that nobody outside reads. Their memory is never freed: a counter may outlive its stack. */
final class PrivateCounters implements Counters {
    private final Map<String, Counter> byName = new HashMap<>();
    private final Map<String, String> remedies = new HashMap<>();

    @Override
    public Counter counter(String name, CounterType type) {
        return byName.computeIfAbsent(
                name,
                n -> new Counter(Arena.global().allocate(Long.BYTES, Long.BYTES).address()));
    }

    @Override
    public void remedy(String name, String line) {
        remedies.put(name, line);
    }

    @Override
    public String remedyOf(String name) {
        return remedies.get(name);
    }
}
