package io.penstock.datapath.device;

/**
 * What a {@link Bridge} does to each packet on its way. It works in place, on the thread that drives the bridge, and
 * must not throw, whatever a packet holds.
 */
@FunctionalInterface
public interface PacketEdit {
    /** What {@link #edit} returns for a packet that goes no further. */
    int DROP = -1;

    /** Leaves packets alone: a bridge knows it, and does not even look where they lie. */
    PacketEdit NONE = (_, lengthBytes, _) -> lengthBytes;

    /**
     * Edits one packet.
     *
     * @param address where it begins, at its Ethernet header
     * @param lengthBytes how long it is; if it lies in several pieces, how long the first one is
     * @param ownMac the 48-bit hardware address of the port on which it came, in the low bits
     * @return how long it is now, at most {@code lengthBytes}, or {@link #DROP}
     */
    int edit(long address, int lengthBytes, long ownMac);

    /** Whether packets go back out of the device on which they came, and not out of the other one. */
    default boolean reflects() {
        return false;
    }
}
