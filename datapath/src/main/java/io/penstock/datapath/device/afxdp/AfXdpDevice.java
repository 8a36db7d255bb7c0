package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.PacketDevice;
import io.penstock.datapath.os.LinkWatch;
import io.penstock.datapath.os.Readiness;
import io.penstock.datapath.os.Resources;
import io.penstock.datapath.os.XdpSocket;
import io.penstock.datapath.poll.Clock;
import io.penstock.memory.FramePool;
import io.penstock.memory.os.FileDescriptors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An interface driven through AF_XDP sockets, one for each of its receive queues. Transmits on the first of them. */
final class AfXdpDevice implements PacketDevice {
    private static final long LINK_CHECK_NANOS = 5_000_000;
    private static final long STATISTICS_NANOS = 10_000_000;
    private static final long DRAIN_NANOS = 100_000_000;

    /** What it was given by the stack that opened it. */
    record Setting(Clock clock, FramePool pool, ReceiveDrops drops) {}

    private final DeviceInfo info;
    private final Clock clock;
    private final FramePool pool;
    private final ReceiveDrops receiveDrops;
    private static final XskQueue[] NONE = {};

    /** None once this is closed. */
    private XskQueue[] queues;

    private final XskQueue first;
    private final LinkWatch link;
    private final int waitFd;
    private final Resources resources;
    private final MemorySegment statistics = XdpSocket.allocateStatistics(Arena.ofAuto());

    private boolean up;
    private int nextQueue;
    private long linkCheckNanos;
    private long statisticsNanos;
    private long rxDropped;
    private long txInvalid;
    private boolean closed;

    AfXdpDevice(DeviceInfo info, Setting setting, XskQueue[] queues, LinkWatch link, int waitFd, Resources resources) {
        this.info = info;
        this.clock = setting.clock();
        this.pool = setting.pool();
        this.receiveDrops = setting.drops();
        this.queues = queues;
        this.first = queues[0];
        this.link = link;
        this.waitFd = waitFd;
        this.resources = resources;
        this.up = link.isRunning();
        this.linkCheckNanos = clock.nanos();
        this.statisticsNanos = clock.nanos();
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public int rxBurst(Burst burst) {
        if (queues.length == 1) {
            return first.receive(burst);
        }
        // Begins each time behind the queue that was read last: a busy one cannot keep the others from the burst.
        int received = 0;
        int queue = nextQueue;
        for (int i = 0; i < queues.length && !burst.isFull(); i++) {
            received += queues[queue].receive(burst);
            queue = queue + 1 == queues.length ? 0 : queue + 1;
        }
        nextQueue = queue;
        return received;
    }

    @Override
    public int txBurst(Burst burst) {
        if (!up) {
            // As a wire without a carrier does: frames that waited for the link would be stale, and missing elsewhere.
            for (int i = 0; i < burst.count(); i++) {
                first.drop(burst.frame(i));
            }
            return burst.count();
        }
        return first.transmit(burst);
    }

    @Override
    public int reclaim() {
        int back = first.complete();
        if (up) {
            first.retryTransmission();
        }
        for (XskQueue queue : queues) {
            queue.refill();
        }
        long now = clock.nanos();
        if (now - linkCheckNanos >= LINK_CHECK_NANOS && !closed) {
            linkCheckNanos = now;
            link.check();
            up = link.isRunning();
        }
        return back;
    }

    @Override
    public int waitFd() {
        return closed ? -1 : waitFd;
    }

    @Override
    public boolean isUp() {
        return up;
    }

    @Override
    public long rxDropped() {
        refreshStatistics();
        return rxDropped;
    }

    @Override
    public long txDropped() {
        refreshStatistics();
        return first.txDropped() + txInvalid;
    }

    /** A system call a queue: not more often than somebody would look. */
    private void refreshStatistics() {
        long now = clock.nanos();
        if (!closed && (now - statisticsNanos >= STATISTICS_NANOS || now == statisticsNanos)) {
            statisticsNanos = now;
            readStatistics();
        }
    }

    private void readStatistics() {
        long address = statistics.address();
        long tx = 0;
        receiveDrops.begin();
        for (XskQueue queue : queues) {
            if (!XdpSocket.readStatistics(queue.fd(), address)) {
                return; // the interface has gone: the last numbers stand
            }
            receiveDrops.add(address);
            tx += XdpSocket.txInvalid(address);
        }
        rxDropped = receiveDrops.end(pool.strideBytes(), pool.freeFrames());
        txInvalid = tx;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        long deadline = System.nanoTime() + DRAIN_NANOS;
        first.complete();
        while (first.inTransmission() != 0 && !link.isGone() && System.nanoTime() < deadline) {
            first.retryTransmission();
            first.complete();
            Thread.onSpinWait();
        }
        readStatistics();
        closed = true;
        up = false;
        queues = NONE;
        first.closed();
        resources.close();
    }

    /** A descriptor to wait on: the socket itself, or one that stands for all of them. */
    static int waitFd(XskQueue[] queues, Resources resources) {
        if (queues.length == 1) {
            return queues[0].fd();
        }
        int[] fds = new int[queues.length];
        for (int i = 0; i < fds.length; i++) {
            fds[i] = queues[i].fd();
        }
        int any = Readiness.anyOf(fds);
        resources.add(() -> FileDescriptors.close(any));
        return any;
    }
}
