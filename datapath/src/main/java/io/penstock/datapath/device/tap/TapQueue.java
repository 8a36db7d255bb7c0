package io.penstock.datapath.device.tap;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.InterfaceWatch;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortEvents;
import io.penstock.datapath.device.PortShare;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.WaitFds;
import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.net.LinkWatch;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.grant.FrameGrant;

/**
 * One queue of /dev/net/tun: a read for each packet in, a write for each packet out.
 *
 * <p>The kernel copies within the call, so that a frame's hold is given back at once.
 */
final class TapQueue implements PacketQueue {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final long LINK_CHECK_NANOS = 5_000_000;

    private final DeviceInfo info;
    private final PortShare share;
    private final PortEvents events;
    private final InterfaceWatch watch;
    private final int fd;
    private final WaitFds waits;
    private final FramePool pool;
    private final Clock clock;
    private final LinkWatch link;
    private final int rxOffset;
    /** The frame that the next packet will be read into: an empty poll does not go to the pool. */
    private Buffer next;

    private boolean up;
    private long linkCheckNanos;
    private long txDropped;
    private boolean closed;

    TapQueue(DeviceInfo info, PortShare share, int fd, DeviceSetup setup, LinkWatch link, PortEvents events) {
        this.info = info;
        this.share = share;
        this.fd = fd;
        this.waits = new WaitFds(fd);
        this.pool = setup.pool();
        this.clock = setup.clock();
        this.link = link;
        this.events = events;
        this.watch = new InterfaceWatch(link, events, "TAP interface of " + info.name());
        this.rxOffset = pool.headroomBytes();
        this.up = events.isUp();
        this.linkCheckNanos = clock.nanos();
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
        int received = 0;
        while (up && !burst.isFull()) {
            if (next == null) {
                next = ACCESS.allocateReserved(pool);
                if (next == null) {
                    break; // the packet waits in the kernel's queue
                }
            }
            long count = FileDescriptors.read(fd, next.frameAddress() + rxOffset, pool.frameBytes() - rxOffset);
            if (count <= 0) {
                failed((int) -count);
                break;
            }
            burst.add(next, rxOffset, (int) count);
            next = null;
            received++;
        }
        return received;
    }

    @Override
    public int txBurst(Burst burst) {
        int count = burst.count();
        for (int i = 0; i < count; i++) {
            if (up) {
                long written = FileDescriptors.write(fd, burst.address(i), burst.length(i));
                if (written == -Errno.EAGAIN) {
                    return i;
                }
                if (written < 0) {
                    txDropped++;
                    failed((int) -written);
                }
            } else {
                txDropped++;
            }
            ACCESS.unhold(burst.frame(i));
        }
        return count;
    }

    /**
     * EIO: switched off. EBADFD, EBADF, ENODEV: deleted. Nothing is tried again until the link watch says that it is up.
     */
    private void failed(int errno) {
        if (errno != 0 && errno != Errno.EAGAIN && errno != Errno.EINTR && errno != Errno.EINVAL) {
            up = false;
            events.link(false);
            linkCheckNanos = clock.nanos();
        }
    }

    @Override
    public int reclaim() {
        long now = clock.nanos();
        if (now - linkCheckNanos >= LINK_CHECK_NANOS && !closed) {
            linkCheckNanos = now;
            checkLink();
        }
        return 0;
    }

    private void checkLink() {
        watch.check(!up);
        up = events.isUp();
        share.counted(0, txDropped);
    }

    @Override
    public WaitFds waitFds() {
        return waits;
    }

    @Override
    public long rxDropped() {
        return 0; // what the kernel cannot queue it counts as tx_dropped of its own interface
    }

    @Override
    public long txDropped() {
        return txDropped;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            up = false;
            events.link(false);
            share.counted(0, txDropped);
            if (next != null) {
                next.release();
                next = null;
            }
            link.close();
            waits.clear();
            share.closed();
        }
    }
}
