package io.penstock.datapath.device.dpdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.FlowGroups;
import io.penstock.datapath.device.PacketPort;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** net_null: a port that receives without end and swallows what is sent. */
@ExtendWith(DpdkEnvironment.class)
class NullPortTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int QUEUE_COUNT = 2;

    @Test
    void receivesFramesOfThePoolUntilTheStackCanSpareNoMore() {
        try (DpdkEnd end = DpdkEnd.open("net_null0,size=300")) {
            end.await("its link", end.device.events()::isUp);
            Burst burst = new Burst(32);
            List<Buffer> kept = new ArrayList<>();
            int idle = 0;
            while (idle < 100) {
                burst.clear();
                int received = end.device.rxBurst(burst);
                idle = received == 0 ? idle + 1 : 0;
                for (int i = 0; i < received; i++) {
                    assertThat(burst.length(i)).isEqualTo(300);
                    assertThat(burst.frame(i).pool()).isSameAs(end.pool);
                    kept.add(burst.frame(i));
                }
                end.turn();
            }
            assertThat(kept).doesNotHaveDuplicates().hasSizeGreaterThan(end.pool.capacityFrames() * 3 / 4);
            assertThat(end.pool.freeFrames()).as("left to send with").isPositive();
            kept.forEach(Buffer::release);
            assertThat(end.await(64)).allSatisfy(packet -> assertThat(packet).hasSize(300));
        }
    }

    @Test
    void closedItReceivesNothingAlthoughPacketsComeWithoutEnd() {
        DpdkEnd end = DpdkEnd.open("net_null0");
        end.await("its link", end.device.events()::isUp);
        end.close();
        Burst burst = new Burst(32);
        for (int i = 0; i < 1000; i++) {
            assertThat(end.device.rxBurst(burst)).isZero();
            assertThat(end.device.txBurst(burst)).isZero();
            assertThat(end.device.reclaim()).isZero();
        }
        assertThat(end.device.events().isUp()).isFalse();
        assertThat(end.device.rxDropped() + end.device.txDropped()).isNotNegative();
    }

    @Test
    void givesBackWhatItSwallowed() {
        try (DpdkEnd end = DpdkEnd.open("net_null0")) {
            end.await("its link", end.device.events()::isUp);
            Random random = new Random(1);
            Buffer object = DpdkEnd.fill(end.objects.allocate(900), DpdkEnd.packet(random, 900))
                    .retain();
            for (int round = 0; round < 1000; round++) {
                end.add(object.retain());
                end.add(end.frame(DpdkEnd.packet(random, 60)));
                assertThat(end.offer()).isEqualTo(2);
                end.turn();
            }
            end.await("its hold on the object", () -> ACCESS.holds(object) == 0);
            object.release();
            object.release();
        }
    }

    @Test
    void saysWhatItIs() {
        try (DpdkEnd end = DpdkEnd.open("net_null0,port.queues=4")) {
            assertThat(end.device.info().name()).isEqualTo("dpdk:net_null0,port.queues=4");
            assertThat(end.device.info().mode())
                    .contains("DPDK ", "net_null", " 4 queues", "flow groups", "in software: tx-ipv4-checksum ");
            assertThat(end.device.info().queues()).isEqualTo(4);
            assertThat(end.device.info().mtuBytes()).isEqualTo(1500);
        }
    }

    // ---- many queues

    @Test
    void aPortWithTwoDevicesStartsWithTheLastAndEndsWithTheFirst() throws InterruptedException {
        try (PacketPort port = DpdkEnd.port("net_null0,port.queues=2");
                DpdkEnd first = DpdkEnd.open(port, 0)) {
            first.turn();
            assertThat(first.device.events().isUp()).isFalse();
            assertThat(first.receive()).isEmpty();
            first.add(first.frame(new byte[60]));
            assertThat(first.offer()).as("dropped, as without a carrier").isOne();
            assertThat(first.device.txDropped()).isOne();

            CountDownLatch bothUp = new CountDownLatch(QUEUE_COUNT);
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread other = Thread.ofPlatform().start(() -> {
                try (DpdkEnd second = DpdkEnd.open(port, 1)) {
                    second.await("its link", second.device.events()::isUp);
                    assertThat(second.await(1000)).isNotEmpty();
                    bothUp.countDown();
                    second.await("the end of the other", () -> {
                        second.receive();
                        return bothUp.getCount() == 0;
                    });
                } catch (RuntimeException | Error e) {
                    failure.set(e);
                }
            });
            first.await("its link", first.device.events()::isUp);
            assertThat(first.await(1000)).isNotEmpty();
            bothUp.countDown();
            first.await("the end of the port", () -> {
                first.receive();
                return !first.device.events().isUp();
            });
            assertThat(first.receive()).isEmpty();
            other.join();
            assertThat(failure.get()).isNull();
        }
    }

    @Test
    void aPortThatEndedCanBeOpenedAgainWhileADeviceOfTheOldOneIsStillThere() {
        try (PacketPort port = DpdkEnd.port("net_null0,port.queues=2");
                DpdkEnd first = DpdkEnd.open(port, 0)) {
            DpdkEnd second = DpdkEnd.open(port, 1);
            first.await("its link", first.device.events()::isUp);
            assertThat(first.await(10)).isNotEmpty();
            assertThat(second.await(10)).isNotEmpty();
            assertThat(port.isUp()).isTrue();
            second.close();
            assertThatThrownBy(() -> DpdkEnd.open(port, 1)).hasMessageContaining("has ended");
            try (DpdkEnd both = DpdkEnd.open("net_null0,port.queues=2")) {
                both.await("its link", both.device.events()::isUp);
                assertThat(both.await(10)).isNotEmpty();
                first.turn();
                assertThat(first.receive()).isEmpty();
                assertThat(first.device.events().isUp()).isFalse();
            }
        }
    }

    @Test
    void oneStackSendsOnAllQueuesOfItsPort() {
        try (PacketPort port = DpdkEnd.port("net_null0,port.queues=3");
                DpdkEnd end = DpdkEnd.open(port)) {
            end.await("its link", end.device.events()::isUp);
            Random random = new Random(4);
            for (int round = 0; round < 200; round++) {
                for (int i = 0; i < 30; i++) {
                    byte[] packet = DpdkEnd.packet(random, 60);
                    packet[12] = 0x08; // IPv4 without options or fragments, of UDP
                    packet[13] = 0;
                    packet[14] = 0x45;
                    packet[20] = 0;
                    packet[21] = 0;
                    packet[23] = 17;
                    end.add(end.frame(packet));
                }
                assertThat(end.offer()).isEqualTo(30);
                end.turn();
            }
            end.await("all to be sent", () -> end.dpdk().inTransmission() == 0);
            Map<String, Long> counted = PortStatistics.extended(Ethdev.portByName("net_null0"));
            for (int queue = 0; queue < 3; queue++) {
                assertThat(counted.get("tx_q" + queue + "_packets"))
                        .as("packets on queue %d of %s", queue, counted)
                        .isGreaterThan(1000);
            }
            assertThat(port.txDropped()).isZero();
        }
    }

    // ---- flow groups

    @Test
    void dealsItsFlowGroupsOutAndMovesThem() {
        try (PacketPort port = DpdkEnd.port("net_null0,port.queues=4");
                DpdkEnd end = DpdkEnd.open(port)) {
            end.await("its link", end.device.events()::isUp);
            FlowGroups groups = port.flowGroups();
            assertThat(groups.count()).isGreaterThanOrEqualTo(64);
            int[] expected = new int[groups.count()];
            Arrays.setAll(expected, group -> group % 4);
            assertThat(groups.queues()).isEqualTo(expected);
            Random random = new Random(2);
            for (int i = 0; i < 200; i++) {
                int group = random.nextInt(groups.count());
                int queue = random.nextInt(4);
                groups.move(group, queue);
                expected[group] = queue;
                assertThat(groups.queues()).isEqualTo(expected);
            }
            assertThat(groups.groupOf(-1)).isEqualTo(groups.count() - 1);
        }
    }

    @Test
    void aPortWithOneQueueHasNoGroups() {
        try (PacketPort port = DpdkEnd.port("net_null0");
                DpdkEnd end = DpdkEnd.open(port)) {
            end.await("its link", end.device.events()::isUp);
            assertThat(port.isUp()).isTrue();
            assertThat(port.flowGroups()).isNull();
        }
    }

    @Test
    void refusesToMoveAGroupThatIsNotThere() {
        try (PacketPort port = DpdkEnd.port("net_null0,port.queues=2");
                DpdkEnd end = DpdkEnd.open(port)) {
            end.await("its link", end.device.events()::isUp);
            FlowGroups groups = port.flowGroups();
            assertThatThrownBy(() -> groups.move(1, 2)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> groups.move(-1, 0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> groups.move(groups.count(), 0)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void theHashIsSymmetric() {
        try (DpdkEnd end = DpdkEnd.open("net_null0,port.queues=2")) {
            end.await("its link", end.device.events()::isUp);
            assertThat(RssKey.of(Ethdev.portByName("net_null0"), 40)).isEqualTo(Toeplitz.symmetricKey(40));
        }
    }

    @Test
    void mapsDpdksKnownMemoryForADevice() {
        try (DpdkEnd end = DpdkEnd.open("net_null0");
                Mempool known = Mempool.plain("known", 1, 0, 256)) {
            end.await("its link", end.device.events()::isUp);
            Mempool.Piece piece = new Mempool.Piece(known.address(), known.address(), 64);
            try (DmaMapping mapping = DmaMapping.of(Ethdev.portByName("net_null0"), List.of(piece))) {
                assertThat(mapping.mapped()).isOne();
            }
        }
    }
}
