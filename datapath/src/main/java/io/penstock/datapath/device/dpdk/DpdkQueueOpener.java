package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.PortEvents;
import io.penstock.datapath.device.Resources;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Opens queues of a port for a stack, step by step. If a step fails, all that was done before it is undone, in reverse.
 *
 * <pre>
 *   region -&gt; mempools -&gt; queues -&gt; port started, if no queue is left to set up
 * </pre>
 */
final class DpdkQueueOpener {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int LARGE_FRAME_BYTES = 4096;
    private static final AtomicInteger POOLS = new AtomicInteger();

    private final DpdkPort port;
    private final DeviceSpec spec;
    private final DpdkOptions options;
    private final DpdkOptions.Queues own;
    private final DeviceSetup setup;
    private final Resources resources = new Resources();

    private DpdkQueueOpener(DpdkPort port, DpdkOptions.Queues own, DeviceSetup setup) {
        this.port = port;
        this.spec = port.spec();
        this.options = port.options();
        this.own = own;
        this.setup = setup;
    }

    /** @param own reserved for the caller, who keeps them reserved if this fails */
    static DpdkQueue open(DpdkPort port, DpdkOptions.Queues own, DeviceSetup setup) {
        DpdkQueueOpener opener = new DpdkQueueOpener(port, own, setup);
        boolean opened = false;
        try {
            DpdkQueue queue = opener.open();
            opened = true;
            return queue;
        } catch (RefusedException e) {
            throw e.asConfigurationException(opener.spec.toString(), Eal.lastWords());
        } finally {
            if (!opened) {
                opener.resources.close();
            }
        }
    }

    private DpdkQueue open() {
        checkSteering();
        Eal.forgetWords();
        FramePool frames = setup.pool();
        checkPrefix(frames);
        checkMtu(frames, port.info().mtuBytes());
        int id = port.id();
        if (options.isPci()) { // drivers of virtual devices do not ask, and vhost-user's cannot share it
            Region.Registration registration = frames.region().register(new ExternalMemory(spec.toString()));
            resources.add(registration::close);
        }
        IovaMap iova = IovaMap.of(frames.region(), port.iovaIsVirtual());
        String name = "penstock-" + POOLS.incrementAndGet();
        if (options.isPci()) {
            DmaMapping mapping = DmaMapping.of(
                    id, iova.pieces(frames.region().address(), frames.region().lengthBytes()));
            Runnable unmap = mapping::close;
            port.beforeItEnds(unmap);
            resources.add(() -> port.nowInstead(unmap)); // if a step fails
        }
        PortOffloads offloads = port.offloads();
        Mempool mempool = Mempool.over(
                name,
                iova.pieces(
                        ACCESS.frame(frames, 0).frameAddress() - frames.prefixBytes(),
                        (long) frames.capacityFrames() * frames.strideBytes()),
                frames.capacityFrames(),
                frames.strideBytes(),
                frames.prefixBytes());
        DriverTraits traits = DriverTraits.of(options.name());
        int wanted = own.count() * (port.ring().rx() * 2 + traits.spareFrames());
        int target = traits.ownMemoryOnly() ? 0 : Math.min(wanted, shareOf(frames, traits));
        RxFrames rx = new RxFrames(frames, mempool, target, options.vlan(), offloads);
        resources.add(rx::close);
        Mempool receiving = mempool;
        if (traits.ownMemoryOnly()) {
            receiving = Mempool.plain(name + "-r", wanted, 0, Mbuf.HEADROOM_BYTES + frames.frameBytes());
            resources.add(receiving::close);
        }
        TxFrames[] sending = new TxFrames[own.count()];
        for (int i = 0; i < sending.length; i++) {
            sending[i] = txFrames(name + "-x" + (i == 0 ? "" : i), frames, iova, offloads);
        }
        resources.add(() -> port.leave(own)); // first of all: nobody writes into frames then
        rx.refill();
        if (options.steer()) {
            port.steer(setup.steering().addresses(), own.first());
        }
        for (int queue = own.first(); queue <= own.last(); queue++) {
            port.setUp(queue, receiving);
        }
        int mtuBytes = port.info().mtuBytes();
        PortEvents events = new PortEvents(spec.toString(), false, mtuBytes, mtuBytes, options.queues());
        return new DpdkQueue(port, own, setup.clock(), events, rx, sending, resources);
    }

    private TxFrames txFrames(String name, FramePool frames, IovaMap iova, PortOffloads offloads) {
        boolean ownMemoryOnly = DriverTraits.of(options.name()).ownMemoryOnly();
        int entries = Integer.highestOneBit(port.ring().tx() * 2 - 1) * 2;
        int copiedBytes = ownMemoryOnly ? frames.frameBytes() : 0;
        ExternalMbufs external = new ExternalMbufs(name, entries, copiedBytes, iova, new NativeTable(1));
        resources.add(external::close);
        TxFrames tx = new TxFrames(
                frames,
                external,
                iova,
                entries,
                options.vlan(),
                options.vlan() != 0 && !offloads.uses(Offload.VLAN_INSERT),
                DriverTraits.maxSegmentFrameBytes(options.name(), port.info().mtuBytes()),
                DriverTraits.copiesHeaders(options.name()));
        resources.add(tx::takeAll);
        return tx;
    }

    private void checkSteering() {
        if (!setup.steering().ports().isEmpty()) {
            throw new ConfigurationException(
                    "device '" + spec + "' cannot be shared with the kernel by ports (StackConfig.steeringPorts):"
                            + " DPDK takes the whole of a device; use afxdp: for that");
        }
        if (options.steer()) {
            setup.steering().requireIpv4(spec);
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
        int min = traits.minFrames(own.count());
        int max = frames.capacityFrames() / 4 * 3;
        if (min > max) {
            throw new ConfigurationException("device '" + spec + "': its driver keeps " + min
                    + " frames for itself, and the pool has " + frames.capacityFrames() + ": make it of "
                    + (min / 3 * 4 + 4) + " or more");
        }
        return Math.max(frames.capacityFrames() / 2, min);
    }

    /** A driver drops what does not fit, and few say so. */
    private void checkMtu(FramePool frames, int mtuBytes) {
        int largest = DriverTraits.of(options.name()).maxMtu(frames.frameBytes());
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
        int max = DriverTraits.of(options.name()).maxMtu(LARGE_FRAME_BYTES - frames.prefixBytes());
        if (frames.strideBytes() >= LARGE_FRAME_BYTES) {
            return "";
        }
        return mtuBytes <= max
                ? ", or take larger frames (StackConfig.frameBytes(4096))"
                : ", or to " + max + " or less and take larger frames (StackConfig.frameBytes(4096))";
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
                int _ = (int) Dpdk.intFunction("rte_extmem_unregister", 2)
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
