package io.penstock.control.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.datapath.counters.CountersFile;
import io.penstock.datapath.counters.ServerIdentity;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/** The commands that look, on this machine and on a server that this test pretends to be. */
@Timeout(60)
class InsightCommandsTest {
    private static final String PID = Long.toString(ProcessHandle.current().pid());

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private CountersFile server;

    @BeforeEach
    void pretendToBeAServer() {
        server = CountersFile.create(new ServerIdentity("insight-test", "afxdp:vb", "198.18.0.2/24", 0));
        server.mode("native XDP, copy mode, 1 queue");
        server.counter("rx.packets").set(1_234_567);
        server.counter("rx.bytes").set(3 << 20);
        server.counter("drops.checksum").set(0);
        server.counter("loop.busy.nanos").set(1);
        server.counter("loop.longest-turn.nanos").set(183_000);
    }

    @AfterEach
    void ceaseToBeOne() throws Exception {
        server.close();
        java.nio.file.Files.deleteIfExists(server.path());
    }

    @Test
    void statShowsAServerInEightyColumns() {
        assertThat(run("stat", PID)).isZero();
        assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80);
        assertThat(out.toString())
                .containsSubsequence(
                        "insight-test  PID " + PID + "  running",
                        "afxdp:vb  (native XDP, copy mode, 1 queue)",
                        "198.18.0.2/24",
                        "longest turn 183 us",
                        "rx.bytes",
                        "3.00 MiB",
                        "rx.packets",
                        "1.23 M",
                        "(1 counters are zero")
                .doesNotContain("drops.checksum");
    }

    @Test
    void statShowsZerosWhenAllIsAskedFor() {
        assertThat(run("stat", PID, "--all")).isZero();
        assertThat(out.toString()).contains("drops.checksum");
    }

    @Test
    void portsShowDevicesThatAreNoInterfacesAndWhatTheyDo() throws Exception {
        try (CountersFile dpdk = CountersFile.create(
                new ServerIdentity("insight-dpdk", "dpdk:net_insight0,iface=nowhere", "198.18.0.3/24", -1))) {
            dpdk.mode("DPDK 22.11.11, net_insight, 1 queue; offloads: rx-checksum; in software: tcp-segmentation");
            assertThat(run("ports")).isZero();
            assertThat(out.toString().lines())
                    .containsSequence(
                            "dpdk:net_insight0,iface=nowhere  held by insight-dpdk (" + PID + ")",
                            "  DPDK 22.11.11, net_insight, 1 queue",
                            "  offloads: rx-checksum",
                            "  in software: tcp-segmentation");
            out.getBuffer().setLength(0);
            assertThat(run("ports", "--json")).isZero();
            JsonNode last = new ObjectMapper().readTree(out.toString());
            assertThat(last.findValuesAsText("device")).contains("dpdk:net_insight0,iface=nowhere");
            java.nio.file.Files.deleteIfExists(dpdk.path());
        }
    }

    @Test
    void statWatchesWithRates() {
        Thread counting = Thread.ofVirtual().start(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                server.counter("rx.packets").increment();
            }
        });
        assertThat(run("stat", PID, "--watch", "--interval", "0.1", "--count", "2"))
                .isZero();
        counting.interrupt();
        assertThat(out.toString()).containsPattern("rx\\.packets +[\\d.]+ [MG] +[\\d.]+ [kMG]?");
    }

    @Test
    void statPrintsJson() throws Exception {
        assertThat(run("stat", PID, "--json")).isZero();
        JsonNode found =
                new ObjectMapper().readTree(out.toString()).get("servers").get(0);
        assertThat(found.get("pid").asText()).isEqualTo(PID);
        assertThat(found.get("state").asText()).isEqualTo("running");
        assertThat(found.get("counters").get("rx.packets").asLong()).isEqualTo(1_234_567);
        assertThat(found.get("busyRatio").isNumber()).isTrue();
        assertThat(found.has("perSecond")).isFalse();
    }

    @Test
    void statWatchesInJsonOneLineAReading() throws Exception {
        assertThat(run("stat", PID, "--json", "--watch", "-i", "0.05", "-n", "3"))
                .isZero();
        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(3);
        JsonNode last =
                new ObjectMapper().readTree(lines.getLast()).get("servers").get(0);
        assertThat(last.get("perSecond").get("rx.packets").asDouble()).isZero();
    }

    @Test
    void statShowsAServerThatClosed() {
        server.close();
        assertThat(run("stat", PID)).isZero();
        assertThat(out.toString()).contains("closed for");
    }

    @Test
    void statAnswersAnUnknownPidInOneLine() {
        assertThat(run("stat", "999999999")).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("penstock: no counters of PID 999999999: ")
                .endsWith("\n");
        assertThat(err.toString().lines()).hasSize(1);
    }

    @Test
    void statRefusesIntervalsThatAreNone() {
        assertThat(run("stat", "--watch", "--interval", "0")).isEqualTo(2);
        assertThat(run("stat", "--watch", "--interval", "NaN")).isEqualTo(2);
        assertThat(run("stat", "--watch", "--count", "0")).isEqualTo(2);
        assertThat(err.toString().lines()).hasSize(3).allMatch(line -> line.startsWith("penstock: --"));
    }

    @Test
    void coresShowsWhoHoldsOne() throws Exception {
        assertThat(run("cores")).isZero();
        assertThat(out.toString().lines()).hasSizeGreaterThan(1).allMatch(line -> line.length() <= 80);
        assertThat(out.toString()).contains("insight-test (" + PID + ")");
        out.getBuffer().setLength(0);
        assertThat(run("cores", "--json")).isZero();
        JsonNode core = new ObjectMapper().readTree(out.toString()).get(0);
        assertThat(core.get("core").asInt()).isZero();
        assertThat(core.get("heldBy").findValuesAsText("pid")).contains(PID);
    }

    @Test
    void portsShowsTheInterfaces() throws Exception {
        assertThat(run("ports")).isZero();
        assertThat(out.toString()).startsWith("PORT").containsPattern("\nlo +");
        out.getBuffer().setLength(0);
        assertThat(run("ports", "--json")).isZero();
        JsonNode ports = new ObjectMapper().readTree(out.toString());
        assertThat(ports.findValuesAsText("port")).contains("lo");
        assertThat(ports.get(0).has("xdpSupport")).isTrue();
    }

    @Test
    void backendsListsWhatIsOnTheClassPath() throws Exception {
        assertThat(run("backends")).isZero();
        assertThat(out.toString()).contains("sim:");
        out.getBuffer().setLength(0);
        assertThat(run("backends", "--json")).isZero();
        assertThat(new ObjectMapper().readTree(out.toString()).findValuesAsText("scheme"))
                .contains("sim")
                .isSorted();
    }

    private int run(String... args) {
        CommandLine line = Penstock.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        int code = line.execute(args);
        err.flush();
        return code;
    }
}
