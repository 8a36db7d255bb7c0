package io.penstock.libos.tcp.ip;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.Remedy;
import io.penstock.datapath.wire.Checksum;

/**
 * What becomes of a packet whose checksum is wrong because its sender left it to hardware.
 *
 * <p>A kernel that sends to an interface whose driver promises to finish checksums writes just the sum of the pseudo-header
 * into the field, folded and not complemented (Linux: CHECKSUM_PARTIAL, Documentation/networking/checksum-offloads.rst). On
 * veth and TAP nobody finishes it, and nobody need: the packet never leaves memory. On any other device it is dropped, as it
 * has passed hardware that should have finished it, and the operator is told.
 *
 * <p>The field must hold exactly this sum, so what was corrupted on the way is not taken: of 65,536 wrong checksums one is.
 * Asked only when a checksum has been found wrong. Owner's thread.
 */
public final class PartialChecksums {
    private final boolean taken;
    private final Counter partial;
    private final Remedy dropped;

    public PartialChecksums(TransportContext context) {
        this.taken = context.ip().carriesPartialChecksums();
        this.partial = context.counters().counter("rx.checksum.partial");
        this.dropped = context.remedies().add("rx.dropped.checksum-partial", PartialChecksums::line);
    }

    private static String line(long sender) {
        return "packets of " + Endpoint.ipv4ToString((int) sender)
                + " come with checksums that were left to hardware and"
                + " never finished: switch that off on the interface where they are sent ('ethtool -K INTERFACE tx off')";
    }

    /**
     * Whether the checksum was left to hardware; then the packet is counted here, whatever becomes of it.
     *
     * @param field the packet's checksum field
     * @param pseudoHeaderSum the sum of addresses, protocol and length, not folded
     * @param senderLow the low half of the sender's address
     */
    public boolean isPartial(int field, long pseudoHeaderSum, long senderLow) {
        if (field != Checksum.fold(pseudoHeaderSum)) {
            return false;
        }
        if (taken) {
            partial.increment();
        } else {
            dropped.count(senderLow);
        }
        return true;
    }

    /** Whether such packets are taken as they are. */
    public boolean areTaken() {
        return taken;
    }
}
