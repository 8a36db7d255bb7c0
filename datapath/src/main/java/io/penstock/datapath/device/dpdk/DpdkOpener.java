package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.PacketDevice;
import io.penstock.datapath.device.Resources;
import io.penstock.linux.net.Ethtool;
import io.penstock.linux.net.NetworkInterfaceInfo;
import io.penstock.linux.net.RouteNetlink;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Opens a device, step by step. If a step fails, all that was done before it is undone, in reverse.
 *
 * <pre>
 *   library -&gt; EAL -&gt; thread -&gt; region -&gt; mempools -&gt; port (plugged in, configured) -&gt; queues -&gt; started
 * </pre>
 */
final class DpdkOpener {
    private static final int LARGE_FRAME_BYTES = 4096;
    private static final AtomicInteger POOLS = new AtomicInteger();

    private final DeviceSpec spec;
    private final DeviceSetup setup;
    private final DpdkOptions options;
    private final Resources resources = new Resources();

    private DpdkOpener(DeviceSpec spec, DeviceSetup setup) {
        this.spec = spec;
        this.setup = setup;
        this.options = DpdkOptions.of(spec);
    }

    static PacketDevice open(DeviceSpec spec, DeviceSetup setup) {
        DpdkOpener opener = new DpdkOpener(spec, setup);
        boolean opened = false;
        try {
            PacketDevice device = opener.open();
            opened = true;
            return device;
        } catch (RefusedException e) {
            throw e.asConfigurationException(spec.toString(), Eal.lastWords());
        } finally {
            if (!opened) {
                opener.resources.close();
            }
        }
    }

    /** Starts what all devices share, or refuses. */
    static Eal startEal(DeviceSpec spec, DpdkOptions options) {
        Dpdk.requireLibrary();
        if (options.isPci()) {
            PciDevice.requireUsable(options.name());
        }
        return Eal.start(
                EalSettings.saysAnything(spec) ? EalSettings.of(spec) : null, options.isPci() ? options.name() : null);
    }

    private PacketDevice open() {
        checkSteering();
        Eal eal = startEal(spec, options);
        Eal.forgetWords();
        FramePool frames = setup.pool();
        checkPrefix(frames);
        checkMtu(frames, options.port().mtuBytes()); // before anything is touched
        if (options.isPci()) { // drivers of virtual devices do not ask, and vhost-user's cannot share it
            Region.Registration registration = frames.region().register(new ExternalMemory(spec.toString()));
            resources.add(registration::close);
        }
        IovaMap iova = IovaMap.of(frames.region(), eal.iovaIsVirtual());
        String name = "penstock-" + POOLS.incrementAndGet();

        DpdkPort port = DpdkPort.join(options);
        resources.add(port::leaveUnused); // if a step fails
        int id = port.id();
        checkMtu(frames, mtu(id));
        if (options.isPci()) {
            DmaMapping mapping = DmaMapping.of(
                    id, iova.pieces(frames.region().address(), frames.region().lengthBytes()));
            port.beforeItEnds(mapping::close);
        }
        PortOffloads offloads = new PortOffloads(options, port.info());
        Mempool mempool = Mempool.over(
                name,
                iova.pieces(
                        frames.frame(0).frameAddress() - frames.prefixBytes(),
                        (long) frames.capacityFrames() * frames.strideBytes()),
                frames.capacityFrames(),
                frames.strideBytes(),
                frames.prefixBytes());
        DriverTraits traits = DriverTraits.of(options.name());
        int wanted = options.own().count() * (port.ring().rx() * 2 + traits.spareFrames());
        int target = traits.ownMemoryOnly() ? 0 : Math.min(wanted, shareOf(frames, traits));
        RxFrames rx = new RxFrames(frames, mempool, target, options.port().vlan(), offloads);
        resources.add(rx::close);
        Mempool receiving = mempool;
        if (traits.ownMemoryOnly()) {
            receiving = Mempool.plain(name + "-r", wanted, 0, Mbuf.HEADROOM_BYTES + frames.frameBytes());
            resources.add(receiving::close);
        }
        int entries = Integer.highestOneBit(port.ring().tx() * 2 - 1) * 2;
        int copiedBytes = traits.ownMemoryOnly() ? frames.frameBytes() : 0;
        ExternalMbufs external = new ExternalMbufs(name + "-x", entries, copiedBytes, iova, new NativeTable(1));
        resources.add(external::close);
        TxFrames tx = new TxFrames(
                frames,
                external,
                iova,
                entries,
                TxFrames.VlanUse.of(options.port().vlan(), offloads),
                TxFrames.DriverUse.of(options.name(), mtu(id)));
        resources.add(tx::takeAll);
        resources.add(() -> port.leave(options.own())); // first of all: nobody writes into frames then
        rx.refill();
        if (options.port().steer()) {
            port.steer(setup.steering().ipv4Addresses(), options.own().first());
        }
        for (int queue = options.own().first(); queue <= options.own().last(); queue++) {
            port.setUp(queue, receiving);
        }
        return new DpdkDevice(
                info(port, offloads, id), setup.clock(), new DpdkDevice.Parts(port, options.own(), rx, tx, resources));
    }

