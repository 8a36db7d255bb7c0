package io.penstock.datapath.device.shm;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortEvents;
import io.penstock.datapath.device.PortShare;
import io.penstock.datapath.poll.Clock;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.grant.FrameGrant;

/** One end of a wire in shared memory: packets are copied into the ring and out of it. */
final class ShmQueue implements PacketQueue {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    /** How long the ring must have been full before the kernel is asked whether the other end still lives. */
    private static final long SUSPICION_NANOS = 100_000_000L;

    private final ShmFile file;
    private final ShmSender sender;
    private ShmReceiver receiver;
    private final FramePool pool;
    private final Clock clock;
    private final DeviceInfo info;
    private final PortShare share;
    private final PortEvents events;
    private long fullSinceNanos;
    private boolean full;
    private long rxDropped;
    private long txDropped;
    private boolean closed;

    ShmQueue(DeviceInfo info, PortShare share, ShmFile file, DeviceSetup setup) {
        this.info = info;
        this.share = share;
        this.file = file;
        this.sender = new ShmSender(ShmLayout.ringFrom(file.address(), file.end()));
        this.receiver = new ShmReceiver(ShmLayout.ringFrom(file.address(), 1 - file.end()));
        this.pool = setup.pool();
        this.clock = setup.clock();
        file.announce();
        this.events = new PortEvents(info);
        events.link(file.isPeerAttached());
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public PortEvents events() {
        return events;
    }

    @Override
    public int rxBurst(Burst burst) {
        ShmReceiver in = receiver;
        int available = in.available();
        if (available == 0) {
            return 0;
        }
        int count = 0;
        for (; available > 0 && !burst.isFull(); available--) {
            int length = in.length();
            int offset = pool.headroomBytes();
            if (length < 0 || length > pool.payloadBytes()) {
                rxDropped++;
                in.next();
                continue;
            }
            Buffer frame = ACCESS.allocateReserved(pool);
            if (frame == null) {
                break;
            }
            RawMemory.copy(in.packet(), frame.frameAddress() + offset, length);
            in.next();
            burst.add(frame, offset, length);
            count++;
        }
        in.publish();
        return count;
    }

    @Override
    public int txBurst(Burst burst) {
        int wanted = burst.count();
        int room = file.isPeerAttached() ? sender.room(wanted) : -1;
        if (room < 0) {
            // No cable, or nobody sane at its end: as a NIC does, send into the void rather than stand still.
            for (int i = 0; i < wanted; i++) {
                ACCESS.unhold(burst.frame(i));
            }
            txDropped += wanted;
            return wanted;
        }
        int taken = 0;
        for (; taken < room; taken++) {
            int length = burst.length(taken);
            if (length > ShmLayout.MAX_PACKET_BYTES) {
                txDropped++;
            } else {
                sender.put(burst.address(taken), length);
            }
            ACCESS.unhold(burst.frame(taken));
        }
        sender.publish();
        suspect(room == 0);
        return taken;
    }

    private void suspect(boolean isFull) {
        if (!isFull) {
            full = false;
        } else if (!full) {
            full = true;
            fullSinceNanos = clock.nanos();
        } else if (clock.nanos() - fullSinceNanos > SUSPICION_NANOS) {
            full = false;
            boolean _ = file.checkPeer();
        }
    }

    @Override
    public int reclaim() {
        if (!closed) {
            events.link(file.isPeerAttached());
        }
        return 0;
    }

    @Override
    public long rxDropped() {
        return rxDropped + receiver.nonsense();
    }

    @Override
    public long txDropped() {
        return txDropped;
    }

    /** How often the other end wrote what makes no sense. */
    long nonsense() {
        return sender.nonsense() + receiver.nonsense();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            rxDropped += receiver.nonsense();
            events.link(false);
            share.counted(rxDropped, txDropped);
            share.closed();
            // What is there now is a wire without a peer, on which nothing comes.
            receiver = new ShmReceiver(ShmLayout.ringFrom(file.address(), 1 - file.end()));
        }
    }
}
