package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Child;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** SIGKILL at load: the kernel has the interface at once, and the next process too. */
@Timeout(240)
class CrashTest {
    private static final int TIMES = 3;

    private final VethWire wire = VethWire.create(2);

    @AfterEach
    void close() {
        wire.close();
    }

    @Test
    void leavesTheInterfaceToTheKernelAndToTheNextProcess() {
        try (UdpPeer kernel = UdpPeer.bound(wire.kernelServer(), new InetSocketAddress(Wires.ECHO_PORT + 1));
                UdpPeer peer = UdpPeer.in(wire.client())) {
            kernel.echo();
            for (int i = 0; i < TIMES; i++) {
                try (Child process = EchoProcess.startAndAwait(wire.penstockServer(), "afxdp:vb")) {
                    // Not before: what the kernel has, a server refuses.
                    wire.kernelServer().ip("addr add " + VethWire.PENSTOCK_ADDRESS + "/24 dev vb");
                    assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64], 50))
                            .as("start number " + i)
                            .isTrue();
                    assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT + 1, new byte[64], 50))
                            .as("the whole address is Penstock's: it echoes every port")
                            .isTrue();
                    assertThat(programId()).isNotZero();
                    for (int n = 0; n < 5000; n++) {
                        peer.send(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64]);
                    }
                    process.kill();
                    assertThat(programId()).as("detached with the process").isZero();
                }
                try (UdpPeer other = UdpPeer.in(wire.client())) {
                    assertThat(other.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT + 1, new byte[64], 50))
                            .as("the kernel answers")
                            .isTrue();
                }
                wire.kernelServer().ip("addr del " + VethWire.PENSTOCK_ADDRESS + "/24 dev vb");
            }
        }
    }

    private int programId() {
        return wire.penstockServer().xdpProgramId("vb");
    }
}
