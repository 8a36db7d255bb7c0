package io.penstock.testkit.device;

import io.penstock.datapath.device.PacketQueue;
import io.penstock.memory.FramePool;
import java.util.function.BooleanSupplier;

/** A device that, once closed, tells if a frame did not come home: a stack closes it when it holds none itself. */
public final class CheckedDevice extends ForwardingDevice {
    private final FramePool pool;
    private final BooleanSupplier testHoldsFrames;

    /**
     * Takes over a device.
     *
     * @param pool whose frames it is given
     * @param testHoldsFrames asked when it is closed: whether the test itself holds frames, which are not missing then
     */
    public CheckedDevice(PacketQueue device, FramePool pool, BooleanSupplier testHoldsFrames) {
        super(device);
        this.pool = pool;
        this.testHoldsFrames = testHoldsFrames;
    }

    @Override
    public void close() {
        super.close();
        int _ = pool.reclaim();
        if (pool.framesInUse() != 0 && !testHoldsFrames.getAsBoolean()) {
            throw new AssertionError(info().name() + " is closed and " + pool.framesInUse()
                    + " frames are still in use:\n" + pool.leakReport());
        }
    }
}
