package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.device.Capabilities;
import io.penstock.libos.tcp.testing.Echo;
import io.penstock.libos.tcp.testing.LoneStack;
import io.penstock.libos.tcp.testing.Packets;
import io.penstock.libos.tcp.testing.RawClient;
import io.penstock.libos.tcp.testing.TestDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever cannot be reached holds up nobody else. */
class HoldUpTest {
    private static final long MILLISECOND = 1_000_000L;
    private static final long LONGEST_GAP_NANOS = 50 * MILLISECOND;
    private static final long ATTACKER_MAC = 0x0200_0000_0666L;
    private static final int NOBODY = Packets.ip("198.18.0.77");
    private static final int NETWORK = Packets.ip("198.18.0.0");
    private static final int NEWCOMER = Packets.ip("198.18.0.200");

    private LoneStack lone = new LoneStack(4096, 8192);
    private Echo echo = new Echo(lone.stack, 7);
    private final List<RawClient> clients = new ArrayList<>();
    private RawClient honest;
    private int nextPort = 1;

    @AfterEach
    void close() {
        echo.abortAll();
        lone.close();
    }

    private void honestClientEchoes() {
        lone.peerIsKnown();
        honest = new RawClient(lone, LoneStack.PEER, LoneStack.PEER_MAC, 40_000, 7);
        clients.add(honest);
        honest.connect();
    }

    /** A millisecond in which everything that is sent arrives at once. */
    private void step() {
        lone.clock.advance(MILLISECOND);
        boolean busy = true;
        for (int i = 0; i < 8 && busy; i++) {
            busy = echo.turn();
            for (TestDevice.Sent s : lone.device.takeSent()) {
                clients.forEach(c -> c.hears(s.bytes()));
                busy = true;
            }
        }
    }

    /** 64 SYNs to a port where nobody listens, and four to one where somebody does. */
    private void syns(int from) {
        for (int i = 0; i < 68; i++) {
            int port = 1024 + nextPort++ % 60_000;
            lone.device.arrives(RawClient.syn(ATTACKER_MAC, from, port, i < 64 ? 9 : 7));
        }
    }

    private void attack(IntConsumer wave) {
        honestClientEchoes();
        for (int i = 0; i < 10_000; i++) {
            if (i % 50 == 0) {
                wave.accept(i / 50);
            }
            if (i == 5_000) {
                RawClient newcomer = new RawClient(lone, NEWCOMER, ATTACKER_MAC + 1, 50_000, 7);
                clients.add(newcomer);
                newcomer.connect();
            }
            step();
        }
        assertThat(clients).hasSize(2).allSatisfy(c -> {
            assertThat(c.isReset()).isFalse();
            assertThat(c.echoed()).isGreaterThan(1_000);
            assertThat(c.longestGapNanos()).isLessThanOrEqualTo(LONGEST_GAP_NANOS);
        });
    }

    @Test
    void oneNeighbourThatDoesNotAnswerHoldsUpNobody() {
        attack(wave -> syns(NOBODY));
    }

    @Test
    void twoNeighboursThatDoNotAnswerInTurnHoldUpNobody() {
        attack(wave -> syns(NOBODY + (wave & 1)));
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096})
    void aWholeNetworkOfNeighboursThatDoNotAnswerHoldsUpNobody(int frames) {
        close();
        lone = new LoneStack(frames, 8192);
        echo = new Echo(lone.stack, 7);
        attack(wave -> {
            for (int i = 0; i < 32; i++) {
                int host = 10 + (wave * 32 + i) % 180; // not the two honest ones
                for (int syn = 0; syn < 4; syn++) {
                    int port = 1024 + nextPort++ % 60_000;
                    lone.device.arrives(RawClient.syn(ATTACKER_MAC, NETWORK + host, port, syn == 0 ? 7 : 9));
                }
            }
        });
    }

    /** Addresses that nobody has, each of which stands behind one packet only: 20 of them in a millisecond. */
    @Test
    void aFloodFromAddressesOfALargeNetworkHoldsUpNobody() {
        close();
        lone = new LoneStack("198.18.0.2/16", 4096, 8192, Capabilities.none());
        echo = new Echo(lone.stack, 7);
        attack(wave -> {
            for (int i = 0; i < 1000; i++) {
                int port = 1024 + nextPort++ % 60_000;
                int host = 256 + (wave * 1000 + i) % 60_000;
                lone.device.arrives(RawClient.syn(ATTACKER_MAC, NETWORK + host, port, 9));
            }
        });
    }

    /** Opens connections to a neighbour that nobody knows yet. */
    private void connects(int count) {
        for (int i = 0; i < count; i++) {
            int queue = lone.stack.socket(Transport.TCP);
            lone.stack.connect(queue, Endpoint.ofIpv4(NOBODY, 80));
        }
        lone.turn();
    }

    private long synsSent() {
        return lone.takeIpv4(6).stream().filter(p -> p[47] == 2).count();
    }

    @Test
    void connectionsThatFoundNoRoomGoOnAsSoonAsTheNeighbourAnswers() {
        connects(500);
        assertThat(synsSent()).isZero();
        lone.arrives(Packets.arp(TestDevice.MAC, 2, ATTACKER_MAC, NOBODY, TestDevice.MAC, LoneStack.OWN));
        for (int i = 0; i < 20; i++) {
            lone.turn();
        }
        assertThat(synsSent()).isEqualTo(500);
        assertThat(lone.count("tcp.retransmits")).isZero();
    }

    @Test
    void connectionsThatFoundNoRoomFailWithTheirNeighbour() {
        connects(500);
        int failed = 0;
        for (int i = 0; i < 400; i++) {
            lone.clock.advance(10 * MILLISECOND);
            for (; lone.turn(); failed++) {
                assertThat(lone.completion.status()).isEqualTo(Status.HOST_UNREACHABLE);
            }
        }
        assertThat(failed).isEqualTo(500);
    }
}
