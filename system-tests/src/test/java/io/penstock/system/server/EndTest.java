package io.penstock.system.server;

import static io.penstock.testkit.net.VethWire.KERNEL_ADDRESS;
import static io.penstock.testkit.net.VethWire.PENSTOCK_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.RunFolder;
import io.penstock.testkit.process.Shell;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** However a server ends under load, in order or by SIGKILL, what it held is free for the kernel and for the next one. */
@Timeout(120)
class EndTest {
    private final VethWire wire = VethWire.create(2);
    private final RunFolder folder = RunFolder.create();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
        folder.close();
        wire.close();
    }

    private <T extends AutoCloseable> T opened(T one) {
        opened.add(one);
        return one;
    }

    private Load load() {
        return opened(Load.start(wire.client(), PENSTOCK_ADDRESS, 7, 16));
    }

    private void assertTheInterfaceIsFree() {
        assertThat(wire.penstockServer().xdpProgramId("vb"))
                .as("an XDP program")
                .isZero();
        assertThat(wire.penstockServer().pids()).as("processes").isEmpty();
        assertThat(Traces.heldLocks(wire)).as("locks in use").isEmpty();
    }

    private boolean pings(String address) {
        return Shell.tryRun(wire.client().command(List.of("ping", "-n", "-c", "1", "-W", "5", address)))
                .isOk();
    }

    @Test
    void sigkillLeavesTheInterfaceToTheKernelAndTheNextServer() {
        Server first = opened(Server.echo(wire, folder));
        assertThat(Traces.heldLocks(wire)).hasSize(1);
        load();
        first.process().kill();

        assertTheInterfaceIsFree();
        assertThat(pings(KERNEL_ADDRESS)).isTrue();
        wire.kernelServer().ip("addr add " + PENSTOCK_ADDRESS + "/24 dev vb");
        assertThat(pings(PENSTOCK_ADDRESS)).as("the kernel has all of it").isTrue();
        wire.kernelServer().ip("addr del " + PENSTOCK_ADDRESS + "/24 dev vb");

        assertThat(first.stat("--json"))
                .as("the dead one's counters")
                .containsPattern("\"state\" *: *\"died\"")
                .containsPattern("\"echo.connections.accepted\" *: *16\\b")
                .containsPattern("\"echo.requests\" *: *[1-9]");
        assertThat(first.stat()).contains("died", "echo.requests");

        Server second = opened(Server.echo(wire, folder));
        Load load = load();
        load.awaitRounds(100);
        assertThat(second.counter("echo.connections.accepted")).isEqualTo(16);
        load.close();
        assertThat(second.terminate()).isZero();
        assertTheInterfaceIsFree();
        assertThat(Traces.locks(wire)).as("lock files").isEmpty();
    }

    @Test
    void sigtermEndsItInOrderAndItSaysWhatItCounted() {
        // By the launcher: the signal must reach the server behind it.
        List<String> command = new ArrayList<>();
        command.add(Path.of(PenstockCommand.root().toString(), "penstock").toString());
        command.addAll(List.of(Server.echoArguments(wire)));
        Server server = opened(Server.start(wire.penstockServer(), folder, List.of(), command));
        server.process().awaitLine(line -> line.startsWith("ready echo"), Server.DEADLINE_NANOS);
        load();
        assertThat(server.terminate()).isZero();

        assertThat(server.process().remainingLines(Server.DEADLINE_NANOS))
                .singleElement()
                .asString()
                .matches("stopped echo: echo.connections.accepted 16, echo.requests [1-9]\\d*, echo.datagrams 0,"
                        + " tcp.retransmits \\d+, connections reset 0");
        assertThat(server.process().errorLines()) // whether the machine gave the loop its time is not what is tested
                .allMatch(line -> line.contains("huge pages") || line.contains("loop.pauses."));
        assertThat(server.stat("--json")).containsPattern("\"state\" *: *\"closed\"");
        assertTheInterfaceIsFree();
        assertThat(Traces.locks(wire)).as("lock files").isEmpty();
    }
}
