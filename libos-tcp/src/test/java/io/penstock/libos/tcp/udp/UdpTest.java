package io.penstock.libos.tcp.udp;

import static io.penstock.libos.tcp.testing.LoneStack.FAR;
import static io.penstock.libos.tcp.testing.LoneStack.OWN;
import static io.penstock.libos.tcp.testing.LoneStack.PEER;
import static io.penstock.libos.tcp.testing.LoneStack.PEER_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.libos.tcp.testing.LoneStack;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Packets;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UdpTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int NEWCOMER = Packets.ip("198.18.0.123");
    private final LoneStack lone = new LoneStack();
    private final LibOs os = lone.stack;
    private int queue;

    @BeforeEach
    void open() {
        lone.peerIsKnown();
        queue = os.socket(Transport.UDP);
        assertThat(os.bind(queue, Endpoint.ofIpv4(0, 7))).isEqualTo(Status.OK);
    }

    @AfterEach
    void nothingIsLeaked() {
        os.abort(queue);
        while (lone.turn()) {
            if (lone.completion.buffer() != null) {
                lone.completion.buffer().release();
            }
        }
        assertThat(lone.framesInUse()).as(os.pool().leakReport()).isZero();
        assertThat(os.pool().slicesInUse()).isZero();
        lone.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String text(Buffer b) {
        byte[] bytes = new byte[b.length()];
        b.getBytes(0, bytes, 0, bytes.length);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private Buffer buffer(String text) {
        Buffer b = os.allocate(text.length());
        b.putBytes(0, bytes(text), 0, text.length());
        return b;
    }

    private String pop(int maxBytes) {
        long token = os.pop(queue, maxBytes);
        assertThat(lone.turn()).isTrue();
        assertThat(lone.completion.token()).isEqualTo(token);
        assertThat(lone.completion.status()).isEqualTo(Status.OK);
        Buffer b = lone.completion.buffer();
        assertThat(b.length()).isEqualTo(lone.completion.lengthBytes());
        String text = text(b);
        b.release();
        return text;
    }

    @Test
    void givesTheReceivedFrameItselfToTheApplication() {
        os.pop(queue);
        lone.device.arrives(LoneStack.udpFromPeer(1234, 7, bytes("hello")));
        assertThat(lone.turn()).isTrue();
        assertThat(lone.completion.opcode()).isEqualTo(Opcode.POP);
        assertThat(text(lone.completion.buffer())).isEqualTo("hello");
        assertThat(lone.completion.buffer().address()).isEqualTo(lone.device.lastReceivedAddress() + 42);
        assertThat(lone.completion.peer()).isEqualTo(Endpoint.ofIpv4(PEER, 1234));
        lone.completion.buffer().release();
    }

    @Test
    void transmitsThePushedFrameItself() {
        Buffer b = buffer("hello");
        long address = b.address();
        os.pushTo(queue, b, Endpoint.ofIpv4(PEER, 1234));
        b.release();
        assertThat(lone.turn()).isTrue();
        List<ScriptedDevice.Sent> sent = lone.device.takeSent();
        assertThat(sent).hasSize(1);
        assertThat(sent.getFirst().address()).isEqualTo(address - 42);
        assertThat(LoneStack.udpPayload(sent.getFirst().bytes())).isEqualTo(bytes("hello"));
        assertThat(lone.count("udp.sent.copied")).isZero();
    }

    @Test
    void anEchoTravelsInOneFrame() {
        os.pop(queue);
        lone.device.arrives(LoneStack.udpFromPeer(1234, 7, bytes("echo")));
        assertThat(lone.turn()).isTrue();
        Buffer b = lone.completion.buffer();
        os.pushTo(queue, b, lone.completion.peer());
        b.release();
        lone.turn();
        ScriptedDevice.Sent sent = lone.device.takeSent().getFirst();
        assertThat(sent.address()).isEqualTo(lone.device.lastReceivedAddress());
        byte[] expected = Packets.udp(OWN, 7, PEER, 1234, bytes("echo"));
        assertThat(java.util.Arrays.copyOfRange(sent.bytes(), 34, sent.bytes().length))
                .isEqualTo(expected);
        assertThat(Packets.checksum(sent.bytes(), 14, 20, 0)).isEqualTo(0xffff);
        assertThat(Packets.mac48(sent.bytes(), 0)).isEqualTo(PEER_MAC);
    }

    @Test
    void queuesDatagramsWithTheirSendersUntilTheyArePopped() {
        for (int i = 0; i < 100; i++) {
            lone.arrives(LoneStack.udpFromPeer(1000 + i, 7, bytes("datagram " + i)));
        }
        for (int i = 0; i < 100; i++) {
            assertThat(pop(2000)).isEqualTo("datagram " + i);
            assertThat(lone.completion.peer()).isEqualTo(Endpoint.ofIpv4(PEER, 1000 + i));
        }
    }

    @Test
    void aPopWithALimitLeavesTheRestForTheNextFromTheSamePeer() {
        lone.arrives(LoneStack.udpFromPeer(1111, 7, bytes("abcdefghij")));
        lone.arrives(LoneStack.udpFromPeer(2222, 7, bytes("next")));
        assertThat(pop(4)).isEqualTo("abcd");
        assertThat(lone.completion.peer().port()).isEqualTo(1111);
        assertThat(pop(4)).isEqualTo("efgh");
        assertThat(lone.completion.peer().port()).isEqualTo(1111);
        assertThat(pop(4)).isEqualTo("ij");
        assertThat(lone.completion.peer()).isEqualTo(Endpoint.ofIpv4(PEER, 1111));
        assertThat(pop(4)).isEqualTo("next");
        assertThat(lone.completion.peer().port()).isEqualTo(2222);
    }

    @Test
    void aDatagramLongerThanWaitingPopsIsCutUpAmongThem() {
        os.pop(queue, 3);
        os.pop(queue, 3);
        os.pop(queue);
        lone.device.arrives(LoneStack.udpFromPeer(1111, 7, bytes("abcdefgh")));
        List<String> got = new ArrayList<>();
        while (lone.turn()) {
            got.add(text(lone.completion.buffer()));
            lone.completion.buffer().release();
        }
        assertThat(got).containsExactly("abc", "def", "gh");
    }

    @Test
    void anEmptyDatagramIsABufferWithoutBytesAndNotTheEndOfAnything() {
        os.pop(queue);
        lone.device.arrives(LoneStack.udpFromPeer(1111, 7, new byte[0]));
        assertThat(lone.turn()).isTrue();
        Buffer b = lone.completion.buffer();
        assertThat(b).isNotNull();
        assertThat(b.length()).isZero();
        os.pushTo(queue, b, lone.completion.peer());
        b.release();
        lone.turn();
        assertThat(Packets.u16(lone.device.takeOne(), 38)).isEqualTo(8);
    }

    @Test
    void acceptsADatagramWithoutChecksumAndRefusesAWrongOne() {
        byte[] without = Packets.udp(PEER, 1, OWN, 7, bytes("none"));
        without[6] = 0;
        without[7] = 0;
        lone.arrives(LoneStack.fromPeer(17, without));
        byte[] wrong = Packets.udp(PEER, 1, OWN, 7, bytes("wrong"));
        wrong[10] ^= 4;
        lone.arrives(LoneStack.fromPeer(17, wrong));
        assertThat(lone.count("rx.dropped.udp-checksum")).isEqualTo(1);
        assertThat(pop(100)).isEqualTo("none");
    }

    @Test
    void neverSendsAChecksumOfZero() {
        // Of 70,000 payloads one at least sums up to what would be zero.
        int zeroForms = 0;
        for (int i = 0; i < 70_000; i++) {
            Buffer b = os.allocate(4);
            b.putInt(0, i);
            os.pushTo(queue, b, Endpoint.ofIpv4(PEER, 1234));
            b.release();
            assertThat(lone.turn()).isTrue();
            byte[] packet = lone.device.takeSent().getFirst().bytes();
            assertThat(Packets.u16(packet, 40)).isNotZero();
            assertThat(Packets.checksum(packet, 34, 12, Packets.pseudo(OWN, PEER, 17, 12)))
                    .isEqualTo(0xffff);
            zeroForms += Packets.u16(packet, 40) == 0xffff ? 1 : 0;
        }
        assertThat(zeroForms).isPositive();
    }

    @Test
    void dropsWhatItsLengthFieldContradicts() {
        for (int length : new int[] {0, 7, 13, 65535}) {
            byte[] datagram = Packets.udp(PEER, 1, OWN, 7, bytes("1234"));
            datagram[4] = (byte) (length >>> 8);
            datagram[5] = (byte) length;
            datagram[6] = 0;
            datagram[7] = 0;
            lone.arrives(LoneStack.fromPeer(17, datagram));
        }
        for (int cut = 0; cut < 8; cut++) {
            lone.arrives(LoneStack.fromPeer(17, new byte[cut]));
        }
        assertThat(lone.count("rx.dropped.udp-malformed")).isEqualTo(12);
        assertThat(lone.count("udp.received")).isZero();
    }

    @Test
    void boundsWhatAQueueKeeps() {
        for (int i = 0; i < 2000; i++) {
            lone.arrives(LoneStack.udpFromPeer(1, 7, bytes("x")));
        }
        assertThat(lone.count("rx.dropped.udp-frames-full")).isGreaterThan(1000);
        assertThat(os.pool().freeFrames()).isGreaterThan(100);
        assertThat(pop(10)).isEqualTo("x");
        lone.arrives(LoneStack.udpFromPeer(1, 7, bytes("fits again")));
        assertThat(lone.count("udp.received") + lone.count("rx.dropped.udp-frames-full"))
                .isEqualTo(2001);
    }

    @Test
    void gathersAChainIntoOneDatagram() {
        Buffer first = buffer("one ");
        Buffer second = buffer("two ");
        second.next(buffer("three"));
        first.next(second);
        os.pushTo(queue, first, Endpoint.ofIpv4(PEER, 9));
        first.release();
        assertThat(lone.turn()).isTrue();
        assertThat(lone.completion.lengthBytes()).isEqualTo(13);
        assertThat(LoneStack.udpPayload(lone.device.takeOne())).isEqualTo(bytes("one two three"));
    }

    @Test
    void refusesADatagramThatOnePacketCannotCarry() {
        for (int length : new int[] {1473, 3000}) {
            Buffer b = os.allocate(length);
            os.pushTo(queue, b, Endpoint.ofIpv4(PEER, 9));
            b.release();
            assertThat(lone.turn()).isTrue();
            assertThat(lone.completion.status()).isEqualTo(Status.MESSAGE_TOO_LONG);
        }
        Buffer b = os.allocate(1472);
        os.pushTo(queue, b, Endpoint.ofIpv4(PEER, 9));
        b.release();
        assertThat(lone.turn()).isTrue();
        assertThat(lone.completion.status()).isEqualTo(Status.OK);
        assertThat(lone.device.takeOne()).hasSize(1514);
    }

    @Test
    void copiesWhenTheFrameIsStillOnItsWay() {
        lone.device.keepsFrames(true);
        Buffer b = buffer("twice");
        os.pushTo(queue, b, Endpoint.ofIpv4(PEER, 1));
        os.pushTo(queue, b, Endpoint.ofIpv4(PEER, 2));
        b.release();
        assertThat(lone.turn()).as("the copy").isTrue();
        assertThat(lone.turn()).as("the device has the frame").isFalse();
        List<ScriptedDevice.Sent> sent = lone.device.takeSent();
        assertThat(sent).extracting(s -> Packets.u16(s.bytes(), 36)).containsExactly(1, 2);
        assertThat(sent)
                .allSatisfy(s -> assertThat(LoneStack.udpPayload(s.bytes())).isEqualTo(bytes("twice")));
        assertThat(sent.get(0).frame()).isNotSameAs(sent.get(1).frame());
        assertThat(lone.count("udp.sent.copied")).isEqualTo(1);
        assertThat(lone.framesInUse()).isEqualTo(2);
        lone.device.giveBack();
        assertThat(lone.turn()).isTrue();
    }

    /** The application reads the completion and writes the next datagram into the same frame. */
    private void pushAndOverwrite(int port, Runnable untilItIsSent) {
        Buffer b = buffer("first");
        long token = os.pushTo(queue, b, Endpoint.ofIpv4(NEWCOMER, port));
        boolean mayChange = lone.turn();
        if (mayChange) {
            assertThat(lone.completion.token()).isEqualTo(token);
            assertThat(lone.completion.status()).isEqualTo(Status.OK);
            b.putBytes(0, bytes("other"), 0, 5);
        }
        untilItIsSent.run();
        if (!mayChange) {
            assertThat(lone.turn()).isTrue();
            assertThat(lone.completion.token()).isEqualTo(token);
        }
        b.release();
        byte[] sent = lone.takeIpv4(17).getFirst();
        assertThat(LoneStack.udpPayload(sent)).isEqualTo(bytes("first"));
        long pseudo = Packets.pseudo(OWN, NEWCOMER, 17, 13);
        assertThat(Packets.checksum(sent, 34, 13, pseudo)).isEqualTo(0xffff);
    }

    private void newcomerAnswers() {
        lone.device.arrives(Packets.arp(ScriptedDevice.MAC, 2, PEER_MAC, NEWCOMER, ScriptedDevice.MAC, OWN));
        lone.turn();
    }

    @Test
    void theBytesMayChangeOnceAPushIsCompleteThoughTheNeighbourHasNotAnswered() {
        pushAndOverwrite(1, this::newcomerAnswers);
    }

    @Test
    void theBytesMayChangeOnceAPushIsCompleteThoughTheDeviceTakesNothing() {
        pushAndOverwrite(1, this::newcomerAnswers);
        lone.device.room(0);
        pushAndOverwrite(1, () -> {
            lone.turn();
            lone.device.room(100);
        });
    }

    @Test
    void aPushIsCompleteWhenTheDeviceHasGivenItsFrameBack() {
        pushAndOverwrite(1, this::newcomerAnswers);
        lone.device.keepsFrames(true);
        Buffer b = buffer("first");
        os.pushTo(queue, b, Endpoint.ofIpv4(NEWCOMER, 1));
        assertThat(lone.turn()).isFalse();
        assertThat(lone.device.takeSent()).hasSize(1);
        assertThat(lone.turn()).isFalse();
        lone.device.giveBack();
        assertThat(lone.turn()).isTrue();
        assertThat(lone.completion.status()).isEqualTo(Status.OK);
        b.release();
    }

    @Test
    void aFrameThatIsKeptElsewhereHoldsUpNoOtherPush() {
        pushAndOverwrite(1, this::newcomerAnswers);
        Buffer kept = buffer("first");
        long first = os.pushTo(queue, kept, Endpoint.ofIpv4(NEWCOMER, 1));
        ACCESS.hold(kept); // as a connection does whose peer does not read
        Buffer b = buffer("other");
        long second = os.pushTo(queue, b, Endpoint.ofIpv4(NEWCOMER, 1));
        b.release();
        lone.clock.advance(1_000_000);
        assertThat(lone.turn()).isTrue();
        assertThat(lone.completion.token()).isEqualTo(second);
        ACCESS.unhold(kept);
        assertThat(lone.turn()).isTrue();
        assertThat(lone.completion.token()).isEqualTo(first);
        kept.release();
    }

    @Test
    void copiesASliceBecauseTheBytesInFrontOfItAreAnothersData() {
        Buffer b = buffer("headers must not overwrite this, tail");
        Buffer slice = b.slice(33, 4);
        os.pushTo(queue, slice, Endpoint.ofIpv4(PEER, 1));
        slice.release();
        lone.turn();
        assertThat(LoneStack.udpPayload(lone.device.takeOne())).isEqualTo(bytes("tail"));
        assertThat(text(b)).isEqualTo("headers must not overwrite this, tail");
        b.release();
    }

    @Test
    void pushesWaitInOrderWhileTheDeviceTakesNothing() {
        lone.device.room(0);
        List<Long> tokens = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Buffer b = os.allocate(4);
            b.putInt(0, i);
            long token = os.pushTo(queue, b, Endpoint.ofIpv4(PEER, 1));
            assertThat(token).isNotEqualTo(LibOs.NO_TOKEN);
            tokens.add(token);
            b.release();
        }
        int done = 0;
        while (lone.turn()) {
            done++;
        }
        assertThat(done).isLessThan(300);
        lone.device.room(10_000);
        while (lone.turn()) {
            assertThat(lone.completion.status()).isEqualTo(Status.OK);
            assertThat(lone.completion.token()).isEqualTo(tokens.get(done++));
        }
        assertThat(done).isEqualTo(300);
        List<ScriptedDevice.Sent> sent = lone.device.takeSent();
        for (int i = 0; i < 300; i++) {
            assertThat(Packets.i32(sent.get(i).bytes(), 42)).isEqualTo(i);
        }
    }

    @Test
    void closeCancelsWaitingPushesYetSendsThem() {
        lone.device.room(0);
        for (int i = 0; i < 300; i++) {
            Buffer b = os.allocate(4);
            os.pushTo(queue, b, Endpoint.ofIpv4(PEER, 1));
            b.release();
        }
        while (lone.turn()) {}
        long close = os.closeQueue(queue);
        int cancelled = 0;
        while (lone.turn()) {
            assertThat(lone.completion.status()).isEqualTo(Status.CANCELLED);
            cancelled++;
        }
        assertThat(cancelled).isPositive();
        lone.device.room(10_000);
        assertThat(lone.turn()).isTrue();
        assertThat(lone.completion.token()).isEqualTo(close);
        assertThat(lone.completion.status()).isEqualTo(Status.OK);
        lone.turn();
        assertThat(lone.device.takeSent()).hasSize(300);
        queue = os.socket(Transport.UDP);
    }

    @Test
    void aConnectedQueueHearsItsPeerOnly() {
        os.connect(queue, Endpoint.ofIpv4(PEER, 1234));
        assertThat(lone.turn()).isTrue();
        assertThat(lone.completion.status()).isEqualTo(Status.OK);
        lone.arrives(LoneStack.udpFromPeer(4321, 7, bytes("stranger")));
        lone.arrives(LoneStack.udpFromPeer(1234, 7, bytes("friend")));
        assertThat(pop(100)).isEqualTo("friend");
        Endpoint peer = new Endpoint();
        assertThat(os.peer(queue, peer)).isTrue();
        assertThat(peer).isEqualTo(Endpoint.ofIpv4(PEER, 1234));
        lone.device.takeSent();
        Buffer b = buffer("to friend");
        os.push(queue, b);
        b.release();
        lone.turn();
        assertThat(LoneStack.udpPayload(lone.device.takeOne())).isEqualTo(bytes("to friend"));
    }

    @Test
    void hearsBroadcastsUnlessItIsBoundToOneAddress() {
        byte[] toAll = Packets.ethernet(
                Packets.BROADCAST_MAC,
                PEER_MAC,
                0x0800,
                Packets.ipv4(PEER, -1, 17, Packets.udp(PEER, 68, -1, 7, bytes("all"))));
        lone.arrives(toAll);
        assertThat(pop(10)).isEqualTo("all");
        os.abort(queue);
        queue = os.socket(Transport.UDP);
        assertThat(os.bind(queue, Endpoint.ofIpv4(OWN, 7))).isEqualTo(Status.OK);
        lone.arrives(toAll);
        lone.arrives(LoneStack.udpFromPeer(1, 7, bytes("one")));
        assertThat(pop(10)).isEqualTo("one");
    }

    @Test
    void answersWhyAnAddressCannotBeHad() {
        int other = os.socket(Transport.UDP);
        assertThat(os.bind(other, Endpoint.ofIpv4(0, 7))).isEqualTo(Status.ADDRESS_IN_USE);
        assertThat(os.bind(other, Endpoint.ofIpv4(PEER, 8))).isEqualTo(Status.ADDRESS_NOT_AVAILABLE);
        assertThat(os.bind(queue, Endpoint.ofIpv4(0, 9))).isEqualTo(Status.INVALID);
        assertThat(os.bind(other, Endpoint.ofIpv4(OWN, 0))).isEqualTo(Status.OK);
        Endpoint local = new Endpoint();
        assertThat(os.local(other, local)).isTrue();
        assertThat(local.port()).isBetween(49152, 65535);
        assertThat(local.ipv4()).isEqualTo(OWN);
        os.abort(other);
        int third = os.socket(Transport.UDP);
        assertThat(os.bind(third, local)).as("the port is free again").isEqualTo(Status.OK);
        os.abort(third);
    }

    @Test
    void answersWhySomethingCannotBeSent() {
        Buffer b = buffer("x");
        os.push(queue, b);
        assertThat(lone.turn()).isTrue();
        assertThat(lone.completion.status()).isEqualTo(Status.NOT_CONNECTED);
        os.pushTo(queue, b, Endpoint.ofIpv4(PEER, 0));
        assertThat(lone.turn()).isTrue();
        assertThat(lone.completion.status()).isEqualTo(Status.INVALID);
        for (String nowhere : List.of("198.18.0.255", "255.255.255.255", "224.0.0.1", "127.0.0.1", "198.18.0.2")) {
            os.pushTo(queue, b, Endpoint.of(nowhere, 1));
            assertThat(lone.turn()).isTrue();
            assertThat(lone.completion.status()).as(nowhere).isEqualTo(Status.NETWORK_UNREACHABLE);
        }
        os.pushTo(queue, b, Endpoint.of("2001:db8::1", 1));
        assertThat(lone.turn()).isTrue();
        assertThat(lone.completion.status()).isEqualTo(Status.NETWORK_UNREACHABLE);
        b.release();
        assertThat(lone.device.takeSent()).isEmpty();
    }

    @Test
    void withoutAGatewayOtherNetworksAreUnreachable() {
        Buffer b = buffer("x");
        os.pushTo(queue, b, Endpoint.ofIpv4(FAR, 1));
        b.release();
        lone.turn();
        assertThat(lone.completion.status()).as("there is one").isEqualTo(Status.OK);
        lone.pass(5_000_000_000L); // until the gateway is given up
    }
}
