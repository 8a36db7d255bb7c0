package io.penstock.datapath.device.tap;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.MtuChange;
import io.penstock.datapath.device.PacketDevice;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.WaitFds;
import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.net.LinkWatch;
import io.penstock.memory.Buffer;
import io.penstock.memory.FramePool;

/**
 * One queue of /dev/net/tun: a read for each packet in, a write for each packet out.
 *
 * <p>The kernel copies within the call, so that a frame's hold is given back at once.
 */
final class TapDevice implements PacketDevice {
    private static final long LINK_CHECK_NANOS = 5_000_000;

    private final DeviceInfo info;
    private final int fd;
    private final WaitFds waits;
    private final FramePool pool;
    private final Clock clock;
    private final LinkWatch link;
    private final MtuChange mtu;
    private final int rxOffset;
    /** The frame that the next packet will be read into: an empty poll does not go to the pool. */
    private Buffer next;

    private boolean up;
    private int returns;
    private long linkCheckNanos;
    private long txDropped;
    private boolean closed;

    TapDevice(DeviceInfo info, int fd, FramePool pool, Clock clock, LinkWatch link, MtuChange mtu) {
        this.info = info;
        this.fd = fd;
        this.waits = new WaitFds(fd);
        this.pool = pool;
        this.clock = clock;
        this.link = link;
        this.mtu = mtu;
        this.rxOffset = pool.headroomBytes();
        this.up = link.isRunning();
        this.linkCheckNanos = clock.nanos();
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public int rxBurst(Burst burst) {
        int received = 0;
        while (up && !burst.isFull()) {
            if (next == null) {
                next = pool.allocateReserved();
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
            burst.frame(i).unhold();
        }
        return count;
    }

    /**
     * EIO: switched off. EBADFD, EBADF, ENODEV: deleted. Nothing is tried again until the link watch says that it is up.
     */
    private void failed(int errno) {
        if (errno != 0 && errno != Errno.EAGAIN && errno != Errno.EINTR && errno != Errno.EINVAL) {
            up = false;
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
        link.check();
        if (!link.isRunning() || !up) {
            link.ask(); // announcements may be a second late
        }
        boolean running = link.isRunning();
        if (running && !up) {
            returns++;
        }
        up = running;
        mtu.note(link.mtuBytes());
    }

    @Override
    public WaitFds waitFds() {
        return waits;
    }

    @Override
    public boolean isUp() {
        return up;
    }

    @Override
    public int mtuBytes() {
        return mtu.mtuBytes();
    }

    @Override
    public int linkReturns() {
        return returns;
    }

    @Override
    public String lostReason() {
        return link.isGone()
                ? "TAP interface of " + info.name() + " has gone: it was deleted, or moved to another network namespace"
                : null;
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
            if (next != null) {
                next.release();
                next = null;
            }
            link.close();
            waits.clear();
            FileDescriptors.close(fd);
        }
    }
}
