package io.penstock.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.control.cli.Penstock;
import io.penstock.libos.tcp.config.Setting;
import io.penstock.libos.tcp.config.StackSettings;
import io.penstock.libos.tcp.config.TcpSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ConfigCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    private int run(String... arguments) {
        CommandLine line = Penstock.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(arguments);
    }

    private String row(String setting) {
        return out.toString()
                .lines()
                .filter(line -> line.startsWith(setting + " "))
                .findFirst()
                .orElseThrow()
                .replaceAll(" {2,}", "  ");
    }

    @Test
    void showsEverySettingWithItsValueAndWhereThatComesFrom() throws IOException {
        Path file = Files.writeString(folder.resolve("server.conf"), """
                memory.frames=4096
                tcp.max-connections=100000
                tcp.time-wait=30s
                loop.idle=yield
                """);
        assertThat(run(
                        "config",
                        "--config",
                        file.toString(),
                        "-o",
                        "tcp.time-wait=20s",
                        "--set=tcp.max-half-open=7",
                        "--idle",
                        "block",
                        "--device",
                        "tap:t0"))
                .as(err.toString())
                .isZero();
        assertThat(row("memory.frames")).isEqualTo("memory.frames  4096  " + file + ":1");
        assertThat(row("tcp.max-connections")).isEqualTo("tcp.max-connections  100000  " + file + ":2");
        assertThat(row("tcp.time-wait")).isEqualTo("tcp.time-wait  20 s  --set");
        assertThat(row("tcp.max-half-open")).isEqualTo("tcp.max-half-open  7  --set");
        assertThat(row("loop.idle")).isEqualTo("loop.idle  block  --idle");
        assertThat(row("network.device")).isEqualTo("network.device  tap:t0  --device");
        assertThat(row("network.address")).isEqualTo("network.address  none  default");
        assertThat(row("api.max-queues")).isEqualTo("api.max-queues  101024  default");
        assertThat(out.toString().lines().skip(1).map(line -> line.substring(0, line.indexOf(' '))))
                .containsExactlyElementsOf(
                        ServerSettings.TABLE.all().stream().map(Setting::name).toList());
    }

    @Test
    void printsJsonAndExplanations() {
        assertThat(run("config", "--json", "--frames", "300")).isZero();
        assertThat(out.toString())
                .contains("\"name\" : \"memory.frames\"", "\"value\" : \"300\"", "\"from\" : \"--frames\"");
        out.getBuffer().setLength(0);
        assertThat(run("config", "--explain")).isZero();
        assertThat(out.toString())
                .contains("tcp.max-connections = 16384  (default)", "    number: 1 to 1048576; default: 16384");
    }

    @Test
    void refusesInOneLineAndExitsWith2() throws IOException {
        Path file = Files.writeString(folder.resolve("bad.conf"), "\ntcp.max-conections=5\n");
        assertThat(run("config", "--config", file.toString())).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("penstock: " + file + ":2: no setting is called 'tcp.max-conections': did you mean"
                        + " tcp.max-connections? (penstock config lists all)\n");
        for (List<String> bad : List.of(
                List.of("--frames", "1", "penstock: --frames 1: expected a whole number from 128 to 4194304\n"),
                List.of("--frame-bytes", "3000", "penstock: --frame-bytes 3000: expected 2048 or 4096\n"),
                List.of("--heap-mib", "-1", "penstock: --heap-mib -1: expected a number of bytes from 0 to 1 TiB,"),
                List.of("--drain", "3601", "penstock: --drain 3601: expected 0 to 3600 seconds\n"),
                List.of("-o", "tcp.min-rto=1d", "penstock: --set tcp.min-rto=1d: expected a time from 1 ms to 1 min,"),
                List.of("--core", "-7", "penstock: core -7 does not exist"))) {
            err.getBuffer().setLength(0);
            assertThat(run("config", bad.get(0), bad.get(1))).isEqualTo(2);
            assertThat(err.toString()).startsWith(bad.get(2)).endsWith("\n");
            assertThat(err.toString().lines()).hasSize(1);
        }
        err.getBuffer().setLength(0);
        assertThat(run("config", "-o", "tcp.max-connections=9", "-o", "api.max-queues=8"))
                .isEqualTo(2);
        assertThat(err.toString().lines()).singleElement().asString().contains("api.max-queues=8 (--set)");
    }

    @Test
    void aServerNeedsDeviceAndAddressFromWherever() throws IOException {
        assertThat(run("echo")).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("penstock: Missing required options: '--device=BACKEND:NAME', '--address=IP/PREFIX'");
        err.getBuffer().setLength(0);
        Path file = Files.writeString(folder.resolve("device.conf"), "network.device=rdma:x\n");
        assertThat(run("echo", "--config", file.toString())).isEqualTo(2);
        assertThat(err.toString()).startsWith("penstock: Missing required option: '--address=IP/PREFIX'");
        err.getBuffer().setLength(0);
        assertThat(run("kv", "--config", file.toString(), "--address", "198.18.0.2/24"))
                .isEqualTo(2);
        assertThat(err.toString()).startsWith("penstock: unknown back end 'rdma'");
    }

    @Test
    void helpNamesTheDefaultsOfTheTable() {
        assertThat(run("echo", "--help")).isZero();
        String help = out.toString().replaceAll("\\s+", " ");
        for (Map.Entry<String, Setting<?>> each : Map.<String, Setting<?>>of(
                        "--idle", StackSettings.IDLE, "--frames", StackSettings.FRAMES, "--core", ServerSettings.CORE)
                .entrySet()) {
            assertThat(help)
                    .containsPattern(each.getKey() + "=[^=]*\\(default: "
                            + each.getValue().otherwiseText() + "\\)");
        }
        assertThat(StackSettings.HEAP.otherwise()).isEqualTo(8 << 20);
        assertThat(help).containsPattern("--heap-mib=[^=]*\\(default: 8\\)");
        assertThat(ServerSettings.DRAIN.otherwise().toSeconds()).isEqualTo(5);
        assertThat(help).containsPattern("--drain=[^=]*\\(default: 5\\)");
    }

    @Test
    void theManualHasTheTable() throws IOException {
        List<String> page = Files.readAllLines(Path.of("..", "docs", "configuration.md"));
        List<String> table = ConfigCommand.markdown();
        int begin = page.indexOf(table.getFirst());
        assertThat(begin).as("the table in docs/configuration.md").isNotNegative();
        assertThat(page.subList(begin, Math.min(page.size(), begin + table.size())))
                .as("docs/configuration.md; ./penstock config --markdown prints what should stand there")
                .isEqualTo(table);
        assertThat(TcpSettings.ALL).isNotEmpty();
    }
}
