package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSetup.Steering;
import io.penstock.testkit.Await;
import io.penstock.testkit.net.VethWire;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An interface with two receive queues: the kernel spreads flows over them, and none may be missed. */
@Timeout(120)
class QueuesTest {
    private static final int FLOWS = 32;

    private final VethWire wire = VethWire.create(2);
    private final List<UdpPeer> flows = new ArrayList<>();

    @BeforeEach
    void openFlows() {
        for (int i = 0; i < FLOWS; i++) {
            flows.add(UdpPeer.in(wire.client()));
        }
    }

    @AfterEach
    void close() {
        flows.forEach(UdpPeer::close);
        wire.close();
    }

    /** How many flows are answered; each gets {@code tries} times a tenth of a second. */
    private int answered(int tries) {
        int count = 0;
        for (UdpPeer flow : flows) {
            count += flow.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64], tries) ? 1 : 0;
        }
        return count;
    }

    @Test
    void answersTheFlowsOfAllQueues() {
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb")) {
            assertThat(station.info().queues()).isEqualTo(2);
            assertThat(station.info().mode()).contains("2 queues");
            assertThat(answered(30)).isEqualTo(FLOWS);
        }
    }

    @Test
    void splitsTheFlowsBetweenTheQueues() {
        // Resolved beforehand: the answer to ARP may come in on either queue.
        wire.client()
                .ip("neigh replace " + VethWire.PENSTOCK_ADDRESS + " dev va lladdr "
                        + Wires.macText(Wires.find(wire.penstockServer(), "vb").macAddress()));
        int first;
        int second;
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb,queues=0")) {
            assertThat(station.info().queues()).isEqualTo(1);
            first = answered(2);
        }
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb,queues=1-1")) {
            assertThat(station.info().queues()).isEqualTo(1);
            second = answered(2);
        }
        assertThat(first).as("flows on queue 0").isBetween(1, FLOWS - 1);
        assertThat(second).as("flows on queue 1").isBetween(1, FLOWS - 1);
        assertThat(first + second).isEqualTo(FLOWS);
    }

    @Test
    void receivesFromBothQueuesWhileBothAreFlooded() {
        try (Station station =
                Station.open(wire.penstockServer(), "afxdp:vb,ring=256", Steering.toAddress(Wires.OURS), 2048)) {
            assertThat(answered(30)).isEqualTo(FLOWS);
            int sent = 2000 * FLOWS;
            for (int i = 0; i < sent; i++) {
                flows.get(i % FLOWS).send(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64]);
            }
            Await.until(
                    "every datagram echoed or counted as dropped",
                    () -> station.echoed() - FLOWS + station.rxDropped() >= sent);
            assertThat(answered(30)).isEqualTo(FLOWS);
        }
    }

    @Test
    void refusesAQueueThatDoesNotExist() {
        assertThatThrownBy(() -> Station.open(wire.penstockServer(), "afxdp:vb,queues=1-2"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("device 'afxdp:vb,queues=1-2': there is no queue 2: vb has 2 queues, numbered from 0");
    }

    @Test
    void refusesAPoolThatIsTooSmallForAllQueues() {
        assertThatThrownBy(() -> Station.open(wire.penstockServer(), "afxdp:vb", Steering.toAddress(Wires.OURS), 64))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("a pool of 64 frames is too small for 2 queues");
    }
}
