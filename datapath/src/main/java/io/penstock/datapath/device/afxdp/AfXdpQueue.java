package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.FlowSpread;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortEvents;
import io.penstock.datapath.device.PortRelay;
import io.penstock.datapath.device.PortShare;
import io.penstock.datapath.device.Resources;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.WaitFds;
import io.penstock.linux.net.Ethtool;
import io.penstock.linux.net.XdpSocket;
import io.penstock.memory.FramePool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An interface driven through AF_XDP sockets, one for each of its receive queues. If there are several, each flow is sent on
 * one of them.
 */
final class AfXdpQueue implements PacketQueue {
    private static final long CHECK_NANOS = 5_000_000;
    /** How often it is looked for copies of ARP packets, and asked whether the link is down when the kernel refuses to send. */
    private static final long SHORT_CHECK_NANOS = 500_000;

    /** How long nothing may arrive until it is asked whether something could. */
    private static final long SILENCE_NANOS = 1_000_000_000;

    private static final long STATISTICS_NANOS = 10_000_000;
    private static final long DRAIN_NANOS = 100_000_000;
    private static final XskQueue[] NONE = {};

    private final DeviceInfo info;
    private final PortShare share;
    private final Clock clock;
    private final FramePool pool;
    private final ReceiveDrops receiveDrops;
    private final ReceiveQueues sockets;
    private final XskQueue first;
    private final InterfaceMonitor monitor;
    private final PortEvents events;
    private final Ethtool.Channels channels;
    private final boolean kernelAnswersArp;
    /** Null unless the kernel has the address, too. */
    private final ArpCopies arp;

    private final WaitFds waits = new WaitFds();
    private final Resources resources;
    private final MemorySegment statistics = XdpSocket.allocateStatistics(Arena.ofAuto());

    /** None once this is closed. */
    private XskQueue[] queues;
    /** Those of them on which packets are sent; as many as there are, or fewer. */
    private XskQueue[] sending;

    private boolean up;
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

    /** @param resources what is closed with it */
    AfXdpQueue(
            PortShare share,
            DeviceSetup setup,
            AfXdpLease lease,
            ReceiveQueues sockets,
            InterfaceMonitor monitor,
            ArpCopies arp,
            Resources resources) {
        this.info = lease.info();
        this.share = share;
        this.clock = setup.clock();
        this.pool = setup.pool();
        this.receiveDrops = new ReceiveDrops(setup.remedies(), lease.interfaceName(), lease.ringEntries());
        this.kernelAnswersArp = lease.is(AfXdpLease.KERNEL_ANSWERS);
        this.sockets = sockets;
        this.queues = sockets.all();
        this.sending = sockets.sending((int) lease.lease().number(AfXdpLease.TX_CHANNELS));
        this.first = queues[0];
        this.monitor = monitor;
        this.events = monitor.events();
        this.arp = arp;
        this.resources = resources;
        this.channels = new Ethtool.Channels(lease.interfaceName());
        resources.add(channels::close);
        for (XskQueue queue : queues) {
            waits.add(queue.fd());
        }
        if (arp != null) {
            waits.add(arp.fd());
        }
        waits.add(monitor.fd()); // ends a sleep when there is news of the interface
        this.up = events.isUp();
        this.checkNanos = clock.nanos();
        this.shortCheckNanos = clock.nanos();
        this.silenceNanos = clock.nanos();
        this.queuesVersion = monitor.queuesVersion();
        this.statisticsNanos = clock.nanos();
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
        return sending.length == 1 ? first.transmit(burst) : transmitOnAll(burst);
    }

    private int transmitOnAll(Burst burst) {
        XskQueue[] all = sending;
        int taken = 0;
        while (taken < burst.count() && all[FlowSpread.queue(burst, taken, all.length)].offer(burst, taken)) {
            taken++;
        }
        for (XskQueue queue : all) {
            queue.submitOffered();
        }
        return taken;
    }

    @Override
    public int reclaim() {
        int back = 0;
        for (XskQueue queue : queues) {
            back += queue.complete();
            if (up) {
                queue.retryTransmission();
            }
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
        boolean suspect = false;
        for (XskQueue queue : sending) {
            suspect |= queue.wasRefused();
        }
        if (suspect || now - checkNanos >= CHECK_NANOS) {
            checkNanos = now;
            monitor.check(suspect || isSilent(now));
            up = events.isUp();
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
        if (version != queuesVersion && events.lost() == null) {
            int before = queues.length;
            queues = sockets.grow(channels.rxQueues());
            for (int i = before; i < queues.length; i++) {
                waits.add(queues[i].fd());
            }
            sending = sockets.sending(channels.txQueuesThen());
        }
        queuesVersion = version;
    }

    @Override
    public WaitFds waitFds() {
        return waits;
    }

    @Override
    public boolean kernelAnswersArp() {
        return kernelAnswersArp;
    }

    @Override
    public PortRelay relay() {
        return share.relay();
    }

    @Override
    public long rxDropped() {
        refreshStatistics();
        return rxDropped;
    }

    @Override
    public long txDropped() {
        refreshStatistics();
        return txInvalid + txLost();
    }

    /** What a queue took and did not offer to the kernel. */
    private long txLost() {
        long lost = 0;
        for (XskQueue queue : sockets.all()) {
            lost += queue.txDropped();
        }
        return lost;
    }

    /** A system call a queue: not more often than somebody would look. */
    private void refreshStatistics() {
        long now = clock.nanos();
        if (!closed && (now - statisticsNanos >= STATISTICS_NANOS || now == statisticsNanos)) {
            statisticsNanos = now;
            monitor.count();
            readStatistics();
            share.counted(rxDropped, txInvalid + txLost());
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
        while (inTransmission() != 0 && !monitor.isGone() && System.nanoTime() < deadline) {
            for (XskQueue queue : queues) {
                queue.retryTransmission();
            }
            Thread.onSpinWait();
        }
        readStatistics();
        share.counted(rxDropped, txInvalid + txLost());
        closed = true;
        up = false;
        for (XskQueue queue : queues) {
            queue.closed();
        }
        queues = NONE;
        waits.clear();
        events.link(false);
        resources.close();
        share.closed();
    }

    private int inTransmission() {
        int left = 0;
        for (XskQueue queue : queues) {
            int _ = queue.complete();
            left += queue.inTransmission();
        }
        return left;
    }
}
