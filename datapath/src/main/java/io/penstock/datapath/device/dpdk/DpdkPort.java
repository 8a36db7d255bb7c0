package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.AddressPrefix;
import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.FlowGroups;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.PortRelay;
import io.penstock.linux.net.Ethtool;
import io.penstock.linux.net.NetworkInterfaceInfo;
import io.penstock.linux.net.RouteNetlink;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One ethdev, shared by the stacks that have its queues: one each for stacks on several cores, or one for all.
 *
 * <p>DPDK wants every queue set up before a port starts. So it starts when the last of its queues has found a stack, and ends
 * as soon as one of them is closed: the packets of that queue would be lost. Opening and closing are for any thread; {@link
 * #isRunning} is asked by the threads that poll.
 */
final class DpdkPort {
    private static final Logger LOG = LoggerFactory.getLogger(DpdkPort.class);
    private static final int DEFAULT_RING = 1024;
    private static final long PARKING_NANOS = 1_000_000_000L;
    /** Plugging in, starting and ending is one port's affair at a time: drivers share what they do not lock. */
    private static final Object LOCK = new Object();

    private final DeviceSpec spec;
    private final DpdkOptions options;
    private final PortSource source;
    private final boolean iovaIsVirtual;
    private final int id;
    private final PortInfo driver;
    private final DeviceInfo info;
    private final DpdkOptions.RingSizes ring;
    private final PortOffloads offloads;
    /** What each queue receives into; null: nobody has set it up. */
    private final Mempool[] pools;
    /** Which queues are somebody's. */
    private final BitSet taken = new BitSet();

    private final PortRelay relay = new PortRelay();
    private final PortStatistics statistics;
    private final RedirectionTable groups;
    /** Null if it does not hash. */
    private final RssSettings rss;

    /** Addresses whose packets go to one queue, and that queue. */
    private final Map<AddressPrefix, Integer> steering = new LinkedHashMap<>();

    private final List<FlowRule> rules = new ArrayList<>();
    private final List<Runnable> closers = new ArrayList<>();
    private volatile boolean running;
    private boolean ended;
    private final AtomicIntegerArray parked;

    private DpdkPort(DeviceSpec spec, DpdkOptions options, PortSource source, int id, boolean iovaIsVirtual) {
        this.spec = spec;
        this.options = options;
        this.source = source;
        this.iovaIsVirtual = iovaIsVirtual;
        this.id = id;
        this.driver = PortInfo.of(id);
        checkQueues();
        this.offloads = new PortOffloads(options, driver);
        this.rss = options.queues() > 1 ? RssSettings.of(driver.rss()) : null;
        Ethdev.configure(id, options.queues(), options.mtuBytes(), offloads.toSwitchOn(), rss);
        if (options.mtuBytes() != 0 && Ethdev.mtu(id) != options.mtuBytes()) {
            Ethdev.mtu(id, options.mtuBytes());
        }
        this.ring = Ethdev.adjustRing(id, options.ringSizes().orElse(DEFAULT_RING));
        this.pools = new Mempool[options.queues()];
        this.parked = new AtomicIntegerArray(options.queues());
        this.statistics = new PortStatistics(id);
        this.groups = new RedirectionTable(id, rss == null ? 0 : driver.rss().tableSize(), options.queues());
        this.info = describe();
    }

    /**
     * Opens the port of a device.
     *
     * @throws ConfigurationException if there is no such device, or this process has it already
     */
    static DpdkPort open(DeviceSpec spec) {
        DpdkOptions options = DpdkOptions.of(spec);
        Dpdk.requireLibrary();
        if (options.isPci()) {
            PciDevice.requireUsable(options.name());
        }
        Eal eal = Eal.start(
                EalSettings.saysAnything(spec) ? EalSettings.of(spec) : null, options.isPci() ? options.name() : null);
        Eal.forgetWords();
        try {
            return plug(spec, options, eal.iovaIsVirtual());
        } catch (RefusedException e) {
            throw e.asConfigurationException(spec.toString(), Eal.lastWords());
        }
    }

    /** The same when the environment runs. */
    static DpdkPort plug(DeviceSpec spec, DpdkOptions options, boolean iovaIsVirtual) {
        synchronized (LOCK) {
            int known = Ethdev.portByName(options.name());
            if (known >= 0 && Eal.isOpen(known)) {
                throw new ConfigurationException("device 'dpdk:" + options.name()
                        + "' is in use in this process: stacks share a port by its queues, if it is opened once for all"
                        + " of them (port.queues=N, Devices.openPort)");
            }
            PortSource source = sourceOf(options);
            int id = source.plug();
            boolean done = false;
            try {
                DpdkPort port = new DpdkPort(spec, options, source, id, iovaIsVirtual);
                Eal.markOpen(id, true);
                done = true;
                return port;
            } finally {
                if (!done) {
                    source.unplug(id);
                }
            }
        }
    }

    private DeviceInfo describe() {
        long station = DriverTraits.stationAddress(options.name(), Ethdev.macAddress(id));
        int groupCount = groups.count();
        String queues = options.queues() == 1
                ? "1 queue"
                : options.queues() + " queues" + (groupCount == 0 ? "" : ", " + groupCount + " flow groups");
        int mtuBytes = options.mtuBytes() != 0 ? options.mtuBytes() : Ethdev.mtu(id);
        return new DeviceInfo(
                spec.toString(),
                Dpdk.library().version() + ", " + driver.driver() + ", " + queues + "; " + offloads.describe(),
                station,
                mtuBytes,
                options.queues(),
                capabilities());
    }

    private Capabilities capabilities() {
        int index = PortInfo.interfaceIndex(id);
        NetworkInterfaceInfo nic = index == 0 ? null : RouteNetlink.find(index);
        boolean sendersAreHere = nic != null && Ethtool.staysInTheMachine(nic.name());
        Capabilities can = offloads.capabilities();
        return sendersAreHere ? can.with(Offload.RX_PARTIAL_CHECKSUM) : can;
    }

    private static PortSource sourceOf(DpdkOptions options) {
        if (!options.wire().isEmpty()) {
            return new RingWire(options);
        }
        return new PortSource.OnBus(
                options.isPci() ? "pci" : "vdev", options.name(), options.driverArguments(), options.name());
    }

    private void checkQueues() {
        int max = Math.min(driver.maxRxQueues(), driver.maxTxQueues());
        if (options.queues() > max) {
            throw new ConfigurationException("device 'dpdk:" + options.name() + "': port.queues=" + options.queues()
                    + ": its driver " + driver.driver() + " has at most " + max
                    + (max == 1
                            ? " as it was opened (some drivers want to be told of more by an option of their own)"
                            : ""));
        }
        int mtu = options.mtuBytes();
        if (mtu != 0 && (mtu < driver.minMtuBytes() || mtu > driver.maxMtuBytes())) {
            throw new ConfigurationException("device 'dpdk:" + options.name() + "': port.mtu=" + mtu + ": its driver "
                    + driver.driver() + " takes " + driver.minMtuBytes() + " to "
                    + driver.maxMtuBytes());
        }
    }

    int id() {
        return id;
    }

    DeviceSpec spec() {
        return spec;
    }

    DpdkOptions options() {
        return options;
    }

    String driver() {
        return driver.driver();
    }

    boolean iovaIsVirtual() {
        return iovaIsVirtual;
    }

    PortOffloads offloads() {
        return offloads;
    }

    DpdkOptions.RingSizes ring() {
        return ring;
    }

    DeviceInfo info() {
        return info;
    }

    FlowGroups groups() {
        return groups.count() == 0 ? null : groups;
    }

    /** What hands news on to the stacks on other queues; null if there are none. */
    PortRelay relay(DpdkOptions.Queues own) {
        return own.count() == options.queues() ? null : relay;
    }

    /**
     * Reserves queues for a stack.
     *
     * @throws ConfigurationException if there are no such queues, or they are in use
     */
    void take(DpdkOptions.Queues wanted) {
        synchronized (LOCK) {
            if (ended) {
                throw new ConfigurationException(
                        "device '" + spec + "' has ended, as one of its queues was closed: open" + " the port again");
            }
            if (wanted.first() < 0 || wanted.count() < 1 || wanted.last() >= options.queues()) {
                throw new ConfigurationException("device '" + spec + "': there are no queues " + wanted.first() + " to "
                        + wanted.last() + " of " + options.queues()
                        + ", numbered from 0: set port.queues to how many there are in all");
            }
            int used = taken.nextSetBit(wanted.first());
            if (used >= 0 && used <= wanted.last()) {
                throw new ConfigurationException("queue " + used + " of device '" + spec + "' is in use");
            }
            taken.set(wanted.first(), wanted.last() + 1);
        }
    }

    /** They were not opened after all. */
    void giveBack(DpdkOptions.Queues wanted) {
        synchronized (LOCK) {
            taken.clear(wanted.first(), wanted.last() + 1);
        }
    }

    /** What the driver has counted. Any thread. */
    PortStatistics statistics() {
        synchronized (LOCK) {
            if (running) {
                boolean _ = statistics.refresh();
            }
            return statistics;
        }
    }

    /** Gives a queue what it receives into; the last one starts the port. */
    void setUp(int queue, Mempool pool) {
        synchronized (LOCK) {
            Ethdev.setUpRx(id, queue, ring.rx(), pool);
            Ethdev.setUpTx(id, queue, ring.tx());
            pools[queue] = pool;
            for (Mempool each : pools) {
                if (each == null) {
                    return;
                }
            }
            Ethdev.start(id);
            if (options.promiscuous()) {
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
     * @param addresses those of the queue's stack
     */
    void steer(List<AddressPrefix> addresses, int queue) {
        synchronized (LOCK) {
            addresses.forEach(prefix -> steering.put(prefix, queue));
        }
    }

    private void steer() {
        try {
            steering.forEach((prefix, queue) -> rules.add(FlowRule.toQueue(id, prefix, queue)));
        } catch (RefusedException e) {
            stop();
            throw new ConfigurationException("device 'dpdk:" + options.name() + "': port.steer=on: its driver "
                    + driver.driver() + " refused " + e.getMessage()
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
        synchronized (LOCK) {
            closers.add(closer);
        }
    }

    /** Undoes at once what was to be undone at the end. */
    void nowInstead(Runnable closer) {
        synchronized (LOCK) {
            if (closers.remove(closer)) {
                closer.run();
            }
        }
    }

    /**
     * The stack of these queues is done with them, and polls them no more. The port ends with the first stack that leaves:
     * the others see a link that is down, and keep their frames until they are closed themselves.
     */
    void leave(DpdkOptions.Queues own) {
        synchronized (LOCK) {
            if (running) {
                running = false;
                if (own.count() != options.queues()) {
                    LOG.warn(
                            "{}: the stack on queue {} was closed, and DPDK takes no queue out of a port that runs: the"
                                    + " port has ended, and its other stacks send and receive no more",
                            options.name(),
                            own.first());
                }
                awaitParked(own);
                rules.forEach(FlowRule::close);
                stop();
            }
            end();
        }
    }

    private void end() {
        if (!ended) {
            ended = true;
            groups.end();
            closers.forEach(Runnable::run);
            closers.clear();
            source.unplug(id);
            Eal.markOpen(id, false);
        }
    }

    /** The opener lets go: without queues it ends now, else with them. */
    void letGo() {
        synchronized (LOCK) {
            if (taken.isEmpty()) {
                end();
            }
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
