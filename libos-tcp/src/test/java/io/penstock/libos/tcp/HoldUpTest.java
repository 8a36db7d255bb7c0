package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.device.Capabilities;
import io.penstock.libos.tcp.testing.LoneStack;
import io.penstock.memory.Buffer;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Packets;
import io.penstock.testkit.packet.RawClient;
import io.penstock.testkit.traffic.Echo;
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
    private static final long MAX_GAP_NANOS = 50 * MILLISECOND;
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
        honest = lone.client(LoneStack.PEER, LoneStack.PEER_MAC, 40_000, 7);
        clients.add(honest);
        honest.connect();
    }

    /** A millisecond in which everything that is sent arrives at once. */
    private void step() {
        lone.clock.advance(MILLISECOND);
        boolean busy = true;
        for (int i = 0; i < 8 && busy; i++) {
            busy = echo.turn();
            for (ScriptedDevice.Sent s : lone.device.takeSent()) {
                clients.forEach(c -> c.hears(s.bytes()));
                busy = true;
            }
        }
    }

    /** 64 SYNs to a port where nobody listens, and four to one where somebody does. */
    private void syns(int from) {
        for (int i = 0; i < 68; i++) {
            int port = 1024 + nextPort++ % 60_000;
            lone.device.arrives(LoneStack.syn(ATTACKER_MAC, from, port, i < 64 ? 9 : 7));
        }
    }

    private void attack(IntConsumer wave) {
        honestClientEchoes();
        for (int i = 0; i < 10_000; i++) {
            if (i % 50 == 0) {
                wave.accept(i / 50);
            }
            if (i == 5_000) {
                RawClient newcomer = lone.client(NEWCOMER, ATTACKER_MAC + 1, 50_000, 7);
                clients.add(newcomer);
                newcomer.connect();
            }
            step();
        }
        assertThat(clients).hasSize(2).allSatisfy(c -> {
            assertThat(c.isReset()).isFalse();
            assertThat(c.echoed()).isGreaterThan(1_000);
            assertThat(c.longestGapNanos()).isLessThanOrEqualTo(MAX_GAP_NANOS);
        });
    }

    @Test
    void oneNeighbourThatDoesNotAnswerHoldsUpNobody() {
        attack(_ -> syns(NOBODY));
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
                    lone.device.arrives(LoneStack.syn(ATTACKER_MAC, NETWORK + host, port, syn == 0 ? 7 : 9));
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
                lone.device.arrives(LoneStack.syn(ATTACKER_MAC, NETWORK + host, port, 9));
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
        lone.arrives(Packets.arp(ScriptedDevice.MAC, 2, ATTACKER_MAC, NOBODY, ScriptedDevice.MAC, LoneStack.OWN));
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

    private void everybodyEchoes(IntConsumer hog) {
        honestClientEchoes();
        for (int i = 0; i < 2_000; i++) {
            hog.accept(i);
            step();
        }
        assertThat(honest.echoed()).isGreaterThan(1_000);
        assertThat(honest.longestGapNanos()).isLessThanOrEqualTo(MAX_GAP_NANOS);
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000_000, 40})
    void aSenderOfDatagramsThatNeverEndsLeavesRoomForConnections(int deviceTakesInATurn) {
        int udp = lone.stack.socket(Transport.UDP);
        everybodyEchoes(_ -> {
            lone.device.room(deviceTakesInATurn);
            while (true) {
                Buffer b = lone.stack.allocate(8);
                if (b == null) {
                    break;
                }
                long token = lone.stack.pushTo(udp, b, Endpoint.ofIpv4(LoneStack.PEER, 9));
                b.release();
                if (token == LibOs.NO_TOKEN) {
                    break;
                }
            }
        });
        assertThat(lone.count("udp.sent")).isGreaterThan(20_000);
        lone.device.room(1_000_000);
        lone.stack.abort(udp);
    }

    /** As many answers on behalf of nobody as the device can send: resets, echo replies, ARP replies. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aFloodThatIsAnsweredPacketForPacketLeavesRoomForConnections(int kind) {
        byte[] ping = LoneStack.fromPeer(1, Packets.icmp(8, 0, 1, new byte[8]));
        byte[] ask = Packets.arp(Packets.BROADCAST_MAC, 1, LoneStack.PEER_MAC, LoneStack.PEER, 0, LoneStack.OWN);
        byte[] syn = LoneStack.syn(LoneStack.PEER_MAC, LoneStack.PEER, 1, 9);
        byte[] flood = kind == 0 ? syn : kind == 1 ? ping : ask;
        everybodyEchoes(_ -> {
            lone.device.room(40); // a slow device, always full
            for (int k = 0; k < 60; k++) {
                lone.device.arrives(flood);
            }
        });
        lone.device.room(1_000_000);
    }

    private int tasks;

    private void again() {
        tasks++;
        lone.stack.execute(this::again);
    }

    @Test
    void aTaskThatSubmitsItselfLeavesTurnsToTheRest() {
        lone.stack.execute(this::again);
        everybodyEchoes(_ -> {
            int before = tasks;
            lone.turn();
            assertThat(tasks - before)
                    .as("one turn, one task, and not a thousand")
                    .isBetween(1, 8);
        });
    }

    /** They take what they ask for and acknowledge nothing: each push waits. */
    @Test
    void peersThatAcknowledgeNothingLeaveOperationsToTheOthers() {
        close();
        lone = new LoneStack(4096, 256);
        echo = new Echo(lone.stack, 7);
        lone.peerIsKnown();
        int listener = lone.stack.socket(Transport.TCP);
        assertThat(lone.stack.bind(listener, Endpoint.ofIpv4(0, 8))).isEqualTo(Status.OK);
        assertThat(lone.stack.listen(listener, 64)).isEqualTo(Status.OK);
        List<Integer> silent = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            lone.stack.accept(listener);
            RawClient client = lone.client(LoneStack.PEER, LoneStack.PEER_MAC, 20_000 + i, 8);
            client.connect();
            lone.turn();
            lone.device.takeSent().forEach(s -> client.hears(s.bytes()));
            while (lone.turn()) {
                silent.add(lone.completion.newQueue());
            }
        }
        assertThat(silent).hasSize(16);
        for (int queue : silent) {
            Buffer b = lone.stack.allocate(1);
            for (int i = 0; i < 100; i++) {
                lone.stack.push(queue, b);
            }
            b.release();
        }
        everybodyEchoes(_ -> {});
        silent.forEach(lone.stack::abort);
        lone.stack.abort(listener);
        takeTheRest();
    }

    private void takeTheRest() {
        while (lone.turn()) {
            if (lone.completion.buffer() != null) {
                lone.completion.buffer().release();
            }
        }
    }
}
