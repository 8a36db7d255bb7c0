package io.penstock.datapath.device.dpdk;

import static io.penstock.datapath.device.dpdk.DriverTraits.Quirk.COMPLETES_WHEN_IT_SENDS;
import static io.penstock.datapath.device.dpdk.DriverTraits.Quirk.COPIES_HEADERS;
import static io.penstock.datapath.device.dpdk.DriverTraits.Quirk.HAS_THE_KERNELS_ADDRESS;
import static io.penstock.datapath.device.dpdk.DriverTraits.Quirk.KEEPS_FILL_RING;
import static io.penstock.datapath.device.dpdk.DriverTraits.Quirk.MAY_SLEEP;
import static io.penstock.datapath.device.dpdk.DriverTraits.Quirk.MISGATHERS;
import static io.penstock.datapath.device.dpdk.DriverTraits.Quirk.OWN_MEMORY_ONLY;
import static io.penstock.datapath.device.dpdk.DriverTraits.Quirk.SEGMENTS_WITHIN_MTU;
import static io.penstock.datapath.device.dpdk.DriverTraits.Quirk.WRITES_TAGS;

import io.penstock.datapath.wire.EthernetHeader;
import java.util.List;
import java.util.Set;

/**
 * What drivers need, or cannot do, that DPDK's interface does not say.
 *
 * @param prefix how the driver's devices are called
 * @param roomBytes what it leaves free in front of a received packet, beyond DPDK's headroom
 * @param spareFrames how many frames it keeps for each queue besides those in its ring
 * @param minFrameBytes the smallest frames in which it carries packets of 1500 bytes
 * @param quirks what else it does
 */
record DriverTraits(String prefix, int roomBytes, int spareFrames, int minFrameBytes, Set<Quirk> quirks) {
    private static final int SPARE_FRAMES = 512;
    private static final int SMALL_FRAME_BYTES = 2048;
    private static final int LARGE_FRAME_BYTES = 4096;
    /** The kernel's fill ring of net_af_xdp, and what is on its way there. */
    private static final int FILL_RING_MBUFS = 4096;

    /** What a driver does, and others do not. */
    enum Quirk {
        /**
         * Would write VLAN tags into packets itself ({@code rte_vlan_insert}), which it refuses for packets that are shared, as
         * ours are while they are sent; it is done here then, at the same price.
         */
        WRITES_TAGS,
        /** Its peer sees nothing but DPDK's own memory: packets are copied then, both ways. */
        OWN_MEMORY_ONLY,
        /** A call of it may wait for the kernel, so that the virtual machine must be able to stop meanwhile. */
        MAY_SLEEP,
        /** Learns what was sent when it is asked to send, be it nothing. */
        COMPLETES_WHEN_IT_SENDS,
        /** Does not give back, when it is closed, what lies in the kernel's fill ring. */
        KEEPS_FILL_RING,
        /** The two ends of its wire, ours and the kernel's, have the same hardware address. */
        HAS_THE_KERNELS_ADDRESS,
        /**
         * Holds the frames into which it cuts a packet, with their Ethernet headers, against the MTU, and never sends one whose
         * segments would fill it.
         */
        SEGMENTS_WITHIN_MTU,
        /**
         * Takes headers out of the pool of a packet's first mbuf, to work on them: that must then be a frame's own, whose pool
         * has some.
         */
        COPIES_HEADERS,
        /**
         * Marks the slot of a packet's first piece and never takes the mark off again (net_memif of DPDK 22.11 to 24.11): a
         * later packet in that slot would be glued to its neighbour.
         */
        MISGATHERS
    }

