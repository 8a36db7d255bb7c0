package io.penstock.benchmarks.siege;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.echo.EchoLab;
import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.Cleanup;
import io.penstock.testkit.process.HarnessException;
import io.penstock.testkit.process.RunFolder;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * One siege after another, each of a server that has just started: what honest clients notice of peers that keep to no
 * rule. Attackers and honest clients share one core, the server has the other.
 */
public final class SiegeBench {
    /** All sieges, in the order in which they are run. */
    public static final List<String> ALL =
            List.of("neighbour", "islands", "flood", "vanished", "readers-mib", "readers-small", "halves", "pipeline");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long READY_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long MAX_NANOS = TimeUnit.MINUTES.toNanos(4);
    private static final int ECHO_PORT = 7;
    private static final int KV_PORT = 6379;
    private static final String MILLIS = "ms";
    private static final String CLIENTS = "clients";

    private final VethWire wire;
    private final Cleanup cleanup;
    private final PrintWriter out;
    private final RunFolder runFolder;
    private final BenchReport report = new BenchReport("siege");
    private final ObjectNode runs = report.root().putObject("sieges");
    private final List<String> newcomers =
            IntStream.range(10, 22).mapToObj(i -> "198.18.0." + i).toList();

    /** @param out where progress is shown */
    public SiegeBench(VethWire wire, Cleanup cleanup, PrintWriter out) {
        this.wire = wire;
        this.cleanup = cleanup;
        this.out = out;
        this.runFolder = cleanup.add(RunFolder.create());
        for (String address : newcomers) {
            wire.client().ip("addr add " + address + "/24 dev " + VethWire.CLIENT_INTERFACE);
        }
    }

    public BenchReport report() {
        return report;
    }

    /** Lays one siege and puts what it showed to the test. */
    public void run(String name) {
        out.print(name + ": ");
        out.flush();
        boolean kv = KvSiege.NAMES.contains(name);
        Child server = start(kv);
        String target = wire.penstockAddress() + ":" + (kv ? KV_PORT : ECHO_PORT);
        List<String> command = PenstockCommand.of(
                "bench-siege-client",
                name,
                target,
                "--interface=" + VethWire.CLIENT_INTERFACE,
                "--server-pid=" + server.pid(),
                "--newcomers=" + String.join(",", newcomers));
        Child client = cleanup.add(
                Child.start("the siege " + name, wire.client().command(EchoLab.onCore(EchoLab.CLIENT_CORE, command))));
        JsonNode seen = parse(client.awaitLine(line -> line.startsWith("{"), MAX_NANOS, server));
        out.println(seen);
        out.flush();
        cleanup.close(client);
        cleanup.close(server);
        runs.set(name, seen);
        claim(name, seen);
    }

    private Child start(boolean kv) {
        List<String> arguments = new ArrayList<>(List.of(
                kv ? "kv" : "echo",
                "--device",
                wire.device(),
                "--address",
                wire.penstockCidr(),
                "--gateway",
                VethWire.CLIENT_ADDRESS,
                "--core",
                Integer.toString(EchoLab.SERVER_CORE)));
        arguments.addAll(List.of(kv ? "--port" : "--tcp", Integer.toString(kv ? KV_PORT : ECHO_PORT)));
        List<String> command = runFolder.environment(PenstockCommand.of(arguments.toArray(String[]::new)));
        Child server = cleanup.add(
                Child.start("the server", wire.penstockServer().command(EchoLab.onCore(EchoLab.SERVER_CORE, command))));
        server.awaitLine(line -> line.startsWith("ready"), READY_NANOS);
        return server;
    }

    private void claim(String name, JsonNode seen) {
        switch (name) {
            case "neighbour" -> {
                report.add(Claim.atMost(
                        50,
                        MILLIS,
                        "neighbours that do not answer ARP: an honest client's longest gap",
                        number(seen, "longestGapMillis")));
                report.add(Claim.atLeast(
                        newcomers.size(),
                        CLIENTS,
                        "neighbours that do not answer ARP: clients from new addresses served within 3 s",
                        number(seen, "newcomersServed")));
            }
            case "islands" -> {
                report.add(Claim.atMost(
                        50,
                        MILLIS,
                        "40 connections with 256 bytes behind gaps each: an honest client's longest gap",
                        number(seen, "longestGapMillis")));
                report.add(Claim.atLeast(
                        0.5,
                        "ratio",
                        "40 connections with 256 bytes behind gaps each: an honest client's rate, 1 % lost, to before",
                        number(seen, "answersPerSecondWithLoss") / number(seen, "answersPerSecondWithLossBefore")));
            }
            case "flood" ->
                report.add(Claim.atLeast(
                        38,
                        CLIENTS,
                        "20,000 spoofed SYNs a second: honest clients of 40 served within 3 s",
                        number(seen, "served")));
            case "vanished" ->
                report.add(Claim.atLeast(
                        20,
                        CLIENTS,
                        "a table full of clients that vanished: new clients of 20 served within 3 s",
                        number(seen, "served")));
            case "pipeline" ->
                report.add(Claim.atLeast(
                        number(seen, "pairs"),
                        "pairs",
                        "SET and GET, all written before anything is read: pairs answered",
                        number(seen, "answered")));
            default -> claimKv(name, seen);
        }
    }

    private void claimKv(String name, JsonNode seen) {
        String what = name.equals("halves")
                ? "100 clients with half a request of 8 MiB each, three times"
                : name.equals("readers-mib")
                        ? "200 clients that do not read 1 MiB each, for 60 s"
                        : "400 clients that do not read 200 kB each, for 60 s";
        report.add(
                Claim.atMost(250, MILLIS, what + ": an honest client's slowest PING", number(seen, "worstPingMillis")));
        report.add(Claim.atMost(
                64,
                "MiB",
                what + ": resident memory after to before",
                number(seen, "residentAfterMib") - number(seen, "residentBeforeMib")));
    }

    private static double number(JsonNode seen, String key) {
        return seen.path(key).asDouble(Double.NaN);
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new HarnessException("the siege's answer cannot be read", e);
        }
    }
}
