package io.penstock.control.cli;

import io.penstock.control.CountersSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A reading as JSON: raw numbers, units in the names. */
final class StatJson {
    private StatJson() {}

    static Map<String, Object> of(Reading reading) {
        CountersSnapshot server = reading.server();
        Duration ran = reading.ran();
        double busy = reading.busy();
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("pid", server.pid());
        map.put("name", server.name());
        map.put("state", server.state().name().toLowerCase(Locale.ROOT));
        map.put("device", server.device());
        map.put("mode", server.mode().isEmpty() ? null : server.mode());
        map.put("address", server.address().isEmpty() ? null : server.address());
        map.put("core", server.core() < 0 ? null : server.core());
        map.put("spins", server.spins());
        map.put("started", Instant.ofEpochMilli(server.startedMillis()).toString());
        map.put(
                "closed",
                server.closedMillis() == 0
                        ? null
                        : Instant.ofEpochMilli(server.closedMillis()).toString());
        map.put("ageSeconds", ran == null ? null : ran.toMillis() / 1000.0);
        map.put("busyRatio", Double.isNaN(busy) ? null : busy);
        map.put("commandLine", server.commandLine());
        map.put("file", server.path().toString());
        map.put("counters", server.counters());
        map.put("remedies", server.remedies());
        map.put(
                "gauges",
                server.counters().keySet().stream()
                        .filter(name -> server.type(name).isGauge())
                        .toList());
        if (reading.hasRates()) {
            Map<String, Double> rates = new TreeMap<>();
            server.counters().keySet().stream()
                    .filter(reading::hasRate)
                    .forEach(name -> rates.put(name, reading.perSecond(name)));
            map.put("perSecond", rates);
        }
        return map;
    }
}
