package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketPort;
import io.penstock.testkit.Await;
import io.penstock.testkit.Holdings;
import io.penstock.testkit.net.VethWire;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two stacks of this process, each on a thread and on a queue of its own, have one address on one interface. */
@Timeout(120)
class SharedPortTest {
    private static final int CONNECTIONS = 128;
    private static final int MORE = 24;
    private static final int PATIENCE_MILLIS = 300;
    private static final String ACCEPTED = "tcp.connections.accepted";

    private final VethWire wire = Wires.keepFlowsOnTheirQueues(VethWire.create(2));
    private final EchoConnections connections = new EchoConnections(wire.client());
    private Holdings before;

    @BeforeEach
    void rememberWhatThereIs() {
        Station.open(wire.penstockServer(), "afxdp:vb").close();
        connections.close();
        before = Holdings.now();
    }

    @AfterEach
    void nothingIsLeft() {
        connections.close();
        Holdings.assertSameAs(before);
        assertThat(wire.penstockServer().xdpProgramId("vb")).as("XDP program").isZero();
        wire.close();
    }

    private PacketPort openPort(String device) {
        return wire.penstockServer().call(() -> Devices.openPort(Devices.parse(device)));
    }

    private EchoOnQueue open(PacketPort port, int queue) {
        return EchoOnQueue.open(wire.penstockServer(), port, queue);
    }

    @Test
    void bothServeAndAllConnectionsAreAnswered() {
        try (PacketPort port = openPort("afxdp:vb");
                EchoOnQueue first = open(port, 0);
                EchoOnQueue second = open(port, 1)) {
            connections.open(CONNECTIONS);
            for (int round = 0; round < 3; round++) {
                assertThat(connections.echo()).isEqualTo(CONNECTIONS);
            }
            assertThat(first.count(ACCEPTED)).isPositive();
            assertThat(second.count(ACCEPTED)).isPositive();
            assertThat(first.count(ACCEPTED) + second.count(ACCEPTED)).isEqualTo(CONNECTIONS);
            assertThat(first.count("port.news.heard") + second.count("port.news.heard"))
                    .as("ARP packets that reached the other's queue")
                    .isPositive();
            assertThat(port.isUp()).isTrue();
            assertThat(port.info().queues()).isEqualTo(2);
            assertThat(port.steering()).hasSize(2);
            assertThat(port.rxDropped() + port.txDropped()).isZero();
        }
    }

    @Test
    void theOtherGoesOnServingWhenOneIsClosedAndItsQueueCanBeOpenedAgain() {
        try (PacketPort port = openPort("afxdp:vb");
                EchoOnQueue stays = open(port, 1)) {
            EchoOnQueue leaves = open(port, 0);
            connections.open(CONNECTIONS);
            assertThat(connections.echo()).isEqualTo(CONNECTIONS);
            leaves.close();
            assertThat(connections.echo()).as("the other's connections").isEqualTo((int) stays.count(ACCEPTED));
            assertThat(connections.echo()).isEqualTo((int) stays.count(ACCEPTED));

            int answered = connections.tryToOpen(MORE, PATIENCE_MILLIS);
            assertThat(answered).as("new connections, by queue").isBetween(1, MORE - 1);
            Await.until("packets without a stack are counted", () -> stays.count("rx.passed.queue-without-socket") > 0);

            try (EchoOnQueue again = open(port, 0)) {
                connections.open(MORE);
                assertThat(again.count(ACCEPTED)).isPositive();
                assertThat(connections.echo()).isEqualTo((int) (stays.count(ACCEPTED) + again.count(ACCEPTED)));
            }
        }
    }

    @Test
    void thePortEndsWithTheLastStackIfItsOpenerHasLetGo() {
        PacketPort port = openPort("afxdp:vb");
        EchoOnQueue first = open(port, 0);
        EchoOnQueue second = open(port, 1);
        port.close();
        connections.open(CONNECTIONS);
        first.close();
        assertThat(connections.echo()).isEqualTo((int) second.count(ACCEPTED));
        assertThat(wire.penstockServer().xdpProgramId("vb")).isNotZero();
        second.close();
        assertThat(port.isUp()).isFalse();
        openPort("afxdp:vb").close();
    }

    @Test
    void theInterfaceIsTheKernelsAsLongAsNoStackIsOpen() {
        try (PacketPort port = openPort("afxdp:vb")) {
            assertThat(wire.penstockServer().xdpProgramId("vb")).isZero();
            open(port, 1).close();
            assertThat(wire.penstockServer().xdpProgramId("vb")).isZero();
            assertThat(port.info().mode()).isEqualTo("AF_XDP, 2 queues");
        }
    }

    @Test
    void bothHearThatTheLinkIsDownAndServeWhenItIsBack() {
        try (PacketPort port = openPort("afxdp:vb");
                EchoOnQueue first = open(port, 0);
                EchoOnQueue second = open(port, 1)) {
            connections.open(CONNECTIONS);
            wire.client().ip("link set va down");
            Await.until("both to hear it", () -> !first.isUp() && !second.isUp());
            assertThat(port.isUp()).isFalse();
            wire.client().ip("link set va up");
            Await.until("both to hear it", () -> first.isUp() && second.isUp());
            assertThat(connections.echo()).isEqualTo(CONNECTIONS);
        }
    }

    @Test
    void whatCannotBeSharedIsRefusedInOneLine() {
        try (PacketPort port = openPort("afxdp:vb");
                EchoOnQueue first = open(port, 0)) {
            assertRefused(port, 0, "198.18.0.2/24", "queue 0 of device 'afxdp:vb' is in use by another stack");
            assertRefused(
                    port, 2, "198.18.0.2/24", "device 'afxdp:vb' has no queues 2 to 2: it has 2, numbered from 0");
            assertRefused(
                    port,
                    1,
                    "198.18.0.5/24",
                    "device 'afxdp:vb' takes packets to 198.18.0.2 for the stack on another of its queues, by one program"
                            + " for all: give this one the same, not to 198.18.0.5");
            assertThatThrownBy(() -> openPort("afxdp:vb"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("is already held by this process: open it once for all of its stacks");
            assertThat(first.isUp()).isTrue();
        }
    }

    private void assertRefused(PacketPort port, int queue, String address, String message) {
        EchoOnQueue refused = EchoOnQueue.begin(wire.penstockServer(), port, queue, address);
        assertThatThrownBy(refused::awaitOpen)
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(message);
    }
}
