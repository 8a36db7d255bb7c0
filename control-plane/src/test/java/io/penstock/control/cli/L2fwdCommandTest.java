package io.penstock.control.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.control.ServerState;
import io.penstock.control.Servers;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class L2fwdCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine line = Penstock.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(arguments);
    }

    @Test
    void saysWhenItIsReadyAndWhatItDid() {
        String name = "l2fwd-" + ProcessHandle.current().pid();
        assertThat(run("l2fwd", "--device", "sim:" + name, "--mode", "echo", "--duration", "1", "--stats-period", "0"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString().lines())
                .satisfiesExactly(
                        ready -> assertThat(ready)
                                .startsWith("ready l2fwd: sim:" + name + ", mode echo, burst 32, not pinned ("),
                        stopped -> assertThat(stopped)
                                .matches("stopped l2fwd: received 0, sent 0, dropped 0 in 1\\.\\d{3} s,"
                                        + " 8192 of 8192 packet buffers back"));
    }

    @Test
    void isSeenFromOutside() {
        String device = "sim:l2fwd-seen-" + ProcessHandle.current().pid();
        assertThat(run("l2fwd", "--device", device, "--packets", "1", "--duration", "1", "--stats-period", "0"))
                .as(err.toString())
                .isZero();
        assertThat(Servers.find().found())
                .filteredOn(server -> server.device().equals(device))
                .singleElement()
                .satisfies(server -> {
                    assertThat(server.name()).isEqualTo("l2fwd");
                    assertThat(server.state()).isEqualTo(ServerState.CLOSED);
                    assertThat(server.spins()).isTrue();
                    assertThat(server.mode()).isNotEmpty();
                    assertThat(server.counter("loop.turns")).isPositive();
                    assertThat(server.counters()).containsKeys("rx.packets", "tx.packets", "tx.dropped");
                });
    }

    @Test
    void leavesNoFileIfItNeverForwarded() {
        assertThat(run("l2fwd", "--device", "tap:no-such-name-is-as-long-as-this-one"))
                .isEqualTo(2);
        assertThat(Servers.find().found())
                .filteredOn(server -> server.device().startsWith("tap:no-such-name"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--device sim:a --burst 0                          | --burst 0: expected 1 to 512",
                "--device sim:a --burst 513                        | --burst 513: expected 1 to 512",
                "--device sim:a --packets 0                        | --packets 0: expected at least 1",
                "--device sim:a --duration 0                       | --duration 0: expected 1 to",
                "--device sim:a --stats-period -1                  | --stats-period -1: expected 0 to",
                "--device sim:a --core 99                          | core 99 does not exist",
                "--device sim:a --mode rot13                       | rot13",
                "--device sim:a --device sim:b --device sim:c      | given 3 times: expected once or twice",
                "--device sim                                      | 'sim' is not a device",
                "--device nosuch:a                                 | unknown back end 'nosuch'",
                "--burst 32                                        | --device",
            })
    void badInputIsOneLine(String arguments, String complaint) {
        assertThat(run(("l2fwd " + arguments.strip()).split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains(complaint);
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(out.toString()).isEmpty();
    }
}
