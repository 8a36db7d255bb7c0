package io.penstock.benchmarks.dpdk;

import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.HarnessException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A running {@code penstock l2fwd}. */
final class L2fwd implements AutoCloseable {
    private static final long READY_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final Pattern PROGRESS = Pattern.compile("(\\d+\\.\\d+) s: received (\\d+), .*");

    private final Child child;

    private L2fwd(Child child) {
        this.child = child;
    }

    /** Starts one and waits until it forwards. */
    static L2fwd start(int core, String mode, List<String> devices) {
        List<String> arguments = new ArrayList<>(List.of("l2fwd", "--mode", mode));
        arguments.addAll(List.of("--core", Integer.toString(core), "--burst", Integer.toString(DpdkBench.BURST)));
        for (String device : devices) {
            arguments.addAll(List.of("--device", "dpdk:" + device));
        }
        L2fwd started = new L2fwd(Child.start("penstock l2fwd", PenstockCommand.of(arguments.toArray(String[]::new))));
        boolean ready = false;
        try {
            started.child.awaitLine(line -> line.startsWith("ready "), READY_NANOS);
            ready = true;
            return started;
        } finally {
            if (!ready) {
                started.close();
            }
        }
    }

    /**
     * Packets a second over whole periods that together are no shorter than a time, by its own counters and clock.
     *
     * @param fromMillis what it did before does not count
     */
    double receivedPerSecond(long fromMillis, long nanos) {
        Progress first = progress();
        while (first.seconds * 1e3 < fromMillis) {
            first = progress();
        }
        Progress last = first;
        while (last.seconds - first.seconds < nanos / 1e9 - 0.01) {
            last = progress();
        }
        return (last.received - first.received) / (last.seconds - first.seconds);
    }

    private record Progress(double seconds, long received) {}

    private Progress progress() {
        Matcher line = PROGRESS.matcher(child.awaitLine(l -> PROGRESS.matcher(l).matches(), LINE_NANOS));
        if (!line.matches()) {
            throw new HarnessException("penstock l2fwd tells no progress");
        }
        return new Progress(Double.parseDouble(line.group(1)), Long.parseLong(line.group(2)));
    }

    Child child() {
        return child;
    }

    /** Ends it in order: mbufs that do not come back are a failure. */
    void finish() {
        child.close();
        int code = child.awaitExit(LINE_NANOS);
        if (code != 0) {
            throw new HarnessException("penstock l2fwd ended with exit code " + code);
        }
    }

    @Override
    public void close() {
        child.close();
    }
}
