package io.penstock.datapath.device.afxdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.PinnedHeap;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Frames go to the kernel and come home, each exactly once. */
class UmemFramesTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());

    private final Region region = Region.mapSmall(1 << 20);
    private final PinnedHeap heap = PinnedHeap.over("test", region);
    private final FramePool pool = heap.frames("test", 2048, 256, 32);
    private final CoreHeap objects = heap.core("test");
    private final UmemFrames umem = new UmemFrames(pool);

    @AfterEach
    void close() {
        pool.close();
        objects.close();
        heap.close();
        region.close();
    }

    @Test
    void addressesFramesByTheirOffsetInTheRegion() {
        Buffer frame = pool.allocate();
        assertThat(umem.giveForReceiving(frame)).isEqualTo(frame.frameAddress() - region.address());
        Buffer received = umem.takeReceived(frame.frameAddress() - region.address() + 256);
        assertThat(received).isSameAs(frame);
        assertThat(received.references()).isEqualTo(1);
        assertThat(umem.offsetInFrame(frame.frameAddress() - region.address() + 256))
                .isEqualTo(256);
        received.release();
    }

    @Test
    void givesTheHoldBackWithTheLastByteSent() {
        Buffer frame = pool.allocate();
        ACCESS.hold(frame);
        long offset = umem.giveForTransmission(frame);
        frame.release();
        assertThat(pool.framesInUse()).isEqualTo(1);
        umem.takeTransmitted(offset + 300);
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void sendsEverythingHomeThatTheKernelKept() {
        for (int i = 0; i < 5; i++) {
            long _ = umem.giveForReceiving(pool.allocate());
        }
        Buffer twice = pool.allocate();
        for (int i = 0; i < 2; i++) {
            ACCESS.hold(twice);
            long _ = umem.giveForTransmission(twice);
        }
        twice.release();
        Buffer ours = pool.allocate();
        assertThat(pool.framesInUse()).isEqualTo(7);
        umem.takeAll();
        assertThat(pool.framesInUse()).isEqualTo(1);
        assertThat(ours.references()).isEqualTo(1);
        umem.takeAll();
        assertThat(pool.framesInUse()).isEqualTo(1);
        ours.release();
    }

    private Buffer held(int lengthBytes) {
        Buffer object = objects.allocate(lengthBytes);
        ACCESS.hold(object);
        object.release();
        return object;
    }

    @Test
    void anObjectIsAddressedByItsOffsetToo() {
        Buffer object = held(1000);
        assertThat(UmemFrames.hasObjects(pool)).isTrue();
        long offset = umem.giveForTransmission(object);
        assertThat(offset).isEqualTo(object.frameAddress() - region.address());
        umem.takeTransmitted(offset + 128);
        assertThat(objects.bytesInUse()).isZero();
    }

    @Test
    void objectsThatTheKernelKeptComeHomeAsOftenAsTheyWereGiven() {
        Buffer twice = held(1000);
        ACCESS.hold(twice);
        long _ = umem.giveForTransmission(twice);
        long _ = umem.giveForTransmission(twice);
        long _ = umem.giveForTransmission(held(64));
        umem.takeAll();
        assertThat(objects.bytesInUse()).isZero();
        umem.takeAll();
    }

    @Test
    void onlyWhatCrossesPagesIsOutOfReachAndOnlyUnderZeroCopy() {
        Buffer object = held(8000);
        int toTheBorder = (int) (4096 - (object.frameAddress() & 4095));
        assertThat(umem.isOutOfReach(object, toTheBorder - 100, 200)).isFalse();
        umem.onlyWithinPages();
        assertThat(umem.isOutOfReach(object, toTheBorder - 100, 200)).isTrue();
        assertThat(umem.isOutOfReach(object, toTheBorder - 100, 100)).isFalse();
        assertThat(umem.isOutOfReach(object, toTheBorder, 100)).isFalse();
        ACCESS.unhold(object);
    }
}
