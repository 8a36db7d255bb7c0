package io.penstock.control.cli;

import io.penstock.control.CountersSnapshot;
import io.penstock.control.ServerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Readings as text for a terminal of eighty columns. */
final class StatText {
    private static final String LONGEST_TURN = "loop.longest-turn.nanos";
    private static final int NAME_WIDTH = 38;

    private final List<Reading> readings;
    private final boolean zeros;

    StatText(List<Reading> readings, boolean zeros) {
        this.readings = readings;
        this.zeros = zeros;
    }

    List<String> lines() {
        return switch (readings.size()) {
            case 0 -> List.of();
            case 1 -> details(readings.getFirst());
            default -> list();
        };
    }

    private List<String> list() {
        Table table = new Table(">PID", "NAME", "STATE", ">CORE", "DEVICE", "ADDRESS", ">AGE", ">BUSY");
        for (Reading reading : readings) {
            CountersSnapshot server = reading.server();
            table.row(
                    Long.toString(server.pid()),
                    server.name(),
                    state(server),
                    server.core() < 0 ? "-" : Integer.toString(server.core()),
                    server.device(),
                    server.address(),
                    age(reading),
                    busy(reading));
        }
        return table.lines();
    }

    private List<String> details(Reading reading) {
        CountersSnapshot server = reading.server();
        List<String> lines = new ArrayList<>();
        lines.add(server.name() + "  PID " + server.pid() + "  " + state(server)
                + (reading.age() == null ? "" : " for " + age(reading))
                + (server.core() < 0 ? "" : "  core " + server.core()));
        lines.add("  device   " + server.device() + (server.mode().isEmpty() ? "" : "  (" + server.mode() + ")"));
        lines.add("  address  " + server.address());
        lines.add("  loop     busy " + busy(reading) + ", longest turn "
                + Units.nanos((double) server.counter(LONGEST_TURN)));
        lines.add("");
        counters(reading, lines);
        return lines;
    }

    private void counters(Reading reading, List<String> lines) {
        boolean rates = reading.hasRates();
        int hidden = 0;
        lines.add(row("", "total", rates ? "per second" : ""));
        for (Map.Entry<String, Long> counter : reading.server().counters().entrySet()) {
            String name = counter.getKey();
            if (counter.getValue() == 0 && !zeros) {
                hidden++;
                continue;
            }
            boolean grows = rates && !name.equals(LONGEST_TURN);
            lines.add(row(name, format(name, counter.getValue()), grows ? format(name, reading.perSecond(name)) : ""));
        }
        if (hidden > 0) {
            lines.add("  (" + hidden + " counters are zero: --all shows them)");
        }
    }

    private static String row(String name, String total, String rate) {
        String line = String.format("  %-" + NAME_WIDTH + "s %14s %14s", name, total, rate);
        return line.stripTrailing();
    }

    /** The last part of a counter's name is its unit. */
    static String format(String name, double value) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "bytes" -> Units.bytes(value);
            case "nanos" -> Units.nanos(value);
            default -> Units.count(value);
        };
    }

    private static String state(CountersSnapshot server) {
        return switch (server.state()) {
            case RUNNING -> "running";
            case CLOSED -> "closed";
            case DIED -> "died";
        };
    }

    private static String age(Reading reading) {
        Duration age = reading.age();
        return age == null ? "-" : Units.age(age);
    }

    private static String busy(Reading reading) {
        double busy = reading.busy();
        boolean rest = Double.isNaN(busy) || (reading.server().state() != ServerState.RUNNING && reading.hasRates());
        return rest ? "-" : Units.percent(busy);
    }
}
