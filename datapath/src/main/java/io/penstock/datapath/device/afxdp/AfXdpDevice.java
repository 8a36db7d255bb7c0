package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.PacketDevice;
import io.penstock.datapath.device.Resources;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.WaitFds;
import io.penstock.linux.net.Ethtool;
import io.penstock.linux.net.XdpSocket;
import io.penstock.memory.FramePool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An interface driven through AF_XDP sockets, one for each of its receive queues. Transmits on the first of them. */
final class AfXdpDevice implements PacketDevice {
    private static final long CHECK_NANOS = 5_000_000;
    /** How often it is looked for copies of ARP packets, and asked whether the link is down when the kernel refuses to send. */
    private static final long SHORT_CHECK_NANOS = 500_000;

    /** How long nothing may arrive until it is asked whether something could. */
    private static final long SILENCE_NANOS = 1_000_000_000;

    private static final long STATISTICS_NANOS = 10_000_000;
    private static final long DRAIN_NANOS = 100_000_000;

    /** What it was given by the stack that opened it. */
    record Setting(Clock clock, FramePool pool, ReceiveDrops drops) {}

    private final DeviceInfo info;
    private final Clock clock;
    private final FramePool pool;
    private final ReceiveDrops receiveDrops;
    private static final XskQueue[] NONE = {};

    private final ReceiveQueues sockets;
    private final XskQueue first;
    private final InterfaceMonitor monitor;
    private final Ethtool.Channels channels;
    /** Null unless the kernel has the address, too. */
    private final ArpCopies arp;

    private final WaitFds waits = new WaitFds();
    private final Resources resources;
    private final MemorySegment statistics = XdpSocket.allocateStatistics(Arena.ofAuto());

    /** None once this is closed. */
    private XskQueue[] queues;

    private boolean up;
    private boolean kernelAnswersArp;
    private boolean arpHasCome;
    private int nextQueue;
    private long checkNanos;
    private long shortCheckNanos;
    private long silenceNanos;
    private long receivedBefore;
    private long queuesVersion;
    private long statisticsNanos;
    private long rxDropped;
    private long txInvalid;
    private boolean closed;

    AfXdpDevice(
            DeviceInfo info,
            Setting setting,
            ReceiveQueues sockets,
            InterfaceMonitor monitor,
            ArpCopies arp,
            Resources resources) {
        this.info = info;
        this.clock = setting.clock();
        this.pool = setting.pool();
        this.receiveDrops = setting.drops();
        this.sockets = sockets;
        this.queues = sockets.all();
        this.first = queues[0];
        this.monitor = monitor;
        this.arp = arp;
        this.resources = resources;
        this.channels = new Ethtool.Channels(sockets.interfaceName());
        resources.add(channels::close);
        for (XskQueue queue : queues) {
            waits.add(queue.fd());
        }
        if (arp != null) {
            waits.add(arp.fd());
        }
        this.up = monitor.isUp();
        this.checkNanos = clock.nanos();
        this.shortCheckNanos = clock.nanos();
        this.silenceNanos = clock.nanos();
        this.queuesVersion = monitor.queuesVersion();
        this.statisticsNanos = clock.nanos();
    }

    /** Ends the sleep of who waits for the device when this descriptor becomes readable. */
    void waitAlsoFor(int fd) {
        waits.add(fd);
    }

    /** Whether the kernel has the address on this interface. */
    void kernelAnswersArp(boolean answers) {
        kernelAnswersArp = answers;
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public int rxBurst(Burst burst) {
        if (arpHasCome) {
            return receiveWithArp(burst);
        }
        return queues.length == 1 ? first.receive(burst) : receiveFromAll(burst);
    }

    private int receiveWithArp(Burst burst) {
        int copies = arp.receive(burst);
        arpHasCome = burst.isFull();
        return copies + receiveFromAll(burst);
    }

    private int receiveFromAll(Burst burst) {
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
        if (now - shortCheckNanos >= SHORT_CHECK_NANOS && !closed) {
            shortCheckNanos = now;
            check(now);
        }
        return back;
    }

    private void check(long now) {
        if (arp != null && arp.isReadable()) {
            arpHasCome = true;
        }
        boolean suspect = first.wasRefused();
        if (suspect || now - checkNanos >= CHECK_NANOS) {
            checkNanos = now;
            monitor.check(suspect || isSilent(now));
            up = monitor.isUp();
            checkQueues();
        }
    }

    private boolean isSilent(long now) {
        if (now - silenceNanos < SILENCE_NANOS) {
            return false;
        }
        silenceNanos = now;
        long received = 0;
        for (XskQueue queue : queues) {
            received += queue.received();
        }
        boolean silent = received == receivedBefore;
        receivedBefore = received;
        return silent;
    }

    private void checkQueues() {
        long version = monitor.queuesVersion();
        if (version != queuesVersion && monitor.lost() == null) {
            int before = queues.length;
            queues = sockets.grow(channels.rxQueues());
            for (int i = before; i < queues.length; i++) {
                waits.add(queues[i].fd());
            }
        }
        queuesVersion = version;
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
        return monitor.mtuBytes();
    }

    @Override
    public int linkReturns() {
        return monitor.returns();
    }

    @Override
    public String lostReason() {
        return monitor.lost();
    }

    @Override
    public boolean kernelAnswersArp() {
        return kernelAnswersArp;
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
            monitor.count();
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
        while (first.inTransmission() != 0 && !monitor.isGone() && System.nanoTime() < deadline) {
            first.retryTransmission();
            first.complete();
            Thread.onSpinWait();
        }
        readStatistics();
        closed = true;
        up = false;
        queues = NONE;
        waits.clear();
        first.closed();
        resources.close();
    }
}
