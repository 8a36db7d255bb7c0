package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.libos.tcp.testing.LoneStack;
import io.penstock.memory.Buffer;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Packets;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A process, a collector or an application that stands still, and finds everything in the receive ring afterwards. */
class PauseTest {
    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000 * MILLI;
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int ACK = 16;
    private static final int PORT = 7;

    private LoneStack lone;

    @BeforeEach
    void open() {
        lone = new LoneStack(4_096, 2_048);
        lone.peerIsKnown();
    }

    @AfterEach
    void close() {
        lone.close();
    }

    /** A client's side of a connection. */
    private static final class Client {
        private final int port;
        private int seq = 1_000;
        private int ack;
        private int queue;

        private Client(int port) {
            this.port = port;
        }

        private byte[] segment(int flags) {
            ByteBuffer b = ByteBuffer.allocate(20);
            b.putShort((short) port).putShort((short) PORT).putInt(seq).putInt(ack);
            b.put((byte) 0x50).put((byte) flags).putShort((short) 65_535).putInt(0);
            byte[] bytes = b.array();
            long pseudo = Packets.pseudo(LoneStack.PEER, LoneStack.OWN, 6, 20);
            b.putShort(16, (short) ~Packets.checksum(bytes, 0, 20, pseudo));
            return LoneStack.fromPeer(6, bytes);
        }
    }

