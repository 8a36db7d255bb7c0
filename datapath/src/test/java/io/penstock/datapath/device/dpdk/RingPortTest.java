package io.penstock.datapath.device.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** net_ring: a port that receives what it sends, and a wire between two of them in this process. */
@ExtendWith(DpdkEnvironment.class)
class RingPortTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int MANY = 20_000;
    private static final int RING = 1023;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    // ---- a loop

    @Test
    void aLoopReceivesWhatItSendsEachOnce() {
        try (DpdkEnd loop = DpdkEnd.open("net_ring0")) {
            loop.await("its link", loop.device.events()::isUp);
            List<byte[]> sent = new ArrayList<>();
            List<byte[]> received = new ArrayList<>();
            for (int round = 0; round < 500; round++) {
                List<byte[]> some = DpdkEnd.packets(random, 1 + random.nextInt(64), 14, 1514);
                loop.send(some);
                sent.addAll(some);
                received.addAll(loop.await(some.size()));
            }
            DpdkEnd.assertSame(received, sent);
            assertThat(loop.receive()).isEmpty();
        }
    }

    @Test
    void aLoopHandsUpACopyOfAFrameThatItsSenderStillHas() {
        try (DpdkEnd loop = DpdkEnd.open("net_ring0")) {
            loop.await("its link", loop.device.events()::isUp);
            byte[] bytes = DpdkEnd.packet(random, 1000);
            Buffer mine = loop.frame(bytes).retain();
            loop.add(mine);
            assertThat(loop.offer()).isOne();
            DpdkEnd.assertSame(loop.await(1), List.of(bytes));
            loop.await("its hold on the frame", () -> ACCESS.holds(mine) == 0);
            mine.release();
        }
    }

    @Test
    void aLoopThatIsClosedFullKeepsNoFrame() {
        try (DpdkEnd loop = DpdkEnd.open("net_ring0")) {
            loop.await("its link", loop.device.events()::isUp);
            for (byte[] packet : DpdkEnd.packets(random, 64, 60, 1514)) {
                loop.add(loop.frame(packet));
            }
            assertThat(loop.offer()).isEqualTo(64);
        }
    }

    // ---- a wire

    @Test
    void aWireCarriesAllBytesBothWaysInOrder() {
        try (DpdkEnd a = DpdkEnd.open("net_ring0,port.wire=w");
                DpdkEnd b = DpdkEnd.open("net_ring1,port.wire=w")) {
            a.await("its link", a.device.events()::isUp);
            b.await("its link", b.device.events()::isUp);
            for (int round = 0; round < 300; round++) {
                List<byte[]> there = DpdkEnd.packets(random, 1 + random.nextInt(100), 14, 1514);
                List<byte[]> back = DpdkEnd.packets(random, 1 + random.nextInt(100), 14, 1514);
                a.send(there);
                b.send(back);
                DpdkEnd.assertSame(b.await(there.size()), there);
                DpdkEnd.assertSame(a.await(back.size()), back);
            }
            assertThat(a.receive()).isEmpty();
            assertThat(b.receive()).isEmpty();
        }
    }

    @Test
    void aWireWorksBetweenTwoThreads() throws InterruptedException {
        CyclicBarrier start = new CyclicBarrier(2);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread other = Thread.ofPlatform().start(() -> runEnd("net_ring1", start, failure));
        runEnd("net_ring0", start, failure);
        other.join();
        assertThat(failure.get()).as("seed %d", seed).isNull();
    }

    /** Sends a stream that the other end can foretell, and checks the other's. */
    private void runEnd(String port, CyclicBarrier start, AtomicReference<Throwable> failure) {
        try (DpdkEnd end = DpdkEnd.open(port + ",port.wire=threads")) {
            int _ = start.await();
            end.await("its link", end.device.events()::isUp);
            Random mine = new Random(seed);
            Random theirs = new Random(seed);
            int sent = 0;
            int received = 0;
            while (sent < MANY || received < MANY) {
                if (sent < MANY) {
                    List<byte[]> some = DpdkEnd.packets(mine, 16, 60, 200);
                    end.send(some);
                    sent += some.size();
                }
                for (byte[] packet : end.receive()) {
                    assertThat(packet).isEqualTo(DpdkEnd.packet(theirs, 60 + theirs.nextInt(141)));
                    received++;
                }
            }
            int _ = start.await();
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
    }

    @Test
    void whatNobodyTakesStaysHeldInOrderAndIsNeverDoubled() {
        try (DpdkEnd a = DpdkEnd.open("net_ring0,port.wire=w");
                DpdkEnd b = DpdkEnd.open("net_ring1,port.wire=w")) {
            a.await("its link", a.device.events()::isUp);
            List<byte[]> sent = DpdkEnd.packets(random, RING + 50, 60, 200);
            List<Buffer> frames = new ArrayList<>();
            int taken = 0;
            for (byte[] bytes : sent) {
                Buffer frame = a.frame(bytes).retain();
                frames.add(frame);
                a.add(frame);
                if (a.out.isFull()) {
                    taken += a.offer();
                    a.turn();
                }
            }
            for (int i = 0; i < 3; i++) {
                taken += a.offer();
            }
            assertThat(taken).as("a ring's worth").isEqualTo(RING);
            assertThat(a.out.count()).as("left to the caller").isEqualTo(sent.size() - RING);
            for (int i = 0; i < 50; i++) {
                a.turn();
            }
            assertThat(frames)
                    .allSatisfy(frame -> assertThat(ACCESS.holds(frame)).isOne());
            List<byte[]> received = new ArrayList<>(b.await(RING));
            a.await("room", () -> {
                int _ = a.offer();
                return a.out.count() == 0;
            });
            received.addAll(b.await(sent.size() - RING));
            DpdkEnd.assertSame(received, sent);
            assertThat(b.receive()).isEmpty();
            a.await("the holds", () -> frames.stream().allMatch(frame -> ACCESS.holds(frame) == 0));
            frames.forEach(Buffer::release);
        }
    }

    @Test
    void theEndThatIsClosedFirstTakesNothingOfTheOthersWithIt() {
        for (int round = 0; round < 10; round++) {
            DpdkEnd a = DpdkEnd.open("net_ring0,port.wire=w");
            try (DpdkEnd b = DpdkEnd.open("net_ring1,port.wire=w")) {
                a.await("its link", a.device.events()::isUp);
                b.await("its link", b.device.events()::isUp);
                a.send(DpdkEnd.packets(random, 30, 60, 1514));
                b.send(DpdkEnd.packets(random, 40, 60, 1514));
                a.close(); // with packets of either on the wire
                for (int i = 0; i < 100; i++) {
                    assertThat(b.receive())
                            .as("of an end whose memory has gone")
                            .isEmpty();
                }
                try (DpdkEnd again = DpdkEnd.open("net_ring0,port.wire=w")) {
                    again.await("its link", again.device.events()::isUp);
                    List<byte[]> packets = DpdkEnd.packets(random, 60, 60, 1514);
                    again.send(packets);
                    DpdkEnd.assertSame(b.await(packets.size()), packets);
                    b.send(packets);
                    DpdkEnd.assertSame(again.await(packets.size()), packets);
                }
            }
        }
    }

    @Test
    void openedAndClosedManyTimesPortsLeaveNothingInDpdksHeap() {
        openAndClosePorts();
        long before = NativeHeap.allocations();
        for (int i = 0; i < 40; i++) {
            openAndClosePorts();
        }
        assertThat(NativeHeap.allocations() - before)
                .as("blocks; its heap may have come to lie in more pieces")
                .isLessThan(10);
    }

    private void openAndClosePorts() {
        try (DpdkEnd a = DpdkEnd.open("net_ring0,port.wire=w");
                DpdkEnd b = DpdkEnd.open("net_ring1,port.wire=w");
                DpdkEnd loop = DpdkEnd.open("net_ring2")) {
            a.await("its link", a.device.events()::isUp);
            a.send(DpdkEnd.packets(random, 20, 60, 100));
            assertThat(b.await(10)).isNotEmpty();
            assertThat(loop.receive()).isEmpty();
        }
    }
}