    private void checkSteering() {
        if (!setup.steering().ports().isEmpty()) {
            throw new ConfigurationException(
                    "device '" + spec + "' cannot be shared with the kernel by ports (StackConfig.steeringPorts):"
                            + " DPDK takes the whole of a device; use afxdp: for that");
        }
    }

    private void checkPrefix(FramePool frames) {
        if (frames.prefixBytes() != DpdkProvider.PREFIX_BYTES) {
            throw new ConfigurationException("device '" + spec + "' needs " + DpdkProvider.PREFIX_BYTES
                    + " bytes in front of each frame, and there are " + frames.prefixBytes()
                    + ": make the pool with the prefix that Devices.framePrefixBytes names");
        }
    }

    /** Half of the frames are for the driver, or three quarters if it needs as many. */
    private int shareOf(FramePool frames, DriverTraits traits) {
        int least = traits.leastFrames(options.own().count());
        int most = frames.capacityFrames() / 4 * 3;
        if (least > most) {
            throw new ConfigurationException("device '" + spec + "': its driver keeps " + least
                    + " frames for itself, and the pool has " + frames.capacityFrames() + ": make it of "
                    + (least / 3 * 4 + 4) + " or more");
        }
        return Math.max(frames.capacityFrames() / 2, least);
    }

    /** A driver drops what does not fit, and few say so. */
    private void checkMtu(FramePool frames, int mtuBytes) {
        int largest = DriverTraits.of(options.name()).largestMtu(frames.frameBytes());
        if (mtuBytes > largest) {
            throw new ConfigurationException(
                    "device '" + spec + "': its MTU of " + mtuBytes + " does not fit a frame of "
                            + frames.strideBytes() + " bytes, of which " + (frames.strideBytes() - largest)
                            + " are DPDK's: set port.mtu=" + largest + " or less"
                            + largerFrames(frames, mtuBytes));
        }
    }

    /** What to advise where larger frames are of any use. */
    private String largerFrames(FramePool frames, int mtuBytes) {
        int most = DriverTraits.of(options.name()).largestMtu(LARGE_FRAME_BYTES - frames.prefixBytes());
        if (frames.strideBytes() >= LARGE_FRAME_BYTES) {
            return "";
        }
        return mtuBytes <= most
                ? ", or take larger frames (StackConfig.frameBytes(4096))"
                : ", or to " + most + " or less and take larger frames (StackConfig.frameBytes(4096))";
    }

    private DeviceInfo info(DpdkPort port, PortOffloads offloads, int id) {
        long station = DriverTraits.stationAddress(options.name(), Ethdev.macAddress(id));
        return new DeviceInfo(
                spec.toString(),
                Dpdk.library().version() + ", " + port.info().driver() + ", " + queues(port) + "; "
                        + offloads.describe(),
                station,
                mtu(id),
                options.own().count(),
                capabilities(offloads, id));
    }

    private static Capabilities capabilities(PortOffloads offloads, int id) {
        int index = PortInfo.interfaceIndex(id);
        NetworkInterfaceInfo nic = index == 0 ? null : RouteNetlink.find(index);
        boolean sendersAreHere = nic != null && Ethtool.staysInTheMachine(nic.name());
        Capabilities can = offloads.capabilities();
        return sendersAreHere ? can.with(Offload.RX_PARTIAL_CHECKSUM) : can;
    }

    private String queues(DpdkPort port) {
        if (options.queues() == 1) {
            return "1 queue";
        }
        String own =
                options.own().count() == options.queues() ? "" : options.own().count() + " of ";
        int groups = port.groups().count();
        return own + options.queues() + " queues" + (groups == 0 ? "" : ", " + groups + " flow groups");
    }

    private int mtu(int id) {
        return options.port().mtuBytes() != 0 ? options.port().mtuBytes() : Ethdev.mtu(id);
    }

    /** Makes a region known to DPDK, so that drivers find its pages by address. */
    private record ExternalMemory(String name) implements Region.Device {
        @Override
        public void register(Region region) {
            RefusedException.check("making the region known", call("rte_extmem_register", region));
        }

        @Override
        public void unregister(Region region) {
            try {
                int ignored = (int) Dpdk.intFunction("rte_extmem_unregister", 2)
                        .invokeExact(region.address(), region.lengthBytes());
            } catch (Throwable e) {
                throw Dpdk.unexpected(e);
            }
        }

        private static int call(String function, Region region) {
            long page = region.pageKind().sizeBytes();
            try {
                int result = (int) Dpdk.intFunction(function, 5)
                        .invokeExact(region.address(), region.lengthBytes(), 0L, region.lengthBytes() / page, page);
                return result < 0 ? -Eal.rteErrno() : result;
            } catch (Throwable e) {
                throw Dpdk.unexpected(e);
            }
        }
    }
}
