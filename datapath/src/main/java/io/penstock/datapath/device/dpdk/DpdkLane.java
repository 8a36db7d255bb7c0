package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.device.PacketEdit;
import io.penstock.linux.RawMemory;

/**
 * One direction of a bridge: what a port receives goes out of a port, in the same mbufs. One thread.
 *
 * <p>What the driver does not take is freed, as DPDK's own forwarder does without retries.
 */
final class DpdkLane {
    /**
     * All addresses that a process can have on x86-64. Masked with it, an address is known to be no negative one, and the
     * compiler leaves out the comparison of each access with the end of all memory.
     */
    private static final long USER_SPACE = (1L << 47) - 1;

    private final BurstFunctions in;
    private final BurstFunctions out;
    private final long ownMac;
    private final PacketEdit edit;
    private final NativeTable packets;
    private final NativeTable refused;

    private long received;
    private long sent;
    private long dropped;

    /**
     * @param packets where a burst stands while it is carried: what was received, and goes on
     * @param refused where those of a burst stand that go no further
     */
    DpdkLane(
            BurstFunctions in,
            BurstFunctions out,
            long ownMac,
            PacketEdit edit,
            NativeTable packets,
            NativeTable refused) {
        this.in = in;
        this.out = out;
        this.ownMac = ownMac;
        this.edit = edit;
        this.packets = packets;
        this.refused = refused;
    }

    /** Carries one burst; returns how many packets were received. */
    int carry(int max) {
        long table = packets.address();
        int count = in.receive(table, max);
        if (count == 0) {
            return 0;
        }
        received += count;
        int left = edit == PacketEdit.NONE ? count : edit(count);
        int taken = left == 0 ? 0 : out.transmit(table, left);
        sent += taken;
        if (taken != left) {
            dropped += left - taken;
            Mbuf.free(packets.address(taken), left - taken);
        }
        return count;
    }

    /** Returns how many packets go on: they stand first in the table. */
    private int edit(int count) {
        PacketEdit each = edit;
        long mac = ownMac;
        long table = packets.address() & USER_SPACE;
        for (int i = 0; i < count; i++) {
            long mbuf = RawMemory.getLong(table + ((long) i << 3)) & USER_SPACE;
            int length = Mbuf.dataLength(mbuf);
            int edited = each.edit(Mbuf.data(mbuf) & USER_SPACE, length, mac);
            if (edited != length) {
                if (edited < 0) {
                    return editRest(i, count);
                }
                Mbuf.shorten(mbuf, edited);
            }
        }
        return count;
    }

    /** From a packet on that goes no further: those behind it move up. */
    private int editRest(int firstRefused, int count) {
        int kept = firstRefused;
        refused.set(0, packets.get(firstRefused));
        for (int i = firstRefused + 1; i < count; i++) {
            long mbuf = packets.get(i);
            int length = Mbuf.dataLength(mbuf);
            int edited = edit.edit(Mbuf.data(mbuf), length, ownMac);
            if (edited < 0) {
                refused.set(i - kept, mbuf);
                continue;
            }
            if (edited != length) {
                Mbuf.shorten(mbuf, edited);
            }
            packets.set(kept++, mbuf);
        }
        dropped += count - kept;
        Mbuf.free(refused.address(), count - kept);
        return kept;
    }

    long received() {
        return received;
    }

    long sent() {
        return sent;
    }

    long dropped() {
        return dropped;
    }
}
