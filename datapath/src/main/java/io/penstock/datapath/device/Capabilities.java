package io.penstock.datapath.device;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a device does beyond carrying packets, and what it asks for.
 *
 * @param offloads what it takes off the stack
 * @param txRoomBytes how many bytes in front of the Ethernet header a frame must have free for the device's own use
 * @param maxTsoBytes the largest TCP payload of one packet to be cut ({@link Offload#TCP_SEGMENTATION}), below 65536;
 *     0 without
 */
public record Capabilities(Set<Offload> offloads, int txRoomBytes, int maxTsoBytes) {
    private static final Capabilities NONE = new Capabilities(Set.of(), 0, 0);
    /** An IPv4 packet's length is a number of 16 bits; its headers take at least 40 bytes. */
    private static final int MAX_TSO_BYTES = 65535 - 40;

    /** Copies the set; refuses numbers that make no sense. */
    public Capabilities {
        EnumSet<Offload> copy = EnumSet.noneOf(Offload.class);
        copy.addAll(offloads);
        offloads = Collections.unmodifiableSet(copy);
        if (txRoomBytes < 0) {
            throw new IllegalArgumentException("room in front of a packet is 0 bytes or more, not " + txRoomBytes);
        }
        boolean cuts = copy.contains(Offload.TCP_SEGMENTATION);
        if (maxTsoBytes < (cuts ? 1 : 0) || maxTsoBytes > (cuts ? MAX_TSO_BYTES : 0)) {
            throw new IllegalArgumentException("largest TCP payload " + maxTsoBytes + ": expected "
                    + (cuts ? "1 to " + MAX_TSO_BYTES : "0 of a device that does not cut packets"));
        }
    }

    /** Those of a device that carries packets and nothing else. */
    public static Capabilities none() {
        return NONE;
    }

    /** The same and one more. */
    public Capabilities with(Offload offload) {
        EnumSet<Offload> more = EnumSet.of(offload);
        more.addAll(offloads);
        return new Capabilities(more, txRoomBytes, maxTsoBytes);
    }

    /** Whether the device takes this off the stack. */
    public boolean has(Offload offload) {
        return offloads.contains(offload);
    }
}
