package io.penstock.libos.tcp.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingValuesTest {
    private static final SettingTable TABLE = StackSettings.tableWith(List.of());

    @TempDir
    private Path folder;

    private SettingValues read(String text) throws IOException {
        return SettingValues.DEFAULTS.with(TABLE, Files.writeString(folder.resolve("p.conf"), text));
    }

    private static SettingValues set(String assignment) {
        return SettingValues.DEFAULTS.with(TABLE, assignment, "--set");
    }

    @Test
    void readsWhatJavaPropertiesCanBe() throws IOException {
        SettingValues values = read("""
                # the link
                network.device = afxdp:eth1,queues=0-3
                ! a comment, too
                  network.address: 198.18.0.2/24

                tcp.max-connections 100000
                tcp.delayed-ack = 40\\
                    ms
                memory.heap=\\u0031 MiB
                tcp.initial-rto=\\
                3 s""");
        assertThat(values.get(StackSettings.DEVICE)).isEqualTo("afxdp:eth1,queues=0-3");
        assertThat(values.get(StackSettings.ADDRESS)).isEqualTo("198.18.0.2/24");
        assertThat(values.get(TcpSettings.MAX_CONNECTIONS)).isEqualTo(100_000);
        assertThat(values.get(TcpSettings.DELAYED_ACK)).isEqualTo(Duration.ofMillis(40));
        assertThat(values.get(StackSettings.HEAP)).isEqualTo(1 << 20);
        assertThat(values.get(TcpSettings.INITIAL_RTO)).isEqualTo(Duration.ofSeconds(3));
        assertThat(values.origin(TcpSettings.DELAYED_ACK)).endsWith("p.conf:7");
        assertThat(values.origin(StackSettings.HEAP)).endsWith("p.conf:9");
        assertThat(values.origin(TcpSettings.MAX_RTO)).isEqualTo("default");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # \\ntcp.max-conections=7       | p.conf:2: no setting is called 'tcp.max-conections': did you mean tcp.max-connections?
            tcp.max-connections=0           | p.conf:1: tcp.max-connections=0: expected a whole number from 1 to 1048576
            tcp.max-connections=many        | p.conf:1: tcp.max-connections=many: expected a whole number from 1
            tcp.max-connections             | p.conf:1: tcp.max-connections=: expected a whole number from 1
            tcp.delayed-ack=2 s             | p.conf:1: tcp.delayed-ack=2 s: expected a time from 0 to 500 ms, such as
            tcp.delayed-ack=500             | p.conf:1: tcp.delayed-ack=500: expected a time from
            tcp.time-wait=99999999999999 d  | p.conf:1: tcp.time-wait=99999999999999 d: expected a time from
            memory.heap=1X                  | p.conf:1: memory.heap=1X: expected a number of bytes from 0 to 1 TiB
            memory.heap=999999999999999999T | expected a number of bytes
            memory.frame-bytes=3000         | p.conf:1: memory.frame-bytes=3000: expected 2048 or 4096
            network.probe-address=perhaps   | p.conf:1: network.probe-address=perhaps: expected true or false
            loop.idle=sleep                 | p.conf:1: loop.idle=sleep: expected spin, yield, block
            tcp.congestion-control=the best | p.conf:1: tcp.congestion-control=the best: expected newreno
            tcp.time-wait=1s\\n\\ntcp.time-wait=2s | p.conf:3: tcp.time-wait was set in line 1 already
            tcp.time-wait=\\\\u00           | p.conf:1: malformed
            """)
    void refusesInOneLineWithItsNumber(String text, String expected) {
        assertThatThrownBy(() -> read(text.replace("\\n", "\n").replace("\\\\", "\\")))
                .isInstanceOf(ConfigurationException.class)
                .message()
                .contains(expected)
                .doesNotContain("\n");
    }

    @Test
    void aCongestionControlThatIsNotInstalledIsRefusedWithItsLineToo() throws IOException {
        SettingValues values = read("# one\ntcp.congestion-control=cubic");
        assertThatThrownBy(() -> TcpConfig.of(values))
                .isInstanceOf(ConfigurationException.class)
                .message()
                .startsWith("tcp.congestion-control=cubic (")
                .endsWith("p.conf:2): expected one of newreno")
                .doesNotContain("\n");
    }

    @Test
    void saysWhatIsWrongWithTheFileItself() throws IOException {
        assertThatThrownBy(() -> SettingValues.DEFAULTS.with(TABLE, folder.resolve("none")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("there is no such file");
        assertThatThrownBy(() -> SettingValues.DEFAULTS.with(TABLE, folder))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("cannot be read");
        Path binary = Files.write(folder.resolve("binary"), "ü".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> SettingValues.DEFAULTS.with(TABLE, binary))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp.max-connections", "=7", ""})
    void refusesWhatIsNoAssignment(String text) {
        assertThatThrownBy(() -> set(text)).hasMessageContaining("--set " + text + ": expected NAME=VALUE");
    }

    @Test
    void namesTheOptionThatWasGiven() {
        assertThatThrownBy(() -> set("tcp.max-connections=0"))
                .hasMessage("--set tcp.max-connections=0: expected a whole number from 1 to 1048576");
        assertThatThrownBy(() -> set("tcp.maxconnections=1"))
                .hasMessageStartingWith(
                        "--set: no setting is called 'tcp.maxconnections': did you mean tcp.max-connections");
    }

    @Test
    void laterValuesWin() {
        SettingValues early = set("tcp.max-connections=1").with(TABLE, "tcp.time-wait=1s", "--set");
        SettingValues both = early.with(set("tcp.max-connections=2"));
        assertThat(both.get(TcpSettings.MAX_CONNECTIONS)).isEqualTo(2);
        assertThat(both.get(TcpSettings.TIME_WAIT)).isEqualTo(Duration.ofSeconds(1));
        assertThat(early.get(TcpSettings.MAX_CONNECTIONS)).isEqualTo(1);
    }

    @Test
    void everyDefaultCanBeWrittenAndReadAgain() {
        for (Setting<?> setting : TABLE.all()) {
            assertThat(setting.help()).as(setting.name()).isNotBlank().doesNotContain("|", "\n");
            assertThat(setting.name()).matches("[a-z]+(\\.[a-z0-9-]+)+");
            if (setting.otherwise() != null) {
                String text = SettingValues.DEFAULTS.text(setting);
                assertThat(set(setting + "=" + text).get(setting))
                        .as(setting.name())
                        .isEqualTo(setting.otherwise());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1024, 1 KiB", "1K, 1 KiB", "1kB, ", "1 KiB, 1 KiB", "3 MiB, 3 MiB", "1536, 1536", "1G, 1 GiB"})
    void sizesAreWrittenWithUnits(String text, String shown) {
        if (shown == null) {
            assertThatThrownBy(() -> set("memory.heap=" + text)).hasMessageContaining("such as 256KiB");
        } else {
            assertThat(set("memory.heap=" + text).text(StackSettings.HEAP)).isEqualTo(shown);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            tcp.max-connections=100000 | api.max-queues=99999      | api.max-queues=99999 (--set) and tcp.max-connections=100000 (--set): expected api.max-queues to be at least as large
            tcp.max-connections=2      | api.max-operations=1      | expected api.max-operations to be at least as large
            tcp.min-rto=2s             | tcp.max-rto=1s            | tcp.min-rto=2 s (--set) and tcp.max-rto=1 s (--set): expected tcp.min-rto to be at most tcp.max-rto
            tcp.receive-buffer=2K      | tcp.max-receive-buffer=1K | expected tcp.receive-buffer to be at most tcp.max-receive-buffer
            tcp.initial-rto=2s         | tcp.max-rto=1s            | expected tcp.initial-rto to be at most tcp.max-rto
            tcp.first-local-port=9     | tcp.last-local-port=8     | expected tcp.first-local-port to be at most tcp.last-local-port
            """)
    void refusesWhatDoesNotGoTogether(String one, String other, String expected) {
        SettingValues values = set(one).with(TABLE, other, "--set");
        assertThatThrownBy(() -> StackSettings.requireThatAllGoTogether(values))
                .isInstanceOf(ConfigurationException.class)
                .message()
                .contains(expected)
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource({"1, 65536, 131072", "100000, 101024, 200000", "1048576, 1048576, 2097152"})
    void tablesAreAsLargeAsConnectionsNeed(int connections, int queues, int operations) {
        SettingValues values = set("tcp.max-connections=" + connections);
        assertThat(StackSettings.maxQueues(values)).isEqualTo(queues);
        assertThat(StackSettings.maxOperations(values)).isEqualTo(operations);
    }
}
