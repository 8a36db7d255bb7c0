package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.device.PacketEdit;

/**
 * One direction of a bridge: what a port receives goes out of a port, in the same mbufs. One thread.
 *
 * <p>What the driver does not take is freed, as DPDK's own forwarder does without retries.
 */
final class DpdkLane {
    private final BurstFunctions in;
    private final BurstFunctions out;
    private final long ownMac;
    private final PacketEdit edit;
    private final NativeTable packets;
    private final NativeTable refused;

    private long received;
    private long sent;
    private long dropped;

    DpdkLane(BurstFunctions in, BurstFunctions out, long ownMac, PacketEdit edit, int mostBurst) {
        this.in = in;
        this.out = out;
        this.ownMac = ownMac;
        this.edit = edit;
        this.packets = new NativeTable(mostBurst);
        this.refused = new NativeTable(mostBurst);
    }

    /** Carries one burst; returns how many packets were received. */
    int carry(int most) {
        long table = packets.address();
        int count = in.receive(table, most);
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
        int kept = 0;
        for (int i = 0; i < count; i++) {
            long mbuf = packets.get(i);
            int length = Mbuf.dataLength(mbuf);
            int edited = edit.edit(Mbuf.data(mbuf), length, ownMac);
            if (edited != length) {
                if (edited < 0) {
                    refused.set(i - kept, mbuf);
                    continue;
                }
                Mbuf.shorten(mbuf, edited);
            }
            if (kept != i) {
                packets.set(kept, mbuf);
            }
            kept++;
        }
        if (kept != count) {
            dropped += count - kept;
            Mbuf.free(refused.address(), count - kept);
        }
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
