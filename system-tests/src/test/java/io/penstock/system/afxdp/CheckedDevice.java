package io.penstock.system.afxdp;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.PacketDevice;
import io.penstock.datapath.poll.WaitFds;
import io.penstock.memory.FramePool;
import java.util.concurrent.atomic.AtomicBoolean;

/** A device that, once closed, tells if a frame did not come home: a stack closes it when it holds none itself. */
record CheckedDevice(PacketDevice device, FramePool pool, AtomicBoolean testHoldsFrames) implements PacketDevice {
    @Override
    public DeviceInfo info() {
        return device.info();
    }

    @Override
    public int rxBurst(Burst burst) {
        return device.rxBurst(burst);
    }

    @Override
    public int txBurst(Burst burst) {
        return device.txBurst(burst);
    }

    @Override
    public int reclaim() {
        return device.reclaim();
    }

    @Override
    public WaitFds waitFds() {
        return device.waitFds();
    }

    @Override
    public boolean isUp() {
        return device.isUp();
    }

    @Override
    public int mtuBytes() {
        return device.mtuBytes();
    }

    @Override
    public int linkReturns() {
        return device.linkReturns();
    }

    @Override
    public String lostReason() {
        return device.lostReason();
    }

    @Override
    public boolean kernelAnswersArp() {
        return device.kernelAnswersArp();
    }

    @Override
    public long rxDropped() {
        return device.rxDropped();
    }

    @Override
    public long txDropped() {
        return device.txDropped();
    }

    @Override
    public void close() {
        device.close();
        int ignored = pool.reclaim();
        if (pool.framesInUse() != 0 && !testHoldsFrames.get()) {
            throw new AssertionError(info().name() + " is closed and " + pool.framesInUse()
                    + " frames are still in use:\n" + pool.leakReport());
        }
    }
}
