package io.penstock.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.control.cli.Penstock;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Counts once, and looks at what came of it. */
class WayBenchCommandTest {
    private static final String RECEIVE = "payload for a pop";
    private static final String REQUEST = "payload and acknowledgement";
    private static final String PUSH = "push";
    private static final String EMPTY_TURN = "empty turn";

    private static final Pattern QUOTED = Pattern.compile("`(?:\\w+/)*(\\w+)`");

    private static String printed;
    private static JsonNode report;

    @BeforeAll
    static void count(@TempDir Path folder) throws IOException {
        Path json = folder.resolve("way.json");
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Penstock.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        assertThat(line.execute("bench", "way", "--list", "--json=" + json))
                .as(err.toString())
                .isZero();
        printed = out.toString();
        report = new ObjectMapper().readTree(json.toFile());
    }

    @Test
    void listsTheFilesOfEachWayInOrder() {
        assertThat(files(REQUEST))
                .containsSubsequence(
                        "datapath.device.shm.ShmQueue",
                        "libos.tcp.input.EthernetInput",
                        "libos.tcp.input.Ipv4Input",
                        "libos.tcp.tcp.TcpInput",
                        "libos.tcp.tcp.SegmentArrival",
                        "libos.tcp.stream.SendMap",
                        "libos.tcp.tcp.DataReceiver",
                        "datapath.Completion");
        assertThat(files(PUSH))
                .containsSubsequence(
                        "libos.tcp.Stack",
                        "libos.tcp.tcp.TcpSocket",
                        "libos.tcp.tcp.TcpOutput",
                        "libos.tcp.tcp.SegmentWriter",
                        "libos.tcp.link.TxQueue",
                        "datapath.device.shm.ShmQueue");
    }

    @Test
    void whatAcknowledgesNothingNewLooksAtNothingThatWasSent() {
        assertThat(files(RECEIVE))
                .contains("libos.tcp.tcp.SegmentArrival", "libos.tcp.tcp.DataReceiver")
                .doesNotContain("libos.tcp.stream.SendMap", "libos.tcp.stream.RttEstimator")
                .hasSizeLessThan(files(REQUEST).size());
    }

    @Test
    void countsTheProductAlone() {
        assertThat(ways().values())
                .allSatisfy(way -> assertThat(files(way, _ -> true))
                        .isNotEmpty()
                        .doesNotHaveDuplicates()
                        .noneMatch(file -> file.startsWith("benchmarks.") || file.startsWith("testkit.")));
    }

    @Test
    void everyPassageEntersTheSame() {
        assertThat(ways().values())
                .allSatisfy(way -> assertThat(way.get("alike").asInt())
                        .isEqualTo(way.get("passages").asInt())
                        .isPositive());
    }

    @Test
    void anEmptyTurnHasNothingOfAPacket() {
        assertThat(files(EMPTY_TURN))
                .contains("datapath.stack.PollLoop", "libos.tcp.StackLoop")
                .doesNotContain("libos.tcp.tcp.TcpInput", "libos.tcp.tcp.SegmentWriter");
        assertThat(ways().get(REQUEST).get("files"))
                .filteredOn(isOf("every turn"))
                .extracting(file -> file.get("file").asText())
                .isSubsetOf(files(EMPTY_TURN));
    }

    @Test
    void putsTwoClaimsToTheTest() {
        assertThat(report.get("claims")).hasSize(2);
        JsonNode receive = report.get("claims").get(0);
        assertThat(receive.get("bar").asInt()).isEqualTo(16);
        assertThat(receive.get("measured").asInt()).isEqualTo(files(REQUEST).size());
        JsonNode push = report.get("claims").get(1);
        assertThat(push.get("bar").asInt()).isEqualTo(12);
        assertThat(push.get("measured").asInt()).isEqualTo(files(PUSH).size());
    }

    @Test
    void printsTheListsAndTheClaims() {
        assertThat(printed)
                .containsPattern("\\d+  libos.tcp.input.EthernetInput +packet +decides\n")
                .containsPattern("(holds|FAILS) +entered from rxBurst to the completion")
                .containsPattern("(holds|FAILS) +entered from a push to txBurst");
    }

    /** {@code ./penstock bench way --list} says what the page has to say. */
    @Test
    void theArchitecturePageNamesTheSameFiles() throws IOException {
        String page = Files.readString(PenstockCommand.root().resolve("docs/architecture.md"));
        requireSame(section(page, "## A received segment's way"), ways().get(REQUEST));
        requireSame(section(page, "## A push's way"), ways().get(PUSH));
    }

    private static void requireSame(String section, JsonNode way) {
        List<String> all = names(files(way, _ -> true));
        List<String> deciding = names(files(way, isOf("decides")));
        assertThat(named(section, "|")).containsExactlyInAnyOrderElementsOf(all);
        assertThat(named(section, "| \\d+ |")).containsExactlyElementsOf(deciding);
        assertThat(section.replaceAll("\\s+", " "))
                .contains(all.size() + " files: " + deciding.size() + " decide, "
                        + files(way, isOf("holds")).size() + " only hold something or know a format, and of "
                        + files(way, isOf("every turn")).size() + " an empty turn enters as much");
    }

    /** The files that a table's rows name which begin like this. */
    private static List<String> named(String section, String rowsBegin) {
        Pattern row = Pattern.compile(rowsBegin.replace("|", "\\|"));
        return section.lines()
                .filter(line -> row.matcher(line).lookingAt())
                .flatMap(line -> QUOTED.matcher(line).results())
                .map(found -> found.group(1))
                .toList();
    }

    private static List<String> names(List<String> files) {
        return files.stream()
                .map(file -> file.substring(file.lastIndexOf('.') + 1))
                .toList();
    }

    private static String section(String page, String heading) {
        int start = page.indexOf(heading);
        assertThat(start).as(heading).isNotNegative();
        int end = page.indexOf("\n## ", start + 1);
        return page.substring(start, end);
    }

    private static Predicate<JsonNode> isOf(String kind) {
        return file -> file.get("kind").asText().equals(kind);
    }

    private static Map<String, JsonNode> ways() {
        return StreamSupport.stream(report.get("ways").spliterator(), false)
                .collect(Collectors.toMap(way -> way.get("way").asText(), way -> way));
    }

    private static List<String> files(String way) {
        return files(ways().get(way), _ -> true);
    }

    private static List<String> files(JsonNode way, Predicate<JsonNode> wanted) {
        return StreamSupport.stream(way.get("files").spliterator(), false)
                .filter(wanted)
                .map(file -> file.get("file").asText())
                .toList();
    }
}
