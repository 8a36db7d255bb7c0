package io.penstock.control.cli;

import io.penstock.control.CountersSnapshot;
import io.penstock.control.ServerState;
import io.penstock.datapath.counters.CounterType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Readings as text for a terminal of eighty columns. */
final class StatText {
    private static final String LONGEST_TURN = "loop.longest-turn.nanos";
    private static final int NAME_WIDTH = 38;
    private static final int WIDTH = 80;
    private static final String REMEDY_INDENT = "    ";

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
        Table table = new Table(">PID", "NAME", "STATE", ">FOR", ">CORE", "DEVICE", "ADDRESS", ">BUSY");
        for (Reading reading : readings) {
            CountersSnapshot server = reading.server();
            table.row(
                    Long.toString(server.pid()),
                    server.name(),
                    state(server),
                    time(reading.inState()),
                    server.core() < 0 ? "-" : Integer.toString(server.core()),
                    server.device(),
                    server.address().isEmpty() ? "-" : server.address(),
                    busy(reading));
        }
        return table.lines();
    }

    private List<String> details(Reading reading) {
        CountersSnapshot server = reading.server();
        List<String> lines = new ArrayList<>();
        lines.add(server.name() + "  PID " + server.pid() + "  " + state(server)
                + (reading.inState() == null ? "" : " for " + time(reading.inState()))
                + (server.state() == ServerState.CLOSED ? " after " + time(reading.ran()) : "")
                + (server.core() < 0 ? "" : "  core " + server.core()));
        lines.add("  device   " + server.device());
        for (String part : server.mode().split("; ", -1)) {
            lines.add("           " + part);
        }
        if (!server.address().isEmpty()) {
            lines.add("  address  " + server.address());
        }
        lines.add("  loop     " + (server.spins() ? "spins" : "sleeps when idle") + loop(reading));
        lines.add("");
        counters(reading, lines);
        return lines;
    }

    /** Not every loop counts how busy it is. */
    private static String loop(Reading reading) {
        if (!reading.server().counters().containsKey(LONGEST_TURN)) {
            return "";
        }
        double longest = reading.server().counter(LONGEST_TURN);
        return ", busy " + busy(reading) + ", longest turn " + Units.nanos(longest);
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
            CounterType type = reading.server().type(name);
            String rate = reading.hasRate(name) ? format(type, reading.perSecond(name)) : "";
            lines.add(row(name, format(type, counter.getValue()), rate));
            remedy(reading.server().remedies().get(name), lines);
        }
        if (hidden > 0) {
            lines.add("  (" + hidden + " counters are zero: --all shows them)");
        }
    }

    /** Under its counter, in lines that fit. */
    private static void remedy(String text, List<String> lines) {
        if (text == null) {
            return;
        }
        StringBuilder line = new StringBuilder(REMEDY_INDENT);
        for (String word : text.split(" ", -1)) {
            if (line.length() > REMEDY_INDENT.length() && line.length() + 1 + word.length() > WIDTH) {
                lines.add(line.toString());
                line = new StringBuilder(REMEDY_INDENT);
            }
            line.append(line.length() > REMEDY_INDENT.length() ? " " : "").append(word);
        }
        lines.add(line.toString());
    }

    private static String row(String name, String total, String rate) {
        String line = String.format("  %-" + NAME_WIDTH + "s %14s %14s", name, total, rate);
        return line.stripTrailing();
    }

    static String format(CounterType type, double value) {
        return switch (type.unit()) {
            case BYTES -> Units.bytes(value);
            case NANOS -> Units.nanos(value);
            case COUNT -> Units.count(value);
        };
    }

    private static String state(CountersSnapshot server) {
        return switch (server.state()) {
            case RUNNING -> "running";
            case CLOSED -> "closed";
            case DIED -> "died";
        };
    }

    private static String time(Duration time) {
        return time == null ? "-" : Units.age(time);
    }

    private static String busy(Reading reading) {
        double busy = reading.busy();
        boolean rest = Double.isNaN(busy) || (reading.server().state() != ServerState.RUNNING && reading.hasRates());
        return rest ? "-" : Units.percent(busy);
    }
}
