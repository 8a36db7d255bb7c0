package io.penstock.libos.tcp.icmp;

import static io.penstock.libos.tcp.testing.LoneStack.FAR;
import static io.penstock.libos.tcp.testing.LoneStack.GATEWAY;
import static io.penstock.libos.tcp.testing.LoneStack.GATEWAY_MAC;
import static io.penstock.libos.tcp.testing.LoneStack.OWN;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.libos.tcp.testing.LoneStack;
import io.penstock.memory.Buffer;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Packets;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** RFC 1191: routers say what the path takes, and are believed if they quote what is under way. */
class PathMtuTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int TO_PORT = 4000;
    private static final int ACK = 16;

    private final LoneStack lone = new LoneStack(2048, 1024);
    private int connection;
    private int iss;
    private int port;
    private int peerSeq = 500;

    @AfterEach
    void nothingIsLeaked() {
        if (connection != 0) {
            lone.stack.abort(connection);
        }
        lone.turn();
        lone.device.giveBack();
        while (lone.turn()) {
            if (lone.completion.buffer() != null) {
                lone.completion.buffer().release();
            }
        }
        assertThat(lone.framesInUse()).as(lone.stack.pool().leakReport()).isZero();
        lone.close();
    }

    private void gatewayIsKnown() {
        lone.arrives(Packets.arp(Packets.BROADCAST_MAC, 1, GATEWAY_MAC, GATEWAY, 0, OWN));
        lone.arrives(Packets.arp(ScriptedDevice.MAC, 2, GATEWAY_MAC, GATEWAY, ScriptedDevice.MAC, OWN));
        lone.device.takeSent();
    }

    /** A connection to a host beyond the router. */
    private void connect() {
        gatewayIsKnown();
        connection = lone.stack.socket(Transport.TCP);
        lone.stack.connect(connection, Endpoint.ofIpv4(FAR, TO_PORT));
        lone.turn();
        byte[] syn = lone.takeIpv4(6).getFirst();
        iss = Packets.i32(syn, 38);
        int ownPort = Packets.u16(syn, 34);
        fromFar(ownPort, 2 | ACK, iss + 1, new byte[] {2, 4, 5, (byte) 0xb4}); // MSS 1460
        peerSeq++;
        port = ownPort;
        assertThat(lone.completion.opcode()).isEqualTo(Opcode.CONNECT);
        assertThat(lone.completion.status()).isEqualTo(Status.OK);
        lone.turn();
        lone.device.takeSent();
    }

    private void fromFar(int toPort, int flags, int ack, byte[] options) {
        byte[] tcp = ByteBuffer.allocate(20 + options.length)
                .putShort((short) TO_PORT)
                .putShort((short) toPort)
                .putInt(peerSeq)
                .putInt(ack)
                .put((byte) (((20 + options.length) / 4) << 4))
                .put((byte) flags)
                .putShort((short) 65_000)
                .putInt(0)
                .put(options)
                .array();
        int sum = ~Packets.checksum(tcp, 0, tcp.length, Packets.pseudo(FAR, OWN, 6, tcp.length)) & 0xffff;
        tcp[16] = (byte) (sum >>> 8);
        tcp[17] = (byte) sum;
        lone.arrives(Packets.ethernet(ScriptedDevice.MAC, GATEWAY_MAC, 0x0800, Packets.ipv4(FAR, OWN, 6, tcp)));
    }

    private void acknowledge(int bytes) {
        fromFar(port, ACK, iss + 1 + bytes, new byte[0]);
    }

    private void push(int bytes) {
        Buffer chain = lone.stack.allocate(bytes);
        lone.stack.push(connection, chain);
        chain.release();
        lone.turn();
    }

    private void tooLarge(byte[] packet, int nextHop) {
        byte[] quote = Arrays.copyOfRange(packet, 14, 14 + 28);
        lone.arrives(Packets.ethernet(
                ScriptedDevice.MAC,
                GATEWAY_MAC,
                0x0800,
                Packets.ipv4(GATEWAY, OWN, 1, Packets.icmp(3, 4, nextHop, quote))));
    }

    private static int payload(byte[] packet) {
        return Packets.u16(packet, 16) - 40;
    }

    private static boolean dontFragment(byte[] packet) {
        return (packet[20] & 0x40) != 0;
    }

    private List<byte[]> segments() {
        return lone.takeIpv4(6);
    }

    @Test
    void segmentsFitThePathAtOnceWhenARouterSaysWhatItTakes() {
        connect();
        push(8000);
        List<byte[]> first = segments();
        assertThat(first).extracting(PathMtuTest::payload).contains(1460);
        tooLarge(first.getFirst(), 1400);
        List<byte[]> again = segments();
        assertThat(again).allSatisfy(p -> assertThat(payload(p)).isLessThanOrEqualTo(1360));
        assertThat(again.stream().mapToInt(PathMtuTest::payload).sum()).isEqualTo(8000);
        assertThat(Packets.i32(again.getFirst(), 38)).isEqualTo(iss + 1);
        assertThat(lone.count("icmp.too-large.believed")).isEqualTo(1);
        assertThat(lone.count("tcp.timeouts")).isZero();
        acknowledge(8000);
        push(3000);
        assertThat(segments()).allSatisfy(p -> assertThat(payload(p)).isLessThanOrEqualTo(1360));
        acknowledge(11_000);
    }

    @Test
    void theSameWordAboutEachSegmentSendsThemAgainOnce() {
        connect();
        push(8000);
        List<byte[]> first = segments();
        first.forEach(p -> tooLarge(p, 1400));
        assertThat(segments().stream().mapToInt(PathMtuTest::payload).sum()).isEqualTo(8000);
        acknowledge(8000);
    }

    @Test
    void aForgedQuoteIsIgnored() {
        connect();
        push(3000);
        byte[] packet = segments().getFirst();
        byte[] forged = packet.clone();
        forged[38] ^= 0x40; // a number that is not under way
        tooLarge(forged, 1400);
        byte[] short1 = packet.clone();
        short1[16] = 0;
        short1[17] = 100; // a packet that would have passed
        tooLarge(short1, 1400);
        assertThat(segments()).isEmpty();
        acknowledge(3000);
        tooLarge(packet, 1400); // acknowledged long since
        push(3000);
        assertThat(segments()).extracting(PathMtuTest::payload).contains(1460);
        assertThat(lone.count("icmp.too-large.ignored")).isEqualTo(2);
        acknowledge(6000);
    }

    @Test
    void nobodyMakesSegmentsTiny() {
        connect();
        push(1460);
        tooLarge(segments().getFirst(), 68);
        List<byte[]> again = segments();
        assertThat(again).extracting(PathMtuTest::payload).containsExactly(512, 512, 436);
        // A link that takes even less must cut: else nothing would ever arrive.
        assertThat(again).noneMatch(PathMtuTest::dontFragment);
        assertThat(again)
                .allSatisfy(p -> assertThat(Packets.checksum(p, 14, 20, 0)).isEqualTo(0xffff));
        acknowledge(1460);
    }

    @Test
    void aRouterThatDoesNotSayGetsTheNextUsualSize() {
        connect();
        push(1460);
        tooLarge(segments().getFirst(), 0);
        assertThat(segments())
                .extracting(PathMtuTest::payload)
                .contains(1488 - 40)
                .allMatch(n -> n <= 1488 - 40);
        acknowledge(1460);
    }

    @Test
    void moreIsTriedAgainAfterTenMinutes() {
        connect();
        push(1460);
        tooLarge(segments().getFirst(), 1400);
        acknowledge(1460);
        segments();
        lone.pass(590 * SECOND);
        push(1460);
        assertThat(segments()).extracting(PathMtuTest::payload).contains(1360);
        acknowledge(2920);
        lone.pass(11 * SECOND);
        gatewayIsKnown();
        push(1460);
        List<byte[]> larger = segments();
        assertThat(larger).extracting(PathMtuTest::payload).containsExactly(1460);
        assertThat(larger).allMatch(PathMtuTest::dontFragment);
        acknowledge(4380);
    }

    @Test
    void anotherConnectionOnThePathLearnsItAsWell() {
        connect();
        push(3000);
        byte[] packet = segments().getFirst();
        int first = connection;
        int firstIss = iss;
        int firstPort = port;
        peerSeq = 500;
        connect();
        push(3000);
        segments();
        tooLarge(packet, 1400);
        List<byte[]> again = segments();
        assertThat(again.stream().map(p -> Packets.u16(p, 34)).distinct()).containsExactlyInAnyOrder(firstPort, port);
        assertThat(again).allSatisfy(p -> assertThat(payload(p)).isLessThanOrEqualTo(1360));
        assertThat(firstIss).isNotEqualTo(iss);
        lone.stack.abort(first);
    }

    @Test
    void aDatagramThatDoesNotFitThePathIsRefused() {
        gatewayIsKnown();
        int queue = lone.stack.socket(Transport.UDP);
        Endpoint far = Endpoint.ofIpv4(FAR, 53);
        assertThat(pushTo(queue, far, 1472)).isEqualTo(Status.OK);
        byte[] packet = lone.takeIpv4(17).getFirst();
        tooLarge(packet, 1400);
        assertThat(pushTo(queue, far, 1373)).isEqualTo(Status.MESSAGE_TOO_LONG);
        assertThat(pushTo(queue, far, 1372)).isEqualTo(Status.OK);
        lone.pass(601 * SECOND);
        lone.arrives(Packets.arp(ScriptedDevice.MAC, 2, GATEWAY_MAC, GATEWAY, ScriptedDevice.MAC, OWN));
        assertThat(pushTo(queue, far, 1472)).isEqualTo(Status.OK);
        lone.stack.abort(queue);
        lone.arrives(Packets.arp(ScriptedDevice.MAC, 2, GATEWAY_MAC, GATEWAY, ScriptedDevice.MAC, OWN));
    }

    /** Datagrams prove nothing to a router: their word must not slow connections down. */
    @Test
    void aQuotedDatagramDoesNotMakeSegmentsSmaller() {
        connect();
        int queue = lone.stack.socket(Transport.UDP);
        assertThat(pushTo(queue, Endpoint.ofIpv4(FAR, 53), 1472)).isEqualTo(Status.OK);
        tooLarge(lone.takeIpv4(17).getFirst(), 1400);
        push(1460);
        assertThat(segments()).extracting(PathMtuTest::payload).containsExactly(1460);
        acknowledge(1460);
        lone.stack.abort(queue);
    }

    private Status pushTo(int queue, Endpoint to, int bytes) {
        Buffer b = lone.stack.allocate(bytes);
        lone.stack.pushTo(queue, b, to);
        b.release();
        assertThat(lone.turn()).isTrue();
        return lone.completion.status();
    }

    @Test
    void aConnectionWithoutAnswersLetsItsNeighbourBeAskedWhetherItIsThere() {
        connect();
        push(100);
        segments();
        lone.pass(3 * SECOND);
        List<byte[]> asked = lone.device.takeSent().stream()
                .map(ScriptedDevice.Sent::bytes)
                .filter(p -> Packets.u16(p, 12) == 0x0806)
                .toList();
        assertThat(asked).isNotEmpty();
        assertThat(Packets.mac48(asked.getFirst(), 0)).as("by unicast").isEqualTo(GATEWAY_MAC);
        assertThat(Packets.i32(asked.getFirst(), 38)).isEqualTo(GATEWAY);
        assertThat(lone.count("arp.suspected")).isEqualTo(1);
        long other = GATEWAY_MAC + 1;
        lone.pass(3 * SECOND);
        lone.device.takeSent();
        lone.arrives(Packets.arp(ScriptedDevice.MAC, 2, other, GATEWAY, ScriptedDevice.MAC, OWN));
        lone.pass(10 * SECOND);
        assertThat(segments())
                .isNotEmpty()
                .allSatisfy(p -> assertThat(Packets.mac48(p, 0)).isEqualTo(other));
        acknowledge(100);
    }

    @Test
    void aSegmentOfNobodyMovesNothing() {
        gatewayIsKnown();
        byte[] syn = LoneStack.syn(GATEWAY_MAC, FAR, 1, 2);
        byte[] quote = Packets.ethernet(
                ScriptedDevice.MAC, GATEWAY_MAC, 0x0800, Packets.ipv4(OWN, FAR, 6, Arrays.copyOfRange(syn, 34, 54)));
        tooLarge(quote, 28);
        assertThat(lone.count("icmp.too-large.ignored")).isEqualTo(1);
    }
}