    private static final List<DriverTraits> KNOWN = List.of(
            // XDP's own 256 bytes come on top of DPDK's 128; the kernel's fill ring takes 2048 frames.
            new DriverTraits(
                    "net_af_xdp",
                    256,
                    2560,
                    LARGE_FRAME_BYTES,
                    Set.of(MAY_SLEEP, COMPLETES_WHEN_IT_SENDS, KEEPS_FILL_RING)),
            // Its ring's slots, 2048 bytes unless it is told otherwise, must fit an mbuf.
            new DriverTraits("net_af_packet", 0, SPARE_FRAMES, LARGE_FRAME_BYTES, Set.of(MAY_SLEEP, WRITES_TAGS)),
            // vhost-user hands over descriptors of DPDK's memory, and of no other.
            small("net_virtio_user", MAY_SLEEP, WRITES_TAGS, OWN_MEMORY_ONLY),
            small("net_vhost", MAY_SLEEP, WRITES_TAGS),
            small("net_tap", MAY_SLEEP, HAS_THE_KERNELS_ADDRESS, SEGMENTS_WITHIN_MTU, COPIES_HEADERS),
            small("net_pcap", MAY_SLEEP),
            small("net_memif", MISGATHERS));
    private static final DriverTraits ORDINARY = small("");

    /** Drivers of PCI devices, which no name tells, that have {@link Quirk#WRITES_TAGS}. */
    private static final Set<String> TAG_WRITERS_ON_PCI = Set.of("net_virtio", "net_netvsc", "net_dpaa2");

    private static DriverTraits small(String prefix, Quirk... quirks) {
        return new DriverTraits(prefix, 0, SPARE_FRAMES, SMALL_FRAME_BYTES, Set.of(quirks));
    }

    /** Those of a device by its name. */
    static DriverTraits of(String device) {
        String name = DpdkOptions.canonical(device);
        return KNOWN.stream()
                .filter(traits -> name.startsWith(traits.prefix))
                .findFirst()
                .orElse(ORDINARY);
    }

    private static boolean has(String device, Quirk quirk) {
        return of(device).quirks.contains(quirk);
    }

    boolean ownMemoryOnly() {
        return quirks.contains(OWN_MEMORY_ONLY);
    }

    /** The hardware address of who sits behind the port: not the kernel's, or neither would listen to the other. */
    static long stationAddress(String device, long portAddress) {
        return has(device, HAS_THE_KERNELS_ADDRESS) ? portAddress ^ 1 : portAddress;
    }

    /** How long a frame may be into which the driver cuts a packet, 0 for as long as is asked. */
    static int maxSegmentFrameBytes(String device, int mtuBytes) {
        return has(device, SEGMENTS_WITHIN_MTU) ? mtuBytes : 0;
    }

    /** Whether the driver gathers packets out of pieces reliably. */
    static boolean gathers(String device) {
        return !has(device, MISGATHERS);
    }

    static boolean copiesHeaders(String device) {
        return has(device, COPIES_HEADERS);
    }

    static boolean maySleep(String device) {
        return has(device, MAY_SLEEP);
    }

    static boolean completesWhenItSends(String device) {
        return has(device, COMPLETES_WHEN_IT_SENDS);
    }

    /** Whether VLAN tags are written here, although the port says that it can. */
    static boolean insertsTagsInSoftware(String device, String driver) {
        return has(device, WRITES_TAGS) || TAG_WRITERS_ON_PCI.contains(driver);
    }

    /** How many mbufs its driver does not give back when it is closed, at most. */
    static int maxKeptAtClose(String device) {
        return has(device, KEEPS_FILL_RING) ? FILL_RING_MBUFS : 0;
    }

    /** How many frames it must have to receive into, or it never receives anything. */
    int minFrames(int queues) {
        return spareFrames == SPARE_FRAMES ? 0 : spareFrames * queues;
    }

    /** The largest MTU that a frame can receive. */
    int maxMtu(int frameBytes) {
        return frameBytes - Mbuf.HEADROOM_BYTES - roomBytes - EthernetHeader.LENGTH - VlanTag.BYTES;
    }

    /**
     * The smallest frames for an MTU; the largest if none carries it.
     *
     * @param mtuBytes 0: 1500 at most
     * @param prefixBytes how much of a frame is the device's
     */
    int minFrameBytes(int mtuBytes, int prefixBytes) {
        return mtuBytes <= maxMtu(minFrameBytes - prefixBytes) ? minFrameBytes : LARGE_FRAME_BYTES;
    }
}
