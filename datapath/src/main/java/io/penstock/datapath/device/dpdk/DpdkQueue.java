package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.FlowSpread;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortEvents;
import io.penstock.datapath.device.PortRelay;
import io.penstock.datapath.device.Resources;
import io.penstock.datapath.poll.Clock;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Queues of a DPDK port. Receives on all that are its own; if there are several, each flow is sent on one of them. */
final class DpdkQueue implements PacketQueue {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final Logger LOG = LoggerFactory.getLogger(DpdkQueue.class);
    private static final long LINK_CHECK_NANOS = 5_000_000;
    private static final long STATISTICS_NANOS = 10_000_000;
    private static final long DRAIN_NANOS = 100_000_000;
    /** A driver that has not given anything back for so long is asked to. */
    private static final long OVERDUE_NANOS = 200_000;
    /** How long a driver without anything to do may refuse a packet until that is its last word. */
    private static final long REFUSED_NANOS = 20_000_000;

    private final Clock clock;
    private final DpdkPort port;
    private final PortEvents events;
    private final RxFrames rx;
    /** What each of its queues has in transmission, and of the first one. */
    private final TxFrames[] sending;

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
    private boolean ended;
    private boolean closed;
    private long linkCheckNanos;
    private long statisticsNanos;
    private long overdueNanos;
    private long txWithoutLink;
    // For who asks the port.
    private volatile long ownRxDropped;
    private volatile long ownTxDropped;
    /** The packet at the head of the queue, if the driver has not taken it, and since when. */
    private Buffer refused;

    private long refusedNanos;

    /** @param resources what is closed with it */
    DpdkQueue(
            DpdkPort port,
            DpdkOptions.Queues own,
            Clock clock,
            PortEvents events,
            RxFrames rx,
            TxFrames[] sending,
            Resources resources) {
        this.clock = clock;
        this.port = port;
        this.own = own;
        this.events = events;
        this.completesWhenItSends =
                DriverTraits.completesWhenItSends(port.options().name());
        this.rx = rx;
        this.sending = sending.clone();
        this.tx = sending[0];
        this.resources = resources;
        this.statistics = new PortStatistics(port.id());
        this.linkCheckNanos = clock.nanos() - LINK_CHECK_NANOS;
        this.statisticsNanos = clock.nanos() - STATISTICS_NANOS;
        checkPort();
    }

    @Override
    public DeviceInfo info() {
        return port.info();
    }

    @Override
    public PortEvents events() {
        return events;
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
                burst.unhold(ACCESS, i);
            }
            txWithoutLink += burst.count();
            return burst.count();
        }
        int taken = sending.length == 1 ? tx.transmit(burst, 0, burst.count(), queues[0]) : transmitOnAll(burst);
        return taken == 0 && burst.count() != 0 && burst.flags(0) != 0 ? dropIfRefused(burst) : taken;
    }

    /** Packets in a row that go out on the same queue are offered together. */
    private int transmitOnAll(Burst burst) {
        int count = burst.count();
        int done = 0;
        int queue = count == 0 ? 0 : FlowSpread.queue(burst, 0, sending.length);
        while (done < count) {
            int first = done;
            int end = first + 1;
            int next = queue;
            while (end < count && (next = FlowSpread.queue(burst, end, sending.length)) == queue) {
                end++;
            }
            done = sending[queue].transmit(burst, first, end, queues[queue]);
            if (done != end) {
                return done;
            }
            queue = next;
        }
        return done;
    }

    /**
     * A driver says no to a packet as it says no for want of room. If it has had nothing to do for long and still does not
     * take a packet that asks for work, it never will, and all others would wait behind it.
     */
    private int dropIfRefused(Burst burst) {
        long now = clock.nanos();
        if (inTransmission() != 0 || burst.frame(0) != refused) {
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
        int back = complete();
        if (ended) {
            return back;
        }
        rx.refill();
        long now = clock.nanos();
        if (now - linkCheckNanos >= LINK_CHECK_NANOS) {
            linkCheckNanos = now;
            checkPort();
        }
        if (back != 0 || inTransmission() == 0) {
            overdueNanos = now;
        } else if (now - overdueNanos >= OVERDUE_NANOS && queues != null && port.isRunning()) {
            overdueNanos = now;
            askForTransmitted();
        }
        return back;
    }

    private void askForTransmitted() {
        for (int i = 0; i < sending.length; i++) {
            if (Ethdev.freeTransmitted(port.id(), own.first() + i) < 0 && completesWhenItSends) {
                sending[i].sendNothing(queues[i]);
            }
        }
    }

    private int complete() {
        int back = tx.complete();
        for (int i = 1; i < sending.length; i++) {
            back += sending[i].complete();
        }
        return back;
    }

    /** How many pieces the driver has. */
    int inTransmission() {
        int left = tx.inTransmission();
        for (int i = 1; i < sending.length; i++) {
            left += sending[i].inTransmission();
        }
        return left;
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
        up = running && Ethdev.isLinkUp(port.id(), link);
        events.link(up);
    }

    /** Another device of the port was closed, and with it the port: it waits for this thread to be out of the driver. */
    private void noteEnd() {
        if (queues != null && !ended) {
            ended = true;
            up = false;
            events.link(false);
            park();
        }
    }

    private void park() {
        for (int queue = own.first(); queue <= own.last(); queue++) {
            port.park(queue);
        }
    }

    @Override
    public PortRelay relay() {
        return port.relay(own);
    }

    @Override
    public long rxDropped() {
        refreshStatistics();
        return statistics.rxDropped() + rx.dropped();
    }

    @Override
    public long txDropped() {
        refreshStatistics();
        return statistics.txDropped() + txLost();
    }

    private void refreshStatistics() {
        long now = clock.nanos();
        if (now - statisticsNanos >= STATISTICS_NANOS && !closed && port.isRunning()) {
            statisticsNanos = now;
            boolean _ = statistics.refresh();
        }
        ownRxDropped = rx.dropped();
        ownTxDropped = txLost();
    }

    private long txLost() {
        long lost = txWithoutLink;
        for (TxFrames each : sending) {
            lost += each.dropped();
        }
        return lost;
    }

    /** What it has dropped by itself, beside the port. Any thread. */
    long ownRxDropped() {
        return ownRxDropped;
    }

    /** The same of what was to be sent. Any thread. */
    long ownTxDropped() {
        return ownTxDropped;
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
        events.link(false);
        if (port.isRunning()) {
            boolean _ = statistics.refresh();
        }
        ended = true;
        queues = null;
        resources.close();
        if (lost() != 0) { // net_af_xdp forgets what lies in the kernel's fill ring
            LOG.debug(
                    "{}: the driver did not give back all frames: {} received into, {} sent",
                    info().name(),
                    rx.lost(),
                    lost() - rx.lost());
        }
    }

    /** How many frames the driver never gave back; meaningful once this is closed. */
    int lost() {
        int lost = rx.lost();
        for (TxFrames each : sending) {
            lost += each.lost();
        }
        return lost;
    }

    /** Waits a bounded time until the driver has sent what it has. */
    private void drain() {
        long deadline = System.nanoTime() + DRAIN_NANOS;
        int _ = complete();
        while (inTransmission() != 0 && queues != null && port.isRunning() && !ended && System.nanoTime() < deadline) {
            askForTransmitted();
            int _ = complete();
            Thread.onSpinWait();
        }
    }
}