    private List<Client> connect(int count) {
        Stack stack = lone.stack;
        int listener = stack.socket(Transport.TCP);
        assertThat(stack.bind(listener, Endpoint.of("198.18.0.2", PORT))).isEqualTo(Status.OK);
        assertThat(stack.listen(listener, 16)).isEqualTo(Status.OK);
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Client c = new Client(10_000 + i);
            lone.arrives(c.segment(SYN));
            c.ack = Packets.i32(lone.takeIpv4(6).getLast(), 38) + 1;
            c.seq++;
            assertThat(stack.accept(listener)).isNotEqualTo(LibOs.NO_TOKEN);
            lone.device.arrives(c.segment(ACK));
            assertThat(lone.turn()).isTrue();
            assertThat(lone.completion.opcode()).isEqualTo(Opcode.ACCEPT);
            c.queue = lone.completion.newQueue();
            clients.add(c);
        }
        return clients;
    }

    private void answer(List<Client> clients, int bytes) {
        for (Client c : clients) {
            Buffer b = lone.stack.allocate(bytes);
            assertThat(lone.stack.push(c.queue, b)).isNotEqualTo(LibOs.NO_TOKEN);
            b.release();
            c.ack += bytes;
        }
        lone.turn();
        assertThat(lone.takeIpv4(6)).hasSize(clients.size());
    }

    private int drain() {
        int completions = 0;
        while (lone.turn()) {
            completions++;
        }
        return completions;
    }

    @Test
    void answersThatWereAcknowledgedDuringAPauseAreNotSentAgain() {
        List<Client> clients = connect(500);
        answer(clients, 500);
        lone.clock.advance(300 * MILLI);
        clients.forEach(c -> lone.device.arrives(c.segment(ACK)));
        assertThat(drain()).isEqualTo(500);
        assertThat(lone.count("tcp.timeouts")).isZero();
        assertThat(lone.count("tcp.retransmits")).isZero();
        assertThat(lone.takeIpv4(6)).isEmpty();
    }

    @Test
    void anApplicationThatStandsStillBetweenTwoWaitsSendsNothingAgain() { // a wait reads the clock before it looks
        List<Client> clients = connect(100);
        answer(clients, 500);
        lone.clock.advance(300 * MILLI);
        clients.forEach(c -> lone.device.arrives(c.segment(ACK)));
        for (int i = 0; i < 100; i++) {
            assertThat(lone.stack.waitNext(lone.completion, MILLI)).isEqualTo(WaitResult.COMPLETED);
        }
        assertThat(drain()).isZero();
        assertThat(lone.count("tcp.retransmits")).isZero();
    }

    @Test
    void whatWasReallyLostIsSentAgainAsSoonAsTheRingIsEmpty() {
        List<Client> clients = connect(200);
        answer(clients, 500);
        lone.clock.advance(300 * MILLI);
        clients.subList(0, 150).forEach(c -> lone.device.arrives(c.segment(ACK)));
        drain();
        assertThat(lone.count("tcp.timeouts")).isEqualTo(50);
    }

    @Test
    void aFloodDoesNotHoldTimersOff() {
        List<Client> clients = connect(1);
        answer(clients, 500);
        lone.clock.advance(300 * MILLI);
        Client stranger = new Client(9);
        int turns = 0;
        while (lone.count("tcp.timeouts") == 0) {
            assertThat(++turns).isLessThan(100);
            for (int i = 0; i < 64; i++) {
                lone.device.arrives(stranger.segment(4));
            }
            assertThat(lone.stack.waitNext(lone.completion, 0)).isEqualTo(WaitResult.TIMED_OUT);
        }
    }

    @Test
    void aSlowFloodDoesNotHoldTimersOffEither() {
        List<Client> clients = connect(1);
        answer(clients, 500);
        Client stranger = new Client(9);
        for (int i = 0; i < 60; i++) { // 600 ms, with one packet in each turn of 10 ms and a half
            lone.clock.advance(10_500_000L);
            lone.device.arrives(stranger.segment(4));
            lone.stack.waitNext(lone.completion, 0);
        }
        assertThat(lone.count("tcp.timeouts")).isPositive();
    }

    @Test
    void aHandshakeWhoseAnswerCameDuringAPauseLosesNothing() {
        int queue = lone.stack.socket(Transport.TCP);
        assertThat(lone.stack.connect(queue, Endpoint.of("198.18.0.9", PORT))).isNotEqualTo(LibOs.NO_TOKEN);
        lone.turn();
        byte[] syn = lone.takeIpv4(6).getFirst();
        Client server = new Client(PORT);
        server.ack = Packets.i32(syn, 38) + 1;
        byte[] synAck = Arrays.copyOfRange(server.segment(SYN | ACK), 34, 54);
        ByteBuffer b = ByteBuffer.wrap(synAck);
        b.putShort(2, (short) Packets.u16(syn, 34)).putShort(16, (short) 0);
        long pseudo = Packets.pseudo(LoneStack.PEER, LoneStack.OWN, 6, 20);
        b.putShort(16, (short) ~Packets.checksum(synAck, 0, 20, pseudo));
        lone.clock.advance(1_500 * MILLI);
        lone.device.arrives(LoneStack.fromPeer(6, synAck));
        assertThat(lone.turn()).isTrue();
        assertThat(lone.completion.status()).isEqualTo(Status.OK);
        assertThat(lone.count("tcp.timeouts")).isZero();
    }

    @Test
    void aFinThatCameDuringAPauseEndsItsConnectionInOrder() { // FIN-WAIT-2 of a closed queue lasts 60 s
        Client c = connect(1).getFirst();
        lone.stack.closeQueue(c.queue);
        lone.turn();
        lone.takeIpv4(6);
        c.ack++;
        lone.device.arrives(c.segment(ACK));
        drain();
        lone.clock.advance(61 * SECOND);
        lone.device.arrives(c.segment(FIN | ACK));
        drain();
        assertThat(lone.count("tcp.resets.sent")).isZero();
        assertThat(lone.count("tcp.time-wait")).isEqualTo(1);
    }

    @Test
    void aFinThatCameAgainDuringAPauseFindsTimeWait() {
        Client c = connect(1).getFirst();
        lone.stack.closeQueue(c.queue);
        lone.turn();
        c.ack++;
        lone.device.arrives(c.segment(FIN | ACK));
        drain();
        assertThat(lone.count("tcp.time-wait")).isEqualTo(1);
        lone.clock.advance(61 * SECOND);
        lone.device.arrives(c.segment(FIN | ACK));
        drain();
        assertThat(lone.count("tcp.resets.sent")).isZero();
    }

    @Test
    void aNeighbourWhoseAnswerCameDuringAPauseIsNotGivenUp() { // three requests, a second apart
        int queue = lone.stack.socket(Transport.TCP);
        int unknown = Packets.ip("198.18.0.77");
        assertThat(lone.stack.connect(queue, Endpoint.of("198.18.0.77", PORT))).isNotEqualTo(LibOs.NO_TOKEN);
        lone.turn();
        for (int i = 0; i < 2; i++) {
            lone.clock.advance(1_001 * MILLI);
            lone.turn();
        }
        lone.device.takeSent();
        lone.clock.advance(1_500 * MILLI);
        lone.device.arrives(
                Packets.arp(ScriptedDevice.MAC, 2, 0x0200_0000_0077L, unknown, ScriptedDevice.MAC, LoneStack.OWN));
        assertThat(lone.turn()).as("a completion: unreachable").isFalse();
        assertThat(lone.takeIpv4(6)).isNotEmpty();
    }
}
