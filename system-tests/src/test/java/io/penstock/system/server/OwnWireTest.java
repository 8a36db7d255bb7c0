package io.penstock.system.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.testkit.Holdings;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Child;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server's process on a wire of its own, as docs/testkit.md says. */
@Timeout(120)
class OwnWireTest {
    private static final long DEADLINE_NANOS = 60_000_000_000L;

    private static List<String> echo(VethWire wire) {
        return PenstockCommand.of(
                "echo", "--device", wire.device(), "--address", wire.penstockCidr(), "--tcp", "7", "--idle", "yield");
    }

    @Test
    void aKernelsClientIsAnsweredAndNothingIsLeft() {
        Holdings before = Holdings.now();
        try (VethWire wire = VethWire.create(1)) {
            NetworkNamespace servers = wire.penstockServer();
            try (Child server = Child.start("the server", servers.command(echo(wire)))) {
                server.awaitLine(line -> line.startsWith("ready"), DEADLINE_NANOS);
                int answer = wire.client().call(() -> {
                    try (Socket socket = new Socket(InetAddress.ofLiteral(wire.penstockAddress()), 7)) {
                        socket.getOutputStream().write('x');
                        return socket.getInputStream().read();
                    }
                });
                assertThat(answer).isEqualTo('x');
            }
            assertThat(servers.xdpProgramId(VethWire.SERVER_INTERFACE)).isZero();
        }
        Holdings.assertSameAs(before);
    }
}
