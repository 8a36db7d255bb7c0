package io.penstock.control.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.CountersFile;
import io.penstock.datapath.counters.CountersFileLayout;
import io.penstock.datapath.counters.ServerIdentity;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
        server.counter("rx.bytes", CounterType.TOTAL_BYTES).set(3 << 20);
        server.counter("heap.bytes-in-use", CounterType.GAUGE_BYTES).set(5 << 20);
        server.counter("pool.frames-in-use", CounterType.GAUGE).set(17);
        server.counter("drops.checksum").set(0);
        server.counter("loop.busy.nanos", CounterType.TOTAL_NANOS).set(1);
        server.counter("loop.longest-turn.nanos", CounterType.GAUGE_NANOS).set(183_000);
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
                        "device   afxdp:vb\n           native XDP, copy mode, 1 queue\n",
                        "198.18.0.2/24",
                        "longest turn 183 us",
                        "heap.bytes-in-use",
                        "5.00 MiB",
                        "rx.bytes",
                        "3.00 MiB",
                        "rx.packets",
                        "1.23 M",
                        "(1 counters are zero")
                .doesNotContain("drops.checksum");
    }

    @Test
    void statShowsBesideADropHowToMendIt() {
        server.counter("tx.dropped.no-route").set(3);
        server.remedy(
                "tx.dropped.no-route",
                "no route to 198.19.0.1: give --gateway ADDRESS, the router of the network that the server's own address is in");
        server.close();
        assertThat(run("stat", PID)).isZero();
        assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80);
        assertThat(out.toString())
                .containsPattern("tx\\.dropped\\.no-route +3\n")
                .contains("    no route to 198.19.0.1: give --gateway ADDRESS, the router of the network\n")
                .contains("\n    that the server's own address is in\n");
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
    void gaugesHaveNoRates() throws Exception {
        assertThat(run("stat", PID, "--watch", "--interval", "0.05", "--count", "2"))
                .isZero();
        assertThat(out.toString())
                .containsPattern("rx\\.packets +1\\.23 M +0\n")
                .containsPattern("pool\\.frames-in-use +17\n")
                .containsPattern("loop\\.longest-turn\\.nanos +183 us\n")
                .doesNotContainPattern("heap\\.bytes-in-use +5\\.00 MiB +");
        out.getBuffer().setLength(0);
        assertThat(run("stat", PID, "--json", "--watch", "-i", "0.05", "-n", "2"))
                .isZero();
        JsonNode last = new ObjectMapper()
                .readTree(out.toString().lines().toList().getLast())
                .get("servers")
                .get(0);
        assertThat(last.get("perSecond").fieldNames())
                .toIterable()
                .contains("rx.packets", "rx.bytes", "loop.busy.nanos")
                .doesNotContain("heap.bytes-in-use", "pool.frames-in-use", "loop.longest-turn.nanos");
        assertThat(last.get("gauges"))
                .extracting(JsonNode::asText)
                .containsExactly("heap.bytes-in-use", "loop.longest-turn.nanos", "pool.frames-in-use");
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
    void statShowsSinceWhenAServerIsClosedAndForHowLongItRan() throws Exception {
        server.close();
        long now = System.currentTimeMillis();
        try (FileChannel file = FileChannel.open(server.path(), StandardOpenOption.WRITE)) {
            put(file, CountersFileLayout.STARTED_OFFSET, now - TimeUnit.HOURS.toMillis(5));
            put(file, CountersFileLayout.CLOSED_OFFSET, now - TimeUnit.HOURS.toMillis(3));
        }
        assertThat(run("stat", PID)).isZero();
        assertThat(out.toString()).contains("closed for 3 h 0 min after 2 h 0 min");
    }

    private static void put(FileChannel file, int offset, long value) throws Exception {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
        file.write(bytes.putLong(0, value), offset);
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
        assertThat(out.toString().lines().findFirst().orElseThrow()).matches("BACKEND +DEVICE +NEEDS +OPTIONS");
        assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80 && line.equals(line.stripTrailing()));
        assertThat(out.toString())
                .containsPattern("(?m)^sim: +a simulated wire .* {2}loss, reorder")
                .containsPattern("(?m)^tap: +a TAP interface.* {2}/dev/net/tun; +mac$");
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
