package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.FlowGroups;
import io.penstock.datapath.device.PacketDevice;
import io.penstock.datapath.device.Resources;
import io.penstock.datapath.poll.Clock;
import io.penstock.memory.Buffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Queues of a DPDK port. Receives on all that are its own, transmits on the first of them. */
final class DpdkDevice implements PacketDevice {
    private static final Logger LOG = LoggerFactory.getLogger(DpdkDevice.class);
    private static final long LINK_CHECK_NANOS = 5_000_000;
    private static final long STATISTICS_NANOS = 10_000_000;
    private static final long DRAIN_NANOS = 100_000_000;
    /** A driver that has not given anything back for so long is asked to. */
    private static final long OVERDUE_NANOS = 200_000;
    /** How long a driver without anything to do may refuse a packet until that is its last word. */
    private static final long REFUSED_NANOS = 20_000_000;

    private final DeviceInfo info;
    private final Clock clock;
    private final DpdkPort port;
    private final RxFrames rx;
    private final TxFrames tx;
    private final Resources resources;
    private final PortStatistics statistics;
    private final DpdkOptions.Queues own;
    private final boolean completesWhenItSends;
    private final MemorySegment link = Ethdev.allocateLink(Arena.ofAuto());

    /** Null until the port has been started. */
    private BurstFunctions[] queues;

    private int nextQueue;
    private boolean up;
    private int returns;
    private boolean ended;
    private boolean closed;
    private long linkCheckNanos;
    private long statisticsNanos;
    private long overdueNanos;
    private long txWithoutLink;
    /** The packet at the head of the queue, if the driver has not taken it, and since when. */
    private Buffer refused;

    private long refusedNanos;

    /** What a device is made of. */
    record Parts(DpdkPort port, DpdkOptions.Queues own, RxFrames rx, TxFrames tx, Resources resources) {}

    DpdkDevice(DeviceInfo info, Clock clock, Parts parts) {
        this.info = info;
        this.clock = clock;
        this.port = parts.port;
        this.own = parts.own;
        this.completesWhenItSends =
                DriverTraits.completesWhenItSends(port.options().name());
        this.rx = parts.rx;
        this.tx = parts.tx;
        this.resources = parts.resources;
        this.statistics = new PortStatistics(port.id());
        this.linkCheckNanos = clock.nanos() - LINK_CHECK_NANOS;
        this.statisticsNanos = clock.nanos() - STATISTICS_NANOS;
        checkPort();
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public int rxBurst(Burst burst) {
        BurstFunctions[] all = queues;
        if (all == null || !port.isRunning()) {
            noteEnd();
            return 0;
        }
        if (all.length == 1) {
            return rx.receive(burst, all[0]);
        }
        int received = 0;
        int queue = nextQueue;
        for (int i = 0; i < all.length && !burst.isFull(); i++) {
            received += rx.receive(burst, all[queue]);
            queue = queue + 1 == all.length ? 0 : queue + 1;
        }
        nextQueue = queue;
        return received;
    }

    @Override
    public int txBurst(Burst burst) {
        if (!up || !port.isRunning()) {
            // As a wire without a carrier does: frames that waited for the link would be stale, and missing elsewhere.
            for (int i = 0; i < burst.count(); i++) {
                burst.unhold(i);
            }
            txWithoutLink += burst.count();
            return burst.count();
        }
        int taken = tx.transmit(burst, queues[0]);
        return taken == 0 && burst.count() != 0 && burst.flags(0) != 0 ? dropIfRefused(burst) : taken;
    }

    /**
     * A driver says no to a packet as it says no for want of room. If it has had nothing to do for long and still does not
     * take a packet that asks for work, it never will, and all others would wait behind it.
     */
    private int dropIfRefused(Burst burst) {
        long now = clock.nanos();
        if (tx.inTransmission() != 0 || burst.frame(0) != refused) {
            refused = burst.frame(0);
            refusedNanos = now;
            return 0;
        }
        if (now - refusedNanos < REFUSED_NANOS) {
            return 0;
        }
        refused = null;
        tx.drop(burst, 0);
        return 1;
    }

    @Override
    public int reclaim() {
        int back = tx.complete();
        if (ended) {
            return back;
        }
        rx.refill();
        long now = clock.nanos();
        if (now - linkCheckNanos >= LINK_CHECK_NANOS) {
            linkCheckNanos = now;
            checkPort();
        }
        if (back != 0 || tx.inTransmission() == 0) {
            overdueNanos = now;
        } else if (now - overdueNanos >= OVERDUE_NANOS && queues != null && port.isRunning()) {
            overdueNanos = now;
            askForTransmitted();
        }
        return back;
    }

    private void askForTransmitted() {
        if (Ethdev.freeTransmitted(port.id(), own.first()) < 0 && completesWhenItSends) {
            tx.sendNothing(queues[0]);
        }
    }

    /** Whether the port runs, and its link is up. */
    private void checkPort() {
        boolean running = port.isRunning() && !ended;
        if (running && queues == null) {
            BurstFunctions[] all = new BurstFunctions[own.count()];
            for (int i = 0; i < all.length; i++) {
                all[i] = BurstFunctions.of(
                        port.id(),
                        own.first() + i,
                        DriverTraits.maySleep(port.options().name()));
            }
            queues = all;
        }
        boolean upNow = running && Ethdev.isLinkUp(port.id(), link);
        if (upNow && !up) {
            returns++;
        }
        up = upNow;
    }

    /** Another device of the port was closed, and with it the port: it waits for this thread to be out of the driver. */
    private void noteEnd() {
        if (queues != null && !ended) {
            ended = true;
            up = false;
            park();
        }
    }

    private void park() {
        for (int queue = own.first(); queue <= own.last(); queue++) {
            port.park(queue);
        }
    }

    @Override
    public FlowGroups flowGroups() {
        return port.groups().count() == 0 ? null : port.groups();
    }

    @Override
    public boolean isUp() {
        return up;
    }

    @Override
    public int linkReturns() {
        return returns;
    }

    @Override
    public long rxDropped() {
        refreshStatistics();
        return statistics.rxDropped() + rx.dropped();
    }

    @Override
    public long txDropped() {
        refreshStatistics();
        return statistics.txDropped() + tx.dropped() + txWithoutLink;
    }

    private void refreshStatistics() {
        long now = clock.nanos();
        if (now - statisticsNanos >= STATISTICS_NANOS && !closed && port.isRunning()) {
            statisticsNanos = now;
            boolean ignored = statistics.refresh();
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        drain();
        park(); // another device of the port may be on its way out, too, and wait for this one
        closed = true;
        up = false;
        if (port.isRunning()) {
            boolean ignored = statistics.refresh();
        }
        ended = true;
        queues = null;
        resources.close();
        if (lost() != 0) { // net_af_xdp forgets what lies in the kernel's fill ring
            LOG.debug(
                    "{}: the driver did not give back all frames: {} received into, {} sent",
                    info.name(),
                    rx.lost(),
                    tx.lost());
        }
    }

    /** How many frames the driver never gave back; meaningful once this is closed. */
    int lost() {
        return tx.lost() + rx.lost();
    }

    /** Waits a bounded time until the driver has sent what it has. */
    private void drain() {
        long deadline = System.nanoTime() + DRAIN_NANOS;
        int ignored = tx.complete();
        while (tx.inTransmission() != 0
                && queues != null
                && port.isRunning()
                && !ended
                && System.nanoTime() < deadline) {
            askForTransmitted();
            ignored = tx.complete();
            Thread.onSpinWait();
        }
    }
}
