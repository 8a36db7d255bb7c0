package io.penstock.datapath.device.sim;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.PacketDevice;
import io.penstock.datapath.poll.Clock;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FramePool;

/** One end of a {@link SimWire}. */
final class SimDevice implements PacketDevice {
    private final SimWire wire;
    private final SimWire.End end;
    private final Direction outgoing;
    private final Direction incoming;
    private final FramePool pool;
    private final Clock clock;
    private final DeviceInfo info;
    private long rxDropped;
    private long txDropped;
    private boolean closed;

    SimDevice(SimWire wire, SimWire.End end, DeviceSetup setup) {
        this.wire = wire;
        this.end = end;
        this.outgoing = wire.from(end);
        this.incoming = wire.to(end);
        this.pool = setup.pool();
        this.clock = setup.clock();
        // Locally administered (bit 1 of the first byte), and the same in every run.
        long mac = 0x0200_5300_0000L | (wire.name().hashCode() & 0xffffL) << 8 | (end == SimWire.End.A ? 0x0a : 0x0b);
        this.info = new DeviceInfo("sim:" + wire.name(), "simulated wire, end " + end, mac, wire.mtuBytes(), 1);
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public int rxBurst(Burst burst) {
        Direction in = incoming;
        long now = clock.nanos();
        int count = 0;
        while (!burst.isFull() && in.nextArrivalNanos() <= now) {
            int length = in.nextLength();
            int offset = pool.headroomBytes();
            if (length > pool.payloadBytes()) {
                rxDropped++;
                in.removeNext();
                continue;
            }
            Buffer frame = pool.allocateReserved();
            if (frame == null) {
                break; // it waits on the wire, as it would in a NIC that has no descriptor left
            }
            RawMemory.copy(in.nextAddress(), frame.frameAddress() + offset, length);
            in.removeNext();
            burst.add(frame, offset, length);
            wire.capture(end, now, frame.frameAddress() + offset, length);
            count++;
        }
        return count;
    }

    @Override
    public int txBurst(Burst burst) {
        long now = clock.nanos();
        int n = burst.count();
        boolean heard = wire.isHeard(end);
        for (int i = 0; i < n; i++) {
            long address = burst.address(i);
            int length = burst.length(i);
            if (!heard) {
                txDropped++;
            } else if (!outgoing.send(address, length, now)) {
                return i;
            }
            wire.capture(end, now, address, length);
            burst.frame(i).unhold();
        }
        return n;
    }

    @Override
    public int reclaim() {
        return 0;
    }

    @Override
    public boolean isUp() {
        return !closed && wire.isUp();
    }

    @Override
    public long rxDropped() {
        return rxDropped;
    }

    @Override
    public long txDropped() {
        return txDropped;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            wire.closed(end);
        }
    }
}
