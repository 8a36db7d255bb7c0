package io.penstock.datapath.device.dpdk;

import java.util.List;

/**
 * What some drivers need that DPDK's interface has no words for.
 *
 * @param prefix how the driver's devices are called
 * @param roomBytes what it leaves free in front of a received packet, beyond DPDK's headroom
 * @param spareFrames how many frames it keeps for each queue besides those in its ring
 * @param insertsTagsInSoftware whether it would write VLAN tags into packets itself ({@code rte_vlan_insert}), which it
 *     refuses for packets that are shared, as ours are while they are sent; it is done here then, at the same price
 * @param ownMemoryOnly whether its peer sees nothing but DPDK's own memory: packets are copied then, both ways
 * @param smallestFrameBytes the smallest frames in which it carries packets of 1500 bytes
 */
record DriverTraits(
        String prefix,
        int roomBytes,
        int spareFrames,
        boolean insertsTagsInSoftware,
        boolean ownMemoryOnly,
        int smallestFrameBytes) {
    private static final int SPARE_FRAMES = 512;
    private static final List<String> MAY_SLEEP =
            List.of("net_af_packet", "net_af_xdp", "net_tap", "net_pcap", "net_vhost", "net_virtio_user");
    private static final List<String> WRITE_TAGS = List.of("net_virtio", "net_netvsc", "net_dpaa2");
    private static final int SMALL_FRAME_BYTES = 2048;
    private static final int LARGE_FRAME_BYTES = 4096;

    private static final List<DriverTraits> KNOWN = List.of(
            // XDP's own 256 bytes come on top of DPDK's 128; the kernel's fill ring takes 2048 frames.
            new DriverTraits("net_af_xdp", 256, 2560, false, false, LARGE_FRAME_BYTES),
            // Its ring's slots, 2048 bytes unless it is told otherwise, must fit an mbuf.
            new DriverTraits("net_af_packet", 0, SPARE_FRAMES, true, false, LARGE_FRAME_BYTES),
            // vhost-user hands over descriptors of DPDK's memory, and of no other.
            new DriverTraits("net_virtio_user", 0, SPARE_FRAMES, true, true, SMALL_FRAME_BYTES),
            new DriverTraits("net_vhost", 0, SPARE_FRAMES, true, false, SMALL_FRAME_BYTES));
    private static final DriverTraits ORDINARY = new DriverTraits("", 0, SPARE_FRAMES, false, false, SMALL_FRAME_BYTES);

    /** Those of a device by its name. */
    static DriverTraits of(String device) {
        return KNOWN.stream()
                .filter(traits -> device.startsWith(traits.prefix))
                .findFirst()
                .orElse(ORDINARY);
    }

    /**
     * The hardware address of who sits behind the port. The two ends of a net_tap, ours and the kernel's, have the same one:
     * ours gets its neighbour's, or neither would listen to the other.
     */
    static long stationAddress(String device, long portAddress) {
        return device.startsWith("net_tap") ? portAddress ^ 1 : portAddress;
    }

    /**
     * How long a frame may be into which the driver cuts a packet, 0 for as long as is asked. net_tap holds the frame, with its
     * Ethernet header, against the MTU, and never sends a packet whose segments would fill it.
     */
    static int longestCutFrameBytes(String device, int mtuBytes) {
        return device.startsWith("net_tap") ? mtuBytes : 0;
    }

    /**
     * Whether the driver gathers packets out of pieces reliably. net_memif marks the slot of a first piece and never takes the
     * mark off again (DPDK 22.11 to 24.11): a later packet in that slot would be glued to its neighbour.
     */
    static boolean gathers(String device) {
        return !device.startsWith("net_memif");
    }

    /**
     * Whether the driver takes headers out of the pool of a packet's first mbuf, to work on them: that must then be a frame's
     * own, whose pool has some.
     */
    static boolean copiesHeaders(String device) {
        return device.startsWith("net_tap");
    }

    /** Whether a call of the driver may wait for the kernel, so that the virtual machine must be able to stop meanwhile. */
    static boolean maySleep(String device) {
        return MAY_SLEEP.stream().anyMatch(device::startsWith);
    }

    /** Whether the driver learns what was sent when it is asked to send, be it nothing. */
    static boolean completesWhenItSends(String device) {
        return device.startsWith("net_af_xdp");
    }

    /** Whether a driver that is not known by its device's name writes VLAN tags itself: those for PCI devices. */
    static boolean insertsTagsInSoftware(String device, String driver) {
        return of(device).insertsTagsInSoftware || WRITE_TAGS.contains(driver);
    }

    /** How many mbufs its driver does not give back when it is closed, at most: those in the kernel's fill ring, of 4096. */
    static int mostKeptAtClose(String device) {
        return device.startsWith("net_af_xdp") ? 4096 : 0;
    }

    /** How many frames it must have to receive into, or it never receives anything. */
    int leastFrames(int queues) {
        return spareFrames == SPARE_FRAMES ? 0 : spareFrames * queues;
    }

    /** The largest MTU that a frame can receive. */
    int largestMtu(int frameBytes) {
        return frameBytes - Mbuf.HEADROOM_BYTES - roomBytes - 14 - VlanTag.BYTES;
    }
}
