package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One ethdev, shared by the devices that have its queues: one each for stacks on several cores, or one for all.
 *
 * <p>DPDK wants every queue set up before a port starts. So it starts when the last of its queues has found a device, and ends
 * as soon as one of them is closed: the packets of that queue would be lost. Opening and closing are for any thread; {@link
 * #isRunning} is asked by the threads that poll.
 */
final class DpdkPort {
    private static final Logger LOG = LoggerFactory.getLogger(DpdkPort.class);
    private static final int DEFAULT_RING = 1024;
    private static final long PARKING_NANOS = 1_000_000_000L;
    private static final Map<String, DpdkPort> OPEN = new HashMap<>();

    private final DpdkOptions options;
    private final PortSource source;
    private final int id;
    private final PortInfo info;
    private final DpdkOptions.Ring ring;
    private final Ethdev.Offloads offloads;
    private final Mempool[] pools;
    private final RedirectionTable groups;
    /** Null if it does not hash. */
    private final RssSettings rss;

    /** Addresses whose packets go to one queue, and that queue. */
    private final Map<Integer, Integer> steering = new HashMap<>();

    private final List<FlowRule> rules = new ArrayList<>();
    private final List<Runnable> closers = new ArrayList<>();
    private volatile boolean running;
    private final AtomicIntegerArray parked;

    private DpdkPort(DpdkOptions options, PortSource source, int id) {
        this.options = options;
        this.source = source;
        this.id = id;
        this.info = PortInfo.of(id);
        checkQueues();
        PortOffloads wanted = new PortOffloads(options, info);
        this.offloads = wanted.toSwitchOn();
        this.rss = options.queues() > 1 ? RssSettings.of(info.rss()) : null;
        Ethdev.configure(id, options.queues(), options.port().mtuBytes(), offloads, rss);
        if (options.port().mtuBytes() != 0 && Ethdev.mtu(id) != options.port().mtuBytes()) {
            Ethdev.mtu(id, options.port().mtuBytes());
        }
        this.ring = Ethdev.adjustRing(id, options.ring().orElse(DEFAULT_RING));
        this.pools = new Mempool[options.queues()];
        this.parked = new AtomicIntegerArray(options.queues());
        this.groups = new RedirectionTable(id, rss == null ? 0 : info.rss().tableSize(), options.queues());
    }

    /**
     * The port of a name: an open one is joined if its queues are still free, else a new one is plugged in.
     *
     * @throws ConfigurationException if there is no such device, or it does not fit
     */
    static DpdkPort join(DpdkOptions options) {
        synchronized (OPEN) {
            DpdkPort open = OPEN.get(options.name());
            if (open != null) {
                open.checkJoinable(options);
                return open;
            }
            PortSource source = sourceOf(options);
            int id = source.plug();
            boolean done = false;
            try {
                DpdkPort port = new DpdkPort(options, source, id);
                OPEN.put(options.name(), port);
                done = true;
                return port;
            } finally {
                if (!done) {
                    source.unplug(id);
                }
            }
        }
    }

    private static PortSource sourceOf(DpdkOptions options) {
        if (!options.port().wire().isEmpty()) {
            return new RingWire(options);
        }
        return new PortSource.OnBus(
                options.isPci() ? "pci" : "vdev", options.name(), options.driverArguments(), options.name());
    }

    private void checkQueues() {
        int most = Math.min(info.queues().first(), info.queues().second());
        if (options.queues() > most) {
            throw new ConfigurationException("device 'dpdk:" + options.name() + "': port.queues=" + options.queues()
                    + ": its driver " + info.driver() + " has at most " + most
                    + (most == 1
                            ? " as it was opened (some drivers want to be told of more by an option of their own)"
                            : ""));
        }
        int mtu = options.port().mtuBytes();
        if (mtu != 0 && (mtu < info.mtu().first() || mtu > info.mtu().second())) {
            throw new ConfigurationException("device 'dpdk:" + options.name() + "': port.mtu=" + mtu + ": its driver "
                    + info.driver() + " takes " + info.mtu().first() + " to "
                    + info.mtu().second());
        }
    }

    private void checkJoinable(DpdkOptions other) {
        if (options.queues() != other.queues()
                || !options.port().equals(other.port())
                || !options.driverArguments().equals(other.driverArguments())) {
            throw new ConfigurationException("device 'dpdk:" + options.name() + "' is open in this process with other"
                    + " options: give all who share it the same, apart from port.queue");
        }
        for (int queue = other.own().first(); queue <= other.own().last(); queue++) {
            if (pools[queue] != null) {
                throw new ConfigurationException("queue " + queue + " of device 'dpdk:" + options.name()
                        + "' is in use in this process: share the port by queues (port.queues=N, port.queue=0 to N-1)");
            }
        }
    }

    int id() {
        return id;
    }

    PortInfo info() {
        return info;
    }

    DpdkOptions options() {
        return options;
    }

    Ethdev.Offloads offloads() {
        return offloads;
    }

    DpdkOptions.Ring ring() {
        return ring;
    }

    /** How its packets are spread over its queues; none if it has one queue or cannot say. */
    RedirectionTable groups() {
        return groups;
    }

    /** Gives a queue what it receives into; the last one starts the port. */
    void setUp(int queue, Mempool pool) {
        synchronized (OPEN) {
            Ethdev.setUpRx(id, queue, ring.rx(), pool);
            Ethdev.setUpTx(id, queue, ring.tx());
            pools[queue] = pool;
            for (Mempool each : pools) {
                if (each == null) {
                    return;
                }
            }
            Ethdev.start(id);
            if (options.port().promiscuous()) {
                tolerate(() -> Ethdev.promiscuous(id, true));
            }
            if (rss != null) {
                tolerate(() -> Ethdev.hash(id, rss));
            }
            if (groups.count() != 0) {
                tolerate(() -> groups.spread());
            }
            steer();
            running = true;
        }
    }

    /**
     * Has packets to some addresses given to one queue, from when the port starts.
     *
     * @param ipv4Addresses the addresses of the queue's stack
     */
    void steer(List<Integer> ipv4Addresses, int queue) {
        synchronized (OPEN) {
            ipv4Addresses.forEach(address -> steering.put(address, queue));
        }
    }

    private void steer() {
        try {
            steering.forEach((address, queue) -> rules.add(FlowRule.toQueue(id, address, queue)));
        } catch (RefusedException e) {
            stop();
            throw new ConfigurationException("device 'dpdk:" + options.name() + "': port.steer=on: its driver "
                    + info.driver() + " refused " + e.getMessage()
                    + ": leave the option out, and packets are spread over the queues by their hash");
        }
    }

    /** What a driver need not know how to do. */
    private void tolerate(Runnable setting) {
        try {
            setting.run();
        } catch (RefusedException e) {
            LOG.debug("{}", options.name(), e);
        }
    }

    /** Whether packets can pass: asked before each burst by the thread that polls. */
    boolean isRunning() {
        return running;
    }

    /** The thread that polls a queue has seen that the port is no longer running, and will not touch it. */
    void park(int queue) {
        parked.set(queue, 1);
    }

    /** What is undone when the port has stopped, while its device is still there. */
    void beforeItEnds(Runnable closer) {
        synchronized (OPEN) {
            closers.add(closer);
        }
    }

    /** Who joined could not set its queues up: the port stays for others who have. */
    void leaveUnused() {
        synchronized (OPEN) {
            for (Mempool pool : pools) {
                if (pool != null) {
                    return;
                }
            }
            end();
        }
    }

    /**
     * The device of these queues is done with them, and polls them no more. The port ends with the first device that leaves:
     * the others see a link that is down, and keep their frames until they are closed themselves.
     */
    void leave(DpdkOptions.Queues own) {
        synchronized (OPEN) {
            if (running) {
                running = false;
                awaitParked(own);
                rules.forEach(FlowRule::close);
                stop();
            }
            end();
        }
    }

    private void end() {
        if (OPEN.remove(options.name(), this)) {
            groups.end();
            closers.forEach(Runnable::run);
            source.unplug(id);
        }
    }

    private void stop() {
        try {
            Ethdev.stop(id);
        } catch (RefusedException e) {
            LOG.warn("{}", options.name(), e);
        }
    }

    /** The other threads that poll see it at their next burst; one that does not poll cannot be in the driver either. */
    private void awaitParked(DpdkOptions.Queues own) {
        long deadline = System.nanoTime() + PARKING_NANOS;
        for (int queue = 0; queue < pools.length; queue++) {
            boolean others = queue < own.first() || queue > own.last();
            while (others && parked.get(queue) == 0 && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            if (others && parked.get(queue) == 0) {
                LOG.warn(
                        "{}: whoever polls queue {} has not looked for a second; the port ends", options.name(), queue);
            }
        }
    }
}
