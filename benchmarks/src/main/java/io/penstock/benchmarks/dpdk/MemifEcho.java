package io.penstock.benchmarks.dpdk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.echo.EchoLab;
import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.benchmarks.report.Figures;
import io.penstock.benchmarks.report.Median;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.Cleanup;
import io.penstock.testkit.process.HarnessException;
import io.penstock.testkit.process.RunFolder;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * TCP echo between two processes, each a Penstock stack on a core of its own, over net_memif: rings in shared memory, which
 * the kernel made and does not see again. Beside it what a cache line costs between the same two cores, measured just before
 * and just after with both processes stopped: where the virtual processors lie changes both.
 */
final class MemifEcho implements DpdkMeasurement {
    private static final String CLIENT_CIDR = "198.18.0.1/24";
    private static final String SERVER = "198.18.0.2";
    private static final long READY_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long SLACK_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** Slots of a ring, as a power of two: what one connection needs, and no more lines of memory than that. */
    private static final int RING_BITS = 6;
    /** A cache line between two cores that share a last-level cache takes about 0.1 us there and back, else about 0.5 us. */
    private static final double FAR_NANOS = 250;

    private final DpdkPlan plan;
    private final Cleanup cleanup;
    private final List<Round> rounds = new ArrayList<>();
    private Child server;
    private Child client;

    MemifEcho(DpdkPlan plan, Cleanup cleanup) {
        this.plan = plan;
        this.cleanup = cleanup;
    }

    /** One round: the line before and after, and the echo between. */
    record Round(double lineBeforeNanos, StackClient.Result echo, double lineAfterNanos) {
        double lineNanos() {
            return (lineBeforeNanos + lineAfterNanos) / 2;
        }

        double lines() {
            return echo.p50Nanos() / lineNanos();
        }
    }

    @Override
    public String name() {
        return "TCP echo over memif";
    }

    @Override
    public String measure(int round) {
        if (round == 1) {
            start();
            StackClient.Result _ = ask(plan.warmupMillis());
        }
        double before = line();
        StackClient.Result echo = ask((long) (plan.seconds() * 1000));
        Round measured = new Round(before, echo, line());
        rounds.add(measured);
        if (round == plan.rounds()) {
            cleanup.close(client);
            cleanup.close(server);
        }
        return Figures.micros(echo.p50Nanos()) + " us, a cache line " + Figures.micros(measured.lineNanos()) + " us";
    }

    private void start() {
        NetworkNamespace nowhere = cleanup.add(NetworkNamespace.create("memif"));
        RunFolder folder = cleanup.add(RunFolder.create());
        String socket = ",socket=" + folder.path().resolve("memif") + ",socket-abstract=no";
        List<String> serving = List.of("echo", "--device", "dpdk:net_memif0,role=server" + socket, "--address");
        server = start("the echo server", nowhere, folder, EchoLab.SERVER_CORE, serving, List.of(SERVER + "/24"));
        List<String> asking = List.of(
                "bench-stack-client",
                "--device",
                "dpdk:net_memif0,role=client,rsize=" + RING_BITS + socket,
                "--to",
                SERVER,
                "--address");
        client = start("the client", nowhere, folder, EchoLab.CLIENT_CORE, asking, List.of(CLIENT_CIDR));
    }

    private Child start(
            String name,
            NetworkNamespace place,
            RunFolder folder,
            int core,
            List<String> arguments,
            List<String> more) {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(more);
        all.addAll(List.of("--core", Integer.toString(core)));
        List<String> command = folder.environment(PenstockCommand.of(all.toArray(String[]::new)));
        Child child = cleanup.add(Child.start(name, place.command(EchoLab.onCore(core, command))));
        child.awaitLine(line -> line.startsWith("ready"), READY_NANOS);
        return child;
    }

    private double line() {
        client.pause();
        server.pause();
        try {
            return CacheLine.roundTripNanos(EchoLab.CLIENT_CORE, EchoLab.SERVER_CORE);
        } finally {
            server.resume();
            client.resume();
        }
    }

    private StackClient.Result ask(long millis) {
        client.send(Long.toString(millis));
        String line = client.awaitLine(
                any -> any.startsWith("{"), TimeUnit.MILLISECONDS.toNanos(millis) + SLACK_NANOS, server);
        try {
            return new ObjectMapper().readValue(line, StackClient.Result.class);
        } catch (JsonProcessingException e) {
            throw new HarnessException("the client's answer cannot be read", e);
        }
    }

    /**
     * A hypervisor puts the two cores now near each other, now far apart, and a stack's own work weighs more when they are near:
     * the claim is held against the rounds of the worse of the two.
     */
    private double worst() {
        double near =
                Median.of(rounds.stream().filter(r -> r.lineNanos() < FAR_NANOS).toList(), Round::lines);
        double far = Median.of(
                rounds.stream().filter(r -> r.lineNanos() >= FAR_NANOS).toList(), Round::lines);
        return Double.isNaN(near) ? far : Double.isNaN(far) ? near : Math.max(near, far);
    }

    @Override
    public void report(BenchReport report, PrintWriter out) {
        double p50 = Median.of(rounds, r -> r.echo.p50Nanos());
        double line = Median.of(rounds, Round::lineNanos);
        double rate = Median.of(rounds, r -> r.echo.requestsPerSecond());
        out.println();
        out.println("TCP echo, 64 B, between two Penstock processes over net_memif: p50 " + Figures.micros(p50)
                + " us, " + Figures.whole(rate) + " requests/s; a cache line there and back " + Figures.micros(line)
                + " us");
        report.add(Claim.atMost(
                10,
                "cache lines",
                "TCP, 64 B, process to process over memif, both Penstock: p50 round trip to a cache line's there and back"
                        + " (stretch: 6), where the cores lie worse for it",
                worst()));
        ArrayNode array = report.root().putArray("memifEcho");
        for (Round round : rounds) {
            ObjectNode node = array.addObject();
            node.put("lineBeforeNanos", round.lineBeforeNanos);
            node.set("echo", BenchReport.toJson(round.echo));
            node.put("lineAfterNanos", round.lineAfterNanos);
        }
    }
}
