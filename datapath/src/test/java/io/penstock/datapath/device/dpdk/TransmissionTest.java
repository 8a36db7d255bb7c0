package io.penstock.datapath.device.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.device.Offload;
import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.PinnedHeap;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is sent from where: frames, objects, chains; with a driver that has no room, and stand-ins that run out. */
@ExtendWith(DpdkEnvironment.class)
class TransmissionTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int VLAN = 100;
    private static final int DESCRIPTORS = 32;
    /** The pieces that a device with so few descriptors has in transmission at most. */
    private static final int MAX_PIECES = 2 * DESCRIPTORS - 1;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private DpdkEnd a;
    private DpdkEnd b;

    private void open(String optionsOfA, String optionsOfB) {
        a = DpdkEnd.open("net_ring0,port.wire=w" + optionsOfA);
        b = DpdkEnd.open("net_ring1,port.wire=w" + optionsOfB);
        a.await("its link", a.device.events()::isUp);
        b.await("its link", b.device.events()::isUp);
    }

    @AfterEach
    void close() {
        try (DpdkEnd first = a;
                DpdkEnd second = b) {
            assertThat(first.out.count()).as("offered and never taken").isZero();
            assertThat(second.receive()).as("more than was sent").isEmpty();
        }
    }

    private Buffer object(byte[] bytes) {
        return DpdkEnd.fill(a.objects.allocate(bytes.length), bytes);
    }

    private static byte[] joined(byte[] first, byte[] second) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(first);
        all.writeBytes(second);
        return all.toByteArray();
    }

    @Test
    void objectsOfAnySizeAreSentFromWhereTheyLie() {
        open("", "");
        for (int round = 0; round < 200; round++) {
            List<byte[]> sent = DpdkEnd.packets(random, 32, 14, 1514);
            for (byte[] bytes : sent) {
                a.add(random.nextBoolean() ? object(bytes) : a.frame(bytes));
            }
            assertThat(a.offer()).isEqualTo(sent.size());
            DpdkEnd.assertSame(b.await(sent.size()), sent);
            a.turn();
        }
    }

    @Test
    void aFrameThatIsOfferedAgainWhileTheDriverHasItIsSentAgain() {
        open("", "");
        byte[] bytes = DpdkEnd.packet(random, 777);
        Buffer frame = a.frame(bytes);
        for (int i = 0; i < 5; i++) {
            a.add(frame.retain());
            assertThat(a.offer()).isOne();
        }
        assertThat(ACCESS.holds(frame)).isEqualTo(5);
        assertThat(b.await(5))
                .hasSize(5)
                .allSatisfy(packet -> assertThat(packet).isEqualTo(bytes));
        a.await("the holds", () -> ACCESS.holds(frame) == 0);
        frame.release();
    }

    @Test
    void bytesThatTheDeviceCannotReachAreCopied() {
        open("", "");
        int inUse = a.pool.framesInUse();
        try (Region elsewhere = Region.mapSmall(1 << 20);
                FramePool strangers = FramePool.over("strangers", elsewhere, 2048, 256)) {
            List<byte[]> sent = DpdkEnd.packets(random, 32, 14, 1514);
            for (byte[] bytes : sent) {
                a.add(DpdkEnd.fill(strangers.allocate(), bytes));
            }
            assertThat(a.offer()).isEqualTo(sent.size());
            DpdkEnd.assertSame(b.await(sent.size()), sent);
            a.await("the strangers' holds", () -> strangers.framesInUse() == 0);
        }
        assertThat(a.pool.framesInUse()).isEqualTo(inUse);
    }

    @Test
    void whatCannotBeReachedAndIsTooLongToCopyIsDroppedAndDoesNotStopTheRest() {
        open("", "");
        try (Region elsewhere = Region.mapSmall(1 << 20);
                PinnedHeap heap = PinnedHeap.over("strangers", elsewhere);
                CoreHeap strangers = heap.core("strangers")) {
            List<byte[]> sent = DpdkEnd.packets(random, 3, 14, 1514);
            a.add(a.frame(sent.get(0)));
            a.add(DpdkEnd.fill(strangers.allocate(8000), DpdkEnd.packet(random, 8000)));
            a.add(a.frame(sent.get(1)));
            a.add(a.frame(sent.get(2)));
            assertThat(a.offer()).isEqualTo(4);
            DpdkEnd.assertSame(b.await(3), sent);
            assertThat(a.device.txDropped()).isOne();
            assertThat(strangers.bytesInUse()).isZero();
            a.turn();
        }
    }

    @Test
    void twoPiecesArriveAsOne() {
        open("", "");
        assertThat(a.device.info().capabilities().has(Offload.MULTI_SEGMENT)).isTrue();
        for (int round = 0; round < 200; round++) {
            List<byte[]> sent = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                byte[] head = DpdkEnd.packet(random, 14 + random.nextInt(100));
                byte[] body = DpdkEnd.packet(random, 14 + random.nextInt(1380));
                a.add(random.nextBoolean() ? object(head) : a.frame(head));
                if (random.nextInt(4) == 0) {
                    sent.add(head);
                } else {
                    a.addBody(random.nextBoolean() ? object(body) : a.frame(body));
                    sent.add(joined(head, body));
                }
            }
            assertThat(a.offer()).isEqualTo(sent.size());
            DpdkEnd.assertSame(b.await(sent.size()), sent);
            a.turn();
        }
    }

    @Test
    void whenStandInsRunOutTheRestStaysTheCallersAndNothingIsLost() {
        open(",port.txd=" + DESCRIPTORS, "");
        for (int round = 0; round < 50; round++) {
            List<byte[]> sent = DpdkEnd.packets(random, DpdkEnd.BURST, 14, 900);
            sent.forEach(bytes -> a.add(object(bytes)));
            assertThat(a.offer()).isEqualTo(MAX_PIECES);
            assertThat(a.offer()).isZero();
            a.turn();
            assertThat(a.offer()).as("as nobody has received any").isZero();
            List<byte[]> received = new ArrayList<>(b.await(MAX_PIECES));
            a.await("room", () -> a.offer() == 1);
            received.addAll(b.await(1));
            DpdkEnd.assertSame(received, sent);
            a.turn();
        }
    }

    @Test
    void aPacketOfTwoPiecesForWhichOneIsLeftIsNotBegun() {
        open(",port.txd=" + DESCRIPTORS, "");
        for (int round = 0; round < 50; round++) {
            List<byte[]> sent = new ArrayList<>(DpdkEnd.packets(random, 1, 60, 60));
            a.add(a.frame(sent.getFirst()));
            for (int i = 0; i < DESCRIPTORS; i++) {
                byte[] head = DpdkEnd.packet(random, 60);
                byte[] body = DpdkEnd.packet(random, 500);
                a.add(object(head));
                a.addBody(a.frame(body));
                sent.add(joined(head, body));
            }
            assertThat(a.offer()).isEqualTo(DESCRIPTORS);
            assertThat(a.offer()).isZero();
            List<byte[]> received = new ArrayList<>(b.await(DESCRIPTORS));
            a.await("room", () -> a.offer() == 1);
            received.addAll(b.await(1));
            DpdkEnd.assertSame(received, sent);
            a.turn();
        }
    }

    // ---- VLAN

    private static byte[] tagged(byte[] packet, int control) {
        byte[] tagged = new byte[packet.length + 4];
        System.arraycopy(packet, 0, tagged, 0, 12);
        tagged[12] = (byte) 0x81;
        tagged[14] = (byte) (control >> 8);
        tagged[15] = (byte) control;
        System.arraycopy(packet, 12, tagged, 16, packet.length - 12);
        return tagged;
    }

    @Test
    void putsTheTagInAndTakesItOut() {
        open(",port.vlan=" + VLAN, "");
        assertThat(a.device.info().capabilities().txRoomBytes()).isEqualTo(4);
        List<byte[]> sent = DpdkEnd.packets(random, 200, 14, 1514);
        a.send(sent);
        DpdkEnd.assertSame(
                b.await(sent.size()),
                sent.stream().map(packet -> tagged(packet, VLAN)).toList());
        // Priority and the drop bit are the network's business.
        b.send(sent.stream().map(packet -> tagged(packet, 0xf000 | VLAN)).toList());
        DpdkEnd.assertSame(a.await(sent.size()), sent);
    }

    @Test
    void dropsAndCountsWhatIsNotOfItsVlan() {
        open(",port.vlan=" + VLAN, "");
        byte[] packet = DpdkEnd.packet(random, 100);
        b.send(List.of(
                packet, tagged(packet, VLAN + 1), tagged(packet, 0), new byte[14], tagged(packet, VLAN), new byte[17]));
        DpdkEnd.assertSame(a.await(1), List.of(packet));
        a.await("all to be counted", () -> {
            assertThat(a.receive()).isEmpty();
            return a.device.rxDropped() == 5;
        });
    }

    @Test
    void whatIsOfferedAgainIsTaggedOnce() {
        open(",port.vlan=" + VLAN + ",port.txd=" + DESCRIPTORS, "");
        for (int round = 0; round < 50; round++) {
            List<byte[]> sent = DpdkEnd.packets(random, DpdkEnd.BURST, 14, 900);
            sent.forEach(bytes -> a.add(random.nextBoolean() ? object(bytes) : a.frame(bytes)));
            int taken = a.offer();
            assertThat(taken).isBetween(1, DpdkEnd.BURST - 1);
            for (int i = 0; i < 10; i++) {
                assertThat(a.offer()).isZero();
            }
            List<byte[]> received = new ArrayList<>(b.await(taken));
            a.await("room", () -> {
                int _ = a.offer();
                received.addAll(b.receive());
                return received.size() == sent.size();
            });
            DpdkEnd.assertSame(
                    received, sent.stream().map(packet -> tagged(packet, VLAN)).toList());
            a.turn();
        }
    }
}
