package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.testkit.Holdings;
import io.penstock.testkit.net.VethWire;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Opened and closed many times, or refused at every step, a device leaves nothing in the process or the kernel. */
@Timeout(240)
class LeakTest {
    private static final int TIMES = 20;

    private final VethWire wire = VethWire.create(2);

    @AfterEach
    void close() {
        wire.close();
    }

    private void assertNothingIsLeft(Holdings before) {
        Holdings.assertSameAs(before);
        assertThat(before.lockFiles()).as("lock files").isEmpty();
        assertThat(wire.penstockServer().xdpProgramId("vb")).as("XDP program").isZero();
    }

    @Test
    void leavesNothingAfterItWasClosed() {
        Station.open(wire.penstockServer(), "afxdp:vb").close();
        Holdings before = Holdings.now();
        for (int i = 0; i < TIMES; i++) {
            try (Station station = Station.open(wire.penstockServer(), "afxdp:vb");
                    UdpPeer peer = UdpPeer.in(wire.client())) {
                assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[9], 50))
                        .as("opened for the " + i + "th time")
                        .isTrue();
                assertThat(station.echoed()).isPositive();
            }
        }
        assertNothingIsLeft(before);
    }

    @Test
    void leavesNothingAfterItWasRefused() {
        Station.open(wire.penstockServer(), "afxdp:vb").close();
        Holdings before = Holdings.now();
        for (int i = 0; i < TIMES; i++) {
            for (String device :
                    List.of("afxdp:vx", "afxdp:vb,copy=zerocopy", "afxdp:vb,queues=7", "afxdp:vb,ring=3")) {
                assertThatThrownBy(() -> Station.open(wire.penstockServer(), device))
                        .isInstanceOf(ConfigurationException.class);
            }
        }
        assertNothingIsLeft(before);
    }
}
