package io.penstock.libos.tcp.arp;

import static io.penstock.libos.tcp.testing.LoneStack.FAR;
import static io.penstock.libos.tcp.testing.LoneStack.GATEWAY;
import static io.penstock.libos.tcp.testing.LoneStack.GATEWAY_MAC;
import static io.penstock.libos.tcp.testing.LoneStack.OWN;
import static io.penstock.libos.tcp.testing.LoneStack.PEER;
import static io.penstock.libos.tcp.testing.LoneStack.PEER_MAC;
import static io.penstock.testkit.packet.Packets.BROADCAST_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.device.Capabilities;
import io.penstock.libos.tcp.neighbour.Neighbours;
import io.penstock.libos.tcp.testing.LoneStack;
import io.penstock.memory.Buffer;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Packets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ArpTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int REQUEST = 1;
    private static final int REPLY = 2;
    private static final long OTHER_MAC = 0x0200_0000_0666L;

    private final LoneStack lone = new LoneStack();
    private final int queue = lone.stack.socket(Transport.UDP);

    @AfterEach
    void nothingIsLeaked() {
        lone.stack.abort(queue);
        lone.turn();
        assertThat(lone.framesInUse()).as(lone.stack.pool().leakReport()).isZero();
        lone.close();
    }

    /** Sends a datagram whose payload is one number, and expects it to be taken. */
    private void send(int to, int number) {
        assertThat(trySend(to, number)).isEqualTo(Status.OK);
    }

    private Status trySend(int to, int number) {
        Buffer b = lone.stack.allocate(4);
        b.putInt(0, number);
        long token = lone.stack.pushTo(queue, b, Endpoint.ofIpv4(to, 7));
        b.release();
        assertThat(token).isNotEqualTo(LibOs.NO_TOKEN);
        lone.stack.waitFor(token, lone.completion, 0);
        assertThat(lone.completion.opcode()).isEqualTo(Opcode.PUSH);
        lone.turn();
        return lone.completion.status();
    }

    private static int number(byte[] packet) {
        return Packets.i32(packet, 42);
    }

    private void reply(long mac, int address) {
        lone.arrives(Packets.arp(ScriptedDevice.MAC, REPLY, mac, address, ScriptedDevice.MAC, OWN));
    }

    private static void assertRequest(byte[] packet, long destination, int target) {
        assertThat(packet).hasSize(42);
        assertThat(Packets.mac48(packet, 0)).isEqualTo(destination);
        assertThat(Packets.mac48(packet, 6)).isEqualTo(ScriptedDevice.MAC);
        assertThat(Packets.u16(packet, 12)).isEqualTo(0x0806);
        assertThat(Packets.u16(packet, 20)).isEqualTo(REQUEST);
        assertThat(Packets.mac48(packet, 22)).isEqualTo(ScriptedDevice.MAC);
        assertThat(Packets.i32(packet, 28)).isEqualTo(OWN);
        assertThat(Packets.mac48(packet, 32)).isZero();
        assertThat(Packets.i32(packet, 38)).isEqualTo(target);
    }

    @Test
    void answersARequestForItsAddress() {
        lone.arrives(Packets.arp(BROADCAST_MAC, REQUEST, PEER_MAC, PEER, 0, OWN));
        byte[] reply = lone.device.takeOne();
        assertThat(reply).isEqualTo(Packets.arp(PEER_MAC, REPLY, ScriptedDevice.MAC, OWN, PEER_MAC, PEER));
    }

    @Test
    void answersAProbeForItsAddressSoThatAnotherHostDoesNotTakeIt() {
        lone.arrives(Packets.arp(BROADCAST_MAC, REQUEST, PEER_MAC, 0, 0, OWN));
        assertThat(lone.device.takeOne()).isEqualTo(Packets.arp(PEER_MAC, REPLY, ScriptedDevice.MAC, OWN, PEER_MAC, 0));
    }

    @Test
    void doesNotAnswerForOtherAddresses() {
        lone.arrives(Packets.arp(BROADCAST_MAC, REQUEST, PEER_MAC, PEER, 0, GATEWAY));
        assertThat(lone.device.takeSent()).isEmpty();
    }

    @Test
    void keepsPacketsInOrderUntilTheNeighbourAnswers() {
        for (int i = 0; i < 5; i++) {
            send(PEER, i);
        }
        assertRequest(lone.device.takeOne(), BROADCAST_MAC, PEER);
        reply(PEER_MAC, PEER);
        List<byte[]> sent = lone.takeIpv4(17);
        assertThat(sent).extracting(ArpTest::number).containsExactly(0, 1, 2, 3, 4);
        assertThat(sent).allSatisfy(p -> {
            assertThat(Packets.mac48(p, 0)).isEqualTo(PEER_MAC);
            assertThat(Packets.mac48(p, 6)).isEqualTo(ScriptedDevice.MAC);
            assertThat(Packets.u16(p, 12)).isEqualTo(0x0800);
        });
        send(PEER, 5);
        assertThat(lone.takeIpv4(17)).extracting(ArpTest::number).containsExactly(5);
    }

    @Test
    void sendsToOtherNetworksThroughTheGateway() {
        send(FAR, 1);
        assertRequest(lone.device.takeOne(), BROADCAST_MAC, GATEWAY);
        reply(GATEWAY_MAC, GATEWAY);
        byte[] packet = lone.device.takeOne();
        assertThat(Packets.mac48(packet, 0)).isEqualTo(GATEWAY_MAC);
        assertThat(Packets.i32(packet, 30)).isEqualTo(FAR);
    }

    @Test
    void asksThreeTimesASecondApartThenGivesUpAndGivesTheFramesBack() {
        send(PEER, 1);
        int requests = lone.device.takeSent().size();
        for (int i = 0; i < 40; i++) {
            lone.pass(SECOND / 10);
            int sent = lone.device.takeSent().size();
            assertThat(sent).isLessThanOrEqualTo(1);
            requests += sent;
        }
        assertThat(requests).isEqualTo(3);
        assertThat(lone.framesInUse()).isZero();
        assertThat(lone.count("arp.failed")).isEqualTo(1);
    }

    @Test
    void answersUnreachableForASecondAfterItGaveUpThenAsksAgain() {
        send(PEER, 1);
        lone.pass(3 * SECOND + SECOND / 2);
        lone.device.takeSent();
        assertThat(trySend(PEER, 2)).isEqualTo(Status.HOST_UNREACHABLE);
        assertThat(lone.device.takeSent()).isEmpty();
        lone.pass(SECOND);
        send(PEER, 3);
        assertRequest(lone.device.takeOne(), BROADCAST_MAC, PEER);
        reply(PEER_MAC, PEER);
        assertThat(number(lone.device.takeOne())).isEqualTo(3);
    }

    @Test
    void boundsHowManyPacketsWaitForOneNeighbour() {
        int taken = 0;
        while (trySend(PEER, taken) == Status.OK) {
            taken++;
            assertThat(taken).isLessThanOrEqualTo(1000);
        }
        assertThat(lone.completion.status()).isEqualTo(Status.TRY_AGAIN);
        assertThat(taken).isBetween(16, 128);
        reply(PEER_MAC, PEER);
        assertThat(lone.takeIpv4(17)).hasSize(taken);
    }

    @Test
    void aHostThatCannotBeFoundDoesNotHoldUpOthers() {
        lone.peerIsKnown();
        while (trySend(Packets.ip("198.18.0.77"), 0) == Status.OK) {}
        lone.device.takeSent();
        send(PEER, 42);
        assertThat(number(lone.device.takeOne())).isEqualTo(42);
        lone.pass(4 * SECOND);
    }

    @Test
    void loosesNothingAndStaysOnCourseWhileAnOldEntryIsVerified() {
        lone.peerIsKnown();
        lone.pass(31 * SECOND);
        send(PEER, 1);
        List<ScriptedDevice.Sent> sent = lone.device.takeSent();
        assertThat(sent).hasSize(2);
        assertRequest(sent.get(0).bytes(), PEER_MAC, PEER); // to the known address, not to everybody
        assertThat(number(sent.get(1).bytes())).isEqualTo(1);
        reply(PEER_MAC, PEER);
        lone.pass(20 * SECOND);
        send(PEER, 2);
        assertThat(number(lone.device.takeOne())).isEqualTo(2); // confirmed: nothing is asked
    }

    @Test
    void asksEverybodyWhenAnOldEntryIsNotConfirmedAndLosesNoPacket() {
        lone.peerIsKnown();
        lone.pass(31 * SECOND);
        send(PEER, 0);
        lone.pass(3 * SECOND - SECOND / 2);
        send(PEER, 1);
        assertThat(lone.takeIpv4(17)).extracting(ArpTest::number).containsExactly(0, 1);
        lone.pass(SECOND);
        assertRequest(lone.device.takeOne(), BROADCAST_MAC, PEER);
        send(PEER, 2);
        assertThat(lone.device.takeSent()).isEmpty();
        reply(OTHER_MAC, PEER);
        byte[] packet = lone.device.takeOne();
        assertThat(number(packet)).isEqualTo(2);
        assertThat(Packets.mac48(packet, 0)).isEqualTo(OTHER_MAC);
    }

    @Test
    void learnsNothingFromStrangersWhoDoNotAskForIt() {
        lone.arrives(Packets.arp(BROADCAST_MAC, REQUEST, PEER_MAC, PEER, 0, GATEWAY));
        lone.arrives(Packets.arp(ScriptedDevice.MAC, REPLY, PEER_MAC, PEER, ScriptedDevice.MAC, OWN));
        lone.arrives(Packets.arp(BROADCAST_MAC, REPLY, PEER_MAC, PEER, BROADCAST_MAC, PEER));
        assertThat(lone.count("arp.entries")).isZero();
        send(PEER, 1);
        assertRequest(lone.device.takeOne(), BROADCAST_MAC, PEER);
        reply(PEER_MAC, PEER);
    }

    @Test
    void learnsFromWhoAsksForItsAddress() {
        lone.arrives(Packets.arp(BROADCAST_MAC, REQUEST, PEER_MAC, PEER, 0, OWN));
        lone.device.takeSent();
        send(PEER, 1);
        List<ScriptedDevice.Sent> sent = lone.device.takeSent();
        assertThat(number(sent.getLast().bytes())).isEqualTo(1);
        assertThat(Packets.mac48(sent.getLast().bytes(), 0)).isEqualTo(PEER_MAC);
    }

    @Test
    void learnsNothingAboutAddressesThatAreNotOnTheLink() {
        lone.arrives(Packets.arp(BROADCAST_MAC, REQUEST, PEER_MAC, FAR, 0, OWN));
        lone.device.takeSent();
        assertThat(lone.count("arp.entries")).isZero();
    }

    @Test
    void doesNotBelieveAForgedReplyWhileTheTrueHolderAnswers() {
        lone.peerIsKnown();
        reply(OTHER_MAC, PEER);
        assertRequest(lone.device.takeOne(), PEER_MAC, PEER);
        send(PEER, 1);
        assertThat(Packets.mac48(lone.device.takeOne(), 0)).isEqualTo(PEER_MAC);
        reply(PEER_MAC, PEER);
        assertThat(lone.count("arp.claims.rejected")).isEqualTo(1);
        lone.pass(2 * SECOND);
        send(PEER, 2);
        assertThat(Packets.mac48(lone.device.takeOne(), 0)).isEqualTo(PEER_MAC);
    }

    @Test
    void aStreamOfForgedRepliesDoesNotBecomeAStreamOfProbes() {
        lone.peerIsKnown();
        for (int i = 0; i < 1000; i++) {
            reply(OTHER_MAC + i, PEER);
            lone.device.takeSent().forEach(_ -> reply(PEER_MAC, PEER));
        }
        assertThat(lone.count("arp.requests.sent")).isLessThan(10);
    }

    @Test
    void followsANeighbourThatMovedWhenTheOldAddressIsSilent() {
        lone.peerIsKnown();
        // As a standby announces itself that takes an address over.
        lone.arrives(Packets.arp(BROADCAST_MAC, REQUEST, OTHER_MAC, PEER, 0, PEER));
        lone.pass(SECOND);
        lone.device.takeSent();
        assertThat(lone.count("arp.claims.taken-over")).isEqualTo(1);
        send(PEER, 1);
        assertThat(Packets.mac48(lone.takeIpv4(17).getFirst(), 0)).isEqualTo(OTHER_MAC);
    }

    @Test
    void defendsItsAddressOnceInTenSeconds() {
        for (int i = 0; i < 50; i++) {
            lone.arrives(Packets.arp(BROADCAST_MAC, REQUEST, OTHER_MAC, OWN, 0, OWN));
        }
        assertRequest(lone.device.takeOne(), BROADCAST_MAC, OWN);
        assertThat(lone.count("arp.conflicts")).isEqualTo(50);
        lone.pass(11 * SECOND);
        lone.device.takeSent();
        lone.arrives(Packets.arp(BROADCAST_MAC, REQUEST, OTHER_MAC, OWN, 0, OWN));
        assertRequest(lone.device.takeOne(), BROADCAST_MAC, OWN);
    }

    @Test
    void aFloodOfAskersLeavesTheTableBounded() {
        lone.peerIsKnown();
        for (int i = 0; i < 200_000; i++) {
            lone.device.arrives(
                    Packets.arp(BROADCAST_MAC, REQUEST, OTHER_MAC + i, Packets.ip("198.18.0.0") + i % 254 + 1, 0, OWN));
            if (i % 50 == 0) {
                lone.turn();
                lone.device.takeSent();
            }
        }
        lone.turn();
        lone.device.takeSent();
        assertThat(lone.count("arp.entries")).isLessThanOrEqualTo(Neighbours.DEFAULT_CAPACITY);
        send(PEER, 1);
        assertThat(Packets.mac48(lone.takeIpv4(17).getFirst(), 0)).isEqualTo(PEER_MAC);
    }

    @Test
    void sendsPacketsThatWaitedWhenTheTransmitQueueHasRoomAgain() {
        for (int i = 0; i < 5; i++) {
            send(PEER, i);
        }
        lone.device.takeSent();
        lone.device.room(2);
        reply(PEER_MAC, PEER);
        assertThat(lone.takeIpv4(17)).hasSize(2);
        send(PEER, 5);
        lone.device.room(1000);
        lone.turn();
        assertThat(lone.takeIpv4(17)).extracting(ArpTest::number).containsExactly(2, 3, 4, 5);
    }

    @Test
    void announcesItsAddressAtStartAndOnceMore() {
        assertThat(lone.announcements).hasSize(2).allSatisfy(p -> assertRequest(p.bytes(), BROADCAST_MAC, OWN));
    }

    @Test
    void moreNeighboursThanTheTableHoldsAreServedInTurn() {
        try (LoneStack large = new LoneStack("198.18.0.2/16", 512, 1024, Capabilities.none())) {
            int first = Packets.ip("198.18.1.1");
            int udp = large.stack.socket(Transport.UDP);
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 1500; i++) {
                    Buffer b = large.stack.allocate(4);
                    b.putInt(0, i);
                    large.stack.pushTo(udp, b, Endpoint.ofIpv4(first + i, 7));
                    b.release();
                    large.turn();
                    large.arrives(
                            Packets.arp(ScriptedDevice.MAC, REPLY, PEER_MAC + i, first + i, ScriptedDevice.MAC, OWN));
                    large.turn();
                    assertThat(large.takeIpv4(17)).extracting(ArpTest::number).containsExactly(i);
                }
            }
            assertThat(large.count("arp.entries")).isEqualTo(Neighbours.DEFAULT_CAPACITY);
            assertThat(large.framesInUse()).isZero();
        }
    }

    @Test
    void aNeighbourThatIsAskedFirstFindsRoomHoweverManyOthersAreSilent() {
        lone.arrives(Packets.arp(BROADCAST_MAC, REQUEST, PEER_MAC, 0, 0, OWN));
        for (int host = 20; host < 220; host++) {
            for (int i = 0; i < 10; i++) {
                trySend(Packets.ip("198.18.0.0") + host, i);
            }
        }
        assertThat(lone.framesInUse()).isBetween(8, 512 / 16);
        lone.device.takeSent();
        send(PEER, 42);
        reply(PEER_MAC, PEER);
        assertThat(lone.takeIpv4(17)).extracting(ArpTest::number).containsExactly(42);
        lone.pass(4 * SECOND);
    }

    @Test
    void prefersTheNeighboursOwnAnswerToWhatOthersSayOfIt() {
        send(PEER, 1);
        lone.arrives(Packets.arp(BROADCAST_MAC, REQUEST, OTHER_MAC, PEER, 0, GATEWAY));
        assertThat(lone.takeIpv4(17)).isEmpty();
        reply(PEER_MAC, PEER);
        assertThat(Packets.mac48(lone.takeIpv4(17).getFirst(), 0)).isEqualTo(PEER_MAC);
    }

    @Test
    void believesAfterAWhileWhatNobodyElseAnswers() {
        send(PEER, 1);
        lone.device.takeSent();
        lone.pass(SECOND / 2);
        lone.arrives(Packets.arp(BROADCAST_MAC, REQUEST, OTHER_MAC, PEER, 0, OWN));
        assertThat(lone.count("arp.requests.sent"))
                .as("asked once more, at once")
                .isEqualTo(4);
        assertThat(lone.takeIpv4(17)).isEmpty();
        lone.pass(SECOND / 10);
        assertThat(Packets.mac48(lone.takeIpv4(17).getFirst(), 0)).isEqualTo(OTHER_MAC);
    }

    @Test
    void namesTheGatewayThatDoesNotAnswer() {
        send(FAR, 1);
        lone.pass(5 * SECOND);
        assertThat(lone.counters.remedyOf("arp.failed.gateway")).contains("198.18.0.1", "--gateway");
        assertThat(lone.counters.remedyOf("tx.dropped.no-route")).isNull();
    }

    @Test
    void namesWhoElseUsesItsAddress() {
        lone.arrives(Packets.arp(BROADCAST_MAC, REQUEST, OTHER_MAC, OWN, 0, OWN));
        lone.pass(2 * SECOND);
        assertThat(lone.counters.remedyOf("arp.conflicts")).contains("198.18.0.2", "02:00:00:00:06:66");
        lone.device.takeSent();
    }

    @Test
    void namesAClientToWhomThereIsNoRoute() {
        try (LoneStack alone = new LoneStack("198.18.0.2/24", "", 512, 1024, Capabilities.none())) {
            alone.arrives(LoneStack.syn(GATEWAY_MAC, FAR, 1234, 9));
            alone.pass(2 * SECOND);
            assertThat(alone.count("tx.dropped.no-route")).isEqualTo(1);
            assertThat(alone.counters.remedyOf("tx.dropped.no-route")).contains("198.19.7.7", "--gateway");
        }
    }
}
