package io.penstock.datapath.device.afxdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.device.Burst;
import io.penstock.linux.RawMemory;
import io.penstock.linux.net.XdpSocket.RingMapping;
import io.penstock.linux.net.XdpSocket.RingOffsets;
import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.PinnedHeap;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The packet path against a kernel that the test plays: it moves the indices, and never wants to be woken. */
class XskQueueTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int ENTRIES = 64;
    private static final int FRAMES = 256;
    private static final int PRODUCER = 0;
    private static final int CONSUMER = 64;
    private static final int FLAGS = 128;
    private static final int DESCRIPTORS = 192;
    private static final int NO_SOCKET = -1;

    private final Arena arena = Arena.ofConfined();
    private final Region region = Region.mapSmall((long) FRAMES * 2048 + (1 << 16));
    private final PinnedHeap heap = PinnedHeap.over("test", region);
    private final FramePool pool = heap.frames("test", 2048, 256, FRAMES);
    private final CoreHeap objects = heap.core("test");
    private final UmemFrames umem = new UmemFrames(pool);
    private final RingMapping fill = ring();
    private final RingMapping completion = ring();
    private final RingMapping rx = ring();
    private final RingMapping tx = ring();
    private final XskQueue queue = new XskQueue(
            new XskSocket(
                    NO_SOCKET, new FillRing(fill), new CompletionRing(completion), new RxRing(rx), new TxRing(tx)),
            umem,
            ENTRIES,
            false);

    private RingMapping ring() {
        long memory = arena.allocate(DESCRIPTORS + 16L * ENTRIES, 64).address();
        return new RingMapping(memory, 0, new RingOffsets(PRODUCER, CONSUMER, DESCRIPTORS, FLAGS), ENTRIES);
    }

    @AfterEach
    void close() {
        pool.close();
        objects.close();
        heap.close();
        region.close();
        arena.close();
    }

    private static int produced(RingMapping ring) {
        return RawMemory.getInt(ring.address() + PRODUCER);
    }

    private static int consumed(RingMapping ring) {
        return RawMemory.getInt(ring.address() + CONSUMER);
    }

    /** The kernel takes a frame from the fill ring, and puts a packet in it into the rx ring. */
    private void kernelReceives(int lengthBytes) {
        int from = consumed(fill);
        assertThat(from).as("the fill ring has frames").isNotEqualTo(produced(fill));
        long frame = RawMemory.getLong(fill.address() + DESCRIPTORS + 8L * (from & (ENTRIES - 1)));
        RawMemory.putInt(fill.address() + CONSUMER, from + 1);
        int to = produced(rx);
        long descriptor = rx.address() + DESCRIPTORS + 16L * (to & (ENTRIES - 1));
        RawMemory.putLong(descriptor, frame + 256);
        RawMemory.putInt(descriptor + 8, lengthBytes);
        RawMemory.putInt(rx.address() + PRODUCER, to + 1);
    }

    /** The kernel sends the next packet of the tx ring and completes it. Returns its length. */
    private int kernelSends() {
        int from = consumed(tx);
        assertThat(from).as("the tx ring has packets").isNotEqualTo(produced(tx));
        long descriptor = tx.address() + DESCRIPTORS + 16L * (from & (ENTRIES - 1));
        RawMemory.putInt(tx.address() + CONSUMER, from + 1);
        int to = produced(completion);
        RawMemory.putLong(
                completion.address() + DESCRIPTORS + 8L * (to & (ENTRIES - 1)), RawMemory.getLong(descriptor));
        RawMemory.putInt(completion.address() + PRODUCER, to + 1);
        return RawMemory.getInt(descriptor + 8);
    }

    private void offer(Burst burst, int lengthBytes) {
        Buffer frame = pool.allocate();
        ACCESS.hold(frame);
        burst.add(frame, 256, lengthBytes);
        frame.release();
    }

    @Test
    void keepsTheFillRingFull() {
        queue.refill();
        assertThat(produced(fill)).isEqualTo(ENTRIES);
        assertThat(pool.framesInUse()).isEqualTo(ENTRIES);
        queue.refill();
        assertThat(produced(fill)).isEqualTo(ENTRIES);
    }

    @Test
    void refillsInBatches() {
        queue.refill();
        Burst burst = new Burst(ENTRIES);
        for (int i = 0; i < 15; i++) {
            kernelReceives(60);
        }
        assertThat(queue.receive(burst)).isEqualTo(15);
        queue.refill();
        assertThat(produced(fill)).isEqualTo(ENTRIES);
        kernelReceives(60);
        assertThat(queue.receive(burst)).isEqualTo(1);
        queue.refill();
        assertThat(produced(fill)).isEqualTo(ENTRIES + 16);
    }

    @Test
    void handsUpThePacketWhereTheKernelPutItWithOneReference() {
        queue.refill();
        kernelReceives(1514);
        Burst burst = new Burst(4);
        assertThat(queue.receive(burst)).isEqualTo(1);
        assertThat(burst.offset(0)).isEqualTo(256);
        assertThat(burst.length(0)).isEqualTo(1514);
        assertThat(burst.frame(0).references()).isEqualTo(1);
        assertThat(ACCESS.holds(burst.frame(0))).isZero();
        int inUse = pool.framesInUse();
        burst.frame(0).release();
        assertThat(pool.framesInUse()).isEqualTo(inUse - 1);
    }

    @Test
    void receivesNoMoreThanTheBurstTakes() {
        queue.refill();
        for (int i = 0; i < 10; i++) {
            kernelReceives(60 + i);
        }
        Burst burst = new Burst(4);
        assertThat(queue.receive(burst)).isEqualTo(4);
        assertThat(queue.receive(burst)).isZero();
        burst.clear();
        assertThat(queue.receive(burst)).isEqualTo(4);
        assertThat(burst.length(0)).isEqualTo(64);
    }

    @Test
    void leavesFramesInThePoolForTheStack() {
        while (pool.freeFrames() > 20) {
            Buffer _ = ACCESS.allocateReserved(pool);
        }
        queue.refill();
        // Nothing to receive into yet: it may take all but the last sixty-fourth.
        assertThat(pool.freeFrames()).isEqualTo(FRAMES / 64);
    }

    @Test
    void givesTheHoldBackWhenThePacketHasLeftAndNotBefore() {
        Burst burst = new Burst(4);
        offer(burst, 100);
        assertThat(queue.transmit(burst)).isEqualTo(1);
        assertThat(burst.count()).as("the burst is the caller's").isEqualTo(1);
        assertThat(queue.complete()).isZero();
        assertThat(pool.framesInUse()).isEqualTo(1);
        assertThat(kernelSends()).isEqualTo(100);
        assertThat(queue.complete()).isEqualTo(1);
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void sendsAnObjectFromWhereItLiesOrAsACopyWhereTheNicCannotReachIt() {
        Buffer object = objects.allocate(8000);
        int offset = (int) (4096 - (object.frameAddress() & 4095)) - 50;
        RawMemory.putByte(object.frameAddress() + offset, (byte) 77);
        Burst burst = new Burst(4);
        ACCESS.hold(object);
        burst.add(object, offset, 100);
        assertThat(queue.transmit(burst)).isEqualTo(1);
        assertThat(sentFrom()).isEqualTo(object.frameAddress() + offset);
        assertThat(kernelSends()).isEqualTo(100);
        assertThat(queue.complete()).isEqualTo(1);
        assertThat(ACCESS.holds(object)).isZero();

        umem.onlyWithinPages();
        ACCESS.hold(object);
        assertThat(queue.transmit(burst)).isEqualTo(1);
        assertThat(ACCESS.holds(object)).isZero();
        assertThat(pool.framesInUse()).isEqualTo(1);
        assertThat(RawMemory.getByte(sentFrom())).isEqualTo((byte) 77);
        assertThat(kernelSends()).isEqualTo(100);
        assertThat(queue.complete()).isEqualTo(1);
        assertThat(pool.framesInUse()).isZero();
        object.release();
    }

    /** Where the next packet of the tx ring begins. */
    private long sentFrom() {
        return region.address() + RawMemory.getLong(tx.address() + DESCRIPTORS + 16L * (consumed(tx) & (ENTRIES - 1)));
    }

    @Test
    void understandsTheAddressesOfUnalignedChunks() {
        queue.refill();
        int from = consumed(fill);
        long frame = RawMemory.getLong(fill.address() + DESCRIPTORS + 8L * from);
        RawMemory.putLong(rx.address() + DESCRIPTORS, frame | 256L << 48);
        RawMemory.putInt(rx.address() + DESCRIPTORS + 8, 60);
        RawMemory.putInt(fill.address() + CONSUMER, from + 1);
        RawMemory.putInt(rx.address() + PRODUCER, 1);
        Burst burst = new Burst(4);
        assertThat(queue.receive(burst)).isEqualTo(1);
        assertThat(burst.frame(0).frameAddress()).isEqualTo(region.address() + frame);
        assertThat(burst.offset(0)).isEqualTo(256);
    }

    @Test
    void takesNoMoreThanTheRingHoldsAndTheFirstOnes() {
        Burst burst = new Burst(ENTRIES + 8);
        for (int i = 0; i < ENTRIES + 8; i++) {
            offer(burst, 60 + i);
        }
        assertThat(queue.transmit(burst)).isEqualTo(ENTRIES);
        burst.dropFirst(ENTRIES);
        assertThat(queue.transmit(burst)).as("full").isZero();
        for (int i = 0; i < 3; i++) {
            assertThat(kernelSends()).isEqualTo(60 + i);
        }
        assertThat(queue.transmit(burst)).as("what was completed in between").isEqualTo(3);
        burst.dropFirst(3);
        for (int i = 3; i < ENTRIES + 3; i++) {
            assertThat(kernelSends()).isEqualTo(60 + i);
        }
        assertThat(queue.complete()).isEqualTo(ENTRIES);
        assertThat(pool.framesInUse()).isEqualTo(burst.count()).isEqualTo(5);
    }

    @Test
    void neverHasMoreUnderWayThanTheCompletionRingHolds() {
        Burst burst = new Burst(ENTRIES + 1);
        for (int i = 0; i < ENTRIES + 1; i++) {
            offer(burst, 60);
        }
        assertThat(queue.transmit(burst)).isEqualTo(ENTRIES);
        // The kernel has taken all, so the tx ring is empty, but completed none.
        RawMemory.putInt(tx.address() + CONSUMER, ENTRIES);
        burst.dropFirst(ENTRIES);
        assertThat(queue.transmit(burst)).isZero();
    }

    @Test
    void takesPacketsOneByOneAndSubmitsThemTogether() {
        Burst burst = new Burst(ENTRIES + 1);
        for (int i = 0; i < ENTRIES + 1; i++) {
            offer(burst, 60 + i);
        }
        for (int i = 0; i < ENTRIES; i++) {
            assertThat(queue.offer(burst, i)).isTrue();
        }
        assertThat(queue.offer(burst, ENTRIES)).as("full").isFalse();
        assertThat(produced(tx)).as("nothing is seen before").isZero();
        queue.submitOffered();
        assertThat(produced(tx)).isEqualTo(ENTRIES);
        for (int i = 0; i < 3; i++) {
            assertThat(kernelSends()).isEqualTo(60 + i);
        }
        assertThat(queue.offer(burst, ENTRIES))
                .as("what was completed in between")
                .isTrue();
        queue.submitOffered();
        queue.submitOffered();
        for (int i = 3; i < ENTRIES + 1; i++) {
            assertThat(kernelSends()).isEqualTo(60 + i);
        }
        assertThat(queue.complete()).isEqualTo(ENTRIES - 2);
        assertThat(queue.inTransmission()).isZero();
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void dropsAndCountsWhatTheKernelWouldNeverComplete() {
        Burst burst = new Burst(8);
        offer(burst, 13); // shorter than an Ethernet header
        offer(burst, 2048 - 256 + 1); // beyond the frame
        offer(burst, 0);
        offer(burst, 60);
        assertThat(queue.transmit(burst)).isEqualTo(4);
        assertThat(queue.txDropped()).isEqualTo(3);
        assertThat(produced(tx)).isEqualTo(1);
        assertThat(pool.framesInUse()).isEqualTo(1);
    }

    @Test
    void passesThousandsThrough() {
        Burst burst = new Burst(32);
        Burst back = new Burst(32);
        for (int round = 0; round < 2000; round++) {
            queue.refill();
            int count = 1 + round % 32;
            for (int i = 0; i < count; i++) {
                kernelReceives(60 + i);
            }
            burst.clear();
            back.clear();
            assertThat(queue.receive(burst)).isEqualTo(count);
            for (int i = 0; i < count; i++) {
                Buffer frame = burst.frame(i);
                ACCESS.hold(frame);
                back.add(frame, burst.offset(i), burst.length(i));
                frame.release();
            }
            assertThat(queue.transmit(back)).isEqualTo(count);
            for (int i = 0; i < count; i++) {
                assertThat(kernelSends()).isEqualTo(60 + i);
            }
            assertThat(queue.complete()).isEqualTo(count);
        }
        umem.takeAll();
        assertThat(pool.framesInUse()).isZero();
    }
}
