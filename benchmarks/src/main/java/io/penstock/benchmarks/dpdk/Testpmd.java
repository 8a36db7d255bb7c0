package io.penstock.benchmarks.dpdk;

import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.HarnessException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A running {@code dpdk-testpmd}, told what to do through its prompt: it ends as soon as its standard input does.
 *
 * <p>It wants two cores: its main thread waits at the prompt on one of them, and one forwards on the other. {@code stdbuf}
 * keeps what it says from waiting in a buffer.
 */
final class Testpmd implements AutoCloseable {
    private static final long ANSWER_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long LINK_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long LINK_STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final Pattern RATE = Pattern.compile("Rx-pps:\\s+(\\d+)");

    private final Child child;
    private final int ports;

    private Testpmd(Child child, int ports) {
        this.child = child;
        this.ports = ports;
    }

    /**
     * Starts one that does not forward yet.
     *
     * @param name what messages call it
     * @param core where it forwards, 0 or 1
     * @param mode its forwarding mode
     * @param devices its virtual devices, with their options
     */
    static Testpmd start(String name, int core, String mode, List<String> devices) {
        List<String> command = new ArrayList<>(
                List.of("stdbuf", "-oL", "dpdk-testpmd", "-l", "0,1", "--main-lcore", Integer.toString(1 - core)));
        command.addAll(List.of("--in-memory", "--no-pci"));
        for (String device : devices) {
            command.addAll(List.of("--vdev", device));
        }
        command.addAll(List.of("--", "--interactive", "--disable-link-check", "--burst=" + DpdkBench.BURST));
        // As many mbufs, and as large a cache, as l2fwd has.
        command.addAll(List.of("--total-num-mbufs=16384", "--mbcache=256", "--forward-mode=" + mode));
        Testpmd started = new Testpmd(Child.start(name, command), devices.size());
        boolean ready = false;
        try {
            started.ask("show port summary all", line -> line.contains("Number of available ports"));
            ready = true;
            return started;
        } finally {
            if (!ready) {
                started.close();
            }
        }
    }

    private String ask(String command, java.util.function.Predicate<String> answer) {
        child.send(command);
        return child.awaitLine(answer, ANSWER_NANOS);
    }

    /** Waits for the other end of its first port's wire. */
    void awaitLink(Child other) {
        long deadline = System.nanoTime() + LINK_NANOS;
        while (!ask("show port info 0", line -> line.startsWith("Link status:")).contains("up")) {
            if (!other.isAlive()) {
                throw other.ended();
            }
            if (System.nanoTime() > deadline) {
                throw new HarnessException(child.name() + " and " + other.name() + " did not find each other");
            }
            LockSupport.parkNanos(LINK_STEP_NANOS);
        }
    }

    /** Has it forward, and at first send so many bursts out of each port. */
    void start(int bursts) {
        String answer = ask(
                bursts == 0 ? "start" : "start tx_first " + bursts,
                line -> line.contains("packet forwarding") || line.contains("not started"));
        if (answer.contains("not started")) {
            throw new HarnessException(child.name() + " does not forward: " + answer.strip());
        }
    }

    /** Packets a second received on all ports over a time from now on, as it counts and times them itself. */
    double receivedPerSecond(long nanos) {
        rate();
        sleep(nanos);
        return rate();
    }

    static void sleep(long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /** The sum over all ports since it was last asked. */
    private double rate() {
        child.send("show port stats all");
        double sum = 0;
        for (int i = 0; i < ports; i++) {
            Matcher found = RATE.matcher(child.awaitLine(line -> line.contains("Rx-pps:"), ANSWER_NANOS));
            if (!found.find()) {
                throw new HarnessException(child.name() + " names no rate where one was expected");
            }
            sum += Double.parseDouble(found.group(1));
        }
        return sum;
    }

    Child child() {
        return child;
    }

    @Override
    public void close() {
        if (child.isAlive()) {
            try {
                child.send("quit");
                child.awaitExit(ANSWER_NANOS);
            } catch (HarnessException _) {
                child.kill();
            }
        }
        child.close();
    }
}
