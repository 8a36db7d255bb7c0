package io.penstock.libos.tcp.link;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.counters.Remedy;
import io.penstock.datapath.device.PortRelay;

/**
 * The stacks on the other queues of this stack's port. Each packet reaches one queue, so they tell each other what concerns
 * all: who has which hardware address, and errors about packets, which may be another's. Owner's thread.
 */
public final class Siblings implements AutoCloseable {
    /** A frame with an ARP packet of which the teller has taken care: there is something to learn from it, no more. */
    public static final int ARP_HANDLED = 1;
    /** A frame with an ARP packet that is not about the teller's address. */
    public static final int ARP_OTHER = 2;
    /** An ICMP error, from the ICMP header to as much of the packet quoted as has ports and sequence number. */
    public static final int ICMP_ERROR = 3;

    private final PortRelay.Seat seat;
    private final Counter heard;
    private final Remedy lost;

    /** Joins them. The news are told on any thread. */
    public Siblings(PortRelay relay, PortRelay.News news, Remedies remedies) {
        this.heard = remedies.counters().counter("port.news.heard");
        this.lost = remedies.add(
                "port.news.lost",
                _ ->
                        "ARP packets and ICMP errors come faster than the stacks on the other queues hear of them: look who"
                                + " floods the link, or whether a stack's thread is stuck");
        this.seat = relay.join(news);
    }

    /** Tells all of them. */
    public void tell(int kind, long address, int lengthBytes) {
        int without = seat.tell(kind, address, lengthBytes);
        if (without != 0) {
            lost.count(without);
        }
    }

    /** Hears what they have told. */
    public void hear(PortRelay.Reader reader) {
        heard.add(seat.read(reader));
    }

    /** Leaves them. */
    @Override
    public void close() {
        seat.close();
    }
}
