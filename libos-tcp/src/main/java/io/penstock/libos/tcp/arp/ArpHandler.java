package io.penstock.libos.tcp.arp;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.counters.Remedy;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.wire.ArpPacket;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.datapath.wire.MacAddress;
import io.penstock.libos.tcp.ip.Ipv4Network;
import io.penstock.libos.tcp.link.Drop;
import io.penstock.libos.tcp.link.Drops;
import io.penstock.libos.tcp.link.Siblings;
import io.penstock.libos.tcp.link.TxQueue;
import io.penstock.libos.tcp.neighbour.AddressResolution;
import io.penstock.libos.tcp.neighbour.Neighbours;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.grant.FrameGrant;

/**
 * Answers ARP requests for our address, asks for others', and defends our own, for ever (RFC 5227, section 2.4
 * (c)): a server must not lose its address to whoever claims it. Owner's thread.
 */
public final class ArpHandler implements AddressResolution {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    /** RFC 5227, section 2.4: at most one defence in this time, or two hosts with one address would shout for ever. */
    private static final long DEFEND_INTERVAL_NANOS = 10_000_000_000L;
    /** RFC 5227, ANNOUNCE_INTERVAL. */
    private static final long ANNOUNCE_INTERVAL_NANOS = 2_000_000_000L;

    private final Ipv4Network network;
    private final long ownMac;
    private final FramePool pool;
    private final TxQueue tx;
    private final Clock clock;
    private final Drops drops;
    private final Neighbours neighbours;
    private final Counter requestsSent;
    private final Counter requestsReceived;
    private final Counter repliesSent;
    private final Counter repliesReceived;
    private final Remedy conflicts;
    private final Remedy gatewaySilent;
    private long defendedNanos;
    private boolean defended;
    private boolean answers = true;
    /** Null if this stack has all of its port. */
    private Siblings siblings;

    public ArpHandler(Ipv4Network network, long ownMac, FramePool pool, TxQueue tx, Clock clock, Remedies remedies) {
        Counters counters = remedies.counters();
        this.network = network;
        this.ownMac = ownMac;
        this.pool = pool;
        this.tx = tx;
        this.clock = clock;
        this.drops = new Drops(remedies);
        this.neighbours = new Neighbours(
                this, tx, ownMac, Neighbours.DEFAULT_CAPACITY, Math.max(1, pool.capacityFrames() / 16), remedies);
        this.requestsSent = counters.counter("arp.requests.sent");
        this.requestsReceived = counters.counter("arp.requests.received");
        this.repliesSent = counters.counter("arp.replies.sent");
        this.repliesReceived = counters.counter("arp.replies.received");
        this.conflicts = remedies.add(
                "arp.conflicts",
                other -> "address " + Endpoint.ipv4ToString(network.address()) + " is also used by "
                        + MacAddress.toString(other) + ": give one of the two another address");
        this.gatewaySilent = remedies.add(
                "arp.failed.gateway",
                gateway -> "gateway " + Endpoint.ipv4ToString((int) gateway)
                        + " does not answer ARP: check --gateway, and whether the router is on this link");
    }

    /** Leaves requests for our address to somebody else who has it too, on the same hardware address: the kernel. */
    public void leaveAnswers() {
        answers = false;
    }

    /** Whom else on the port to tell of packets. */
    public void siblings(Siblings others) {
        siblings = others;
    }

    public Neighbours neighbours() {
        return neighbours;
    }

    /** A packet came in; takes over the frame's reference. {@code offset} is where the Ethernet header begins. */
    public void receive(Buffer frame, int offset, int lengthBytes) {
        long at = frame.frameAddress() + offset + EthernetHeader.LENGTH;
        if (lengthBytes < EthernetHeader.LENGTH + ArpPacket.LENGTH || !ArpPacket.isValid(at)) {
            drops.drop(frame, Drop.ARP_MALFORMED);
            return;
        }
        long senderMac = ArpPacket.senderMac(at);
        int sender = ArpPacket.senderAddress(at);
        boolean request = ArpPacket.operation(at) == ArpPacket.REQUEST;
        if (!MacAddress.isUnicast(senderMac) || senderMac == ownMac) {
            drops.drop(frame, Drop.ARP_MALFORMED);
            return;
        }
        (request ? requestsReceived : repliesReceived).increment();
        boolean toUs = ArpPacket.targetAddress(at) == network.address();
        boolean fromOurs = sender == network.address();
        if (siblings != null) {
            siblings.tell(
                    toUs || fromOurs ? Siblings.ARP_HANDLED : Siblings.ARP_OTHER,
                    at - EthernetHeader.LENGTH,
                    EthernetHeader.LENGTH + ArpPacket.LENGTH);
        }
        if (fromOurs) {
            conflict(senderMac);
            frame.release();
            return;
        }
        learn(at, sender, senderMac, request, toUs);
        if (request && toUs) {
            answer(frame, offset, senderMac, sender);
        }
        frame.release();
    }

    private void learn(long at, int sender, long senderMac, boolean request, boolean toUs) {
        // A sender of 0 probes whether an address is free (RFC 5227) and has none yet itself.
        if (network.isOnLinkHost(sender)) {
            boolean answer = !request && toUs && EthernetHeader.destination(at - EthernetHeader.LENGTH) == ownMac;
            neighbours.learn(0, Ipv4Network.mapped(sender), senderMac, answer, request && toUs, clock.nanos());
        }
    }

    /** In a frame that stays the caller's. */
    private void answer(Buffer frame, int offset, long senderMac, int sender) {
        if (answers && !tx.isFull(TxQueue.LINK)) {
            long at = frame.frameAddress() + offset;
            ArpPacket.write(at + EthernetHeader.LENGTH, ArpPacket.REPLY, ownMac, network.address(), senderMac, sender);
            EthernetHeader.write(at, senderMac, ownMac, EthernetHeader.TYPE_ARP);
            tx.stage(TxQueue.LINK, frame, offset, EthernetHeader.LENGTH + ArpPacket.LENGTH);
            repliesSent.increment();
        }
    }

    /**
     * A packet came in on another queue of the port, whose stack has found it to be good.
     *
     * @param frame where its Ethernet header lies
     * @param handled whether it is about the address of that stack, which has answered or defended it then
     */
    public void relayed(long frame, boolean handled) {
        long at = frame + EthernetHeader.LENGTH;
        long senderMac = ArpPacket.senderMac(at);
        int sender = ArpPacket.senderAddress(at);
        boolean request = ArpPacket.operation(at) == ArpPacket.REQUEST;
        boolean toUs = ArpPacket.targetAddress(at) == network.address();
        if (sender == network.address()) {
            if (!handled) {
                conflict(senderMac);
            }
            return;
        }
        learn(at, sender, senderMac, request, toUs);
        if (request && toUs && !handled) {
            Buffer reply = ACCESS.allocateReserved(pool);
            if (reply != null) {
                answer(reply, reply.offset(), senderMac, sender);
                reply.release();
            }
        }
    }

    private void conflict(long otherMac) {
        conflicts.count(otherMac);
        long now = clock.nanos();
        if (defended && now - defendedNanos < DEFEND_INTERVAL_NANOS) {
            return;
        }
        defended = true;
        defendedNanos = now;
        announce();
    }

    @Override
    public String name() {
        return "arp";
    }

    @Override
    public int etherType() {
        return EthernetHeader.TYPE_IPV4;
    }

    @Override
    public void ask(long high, long low, long targetMac) {
        send(network.address(), (int) low, targetMac);
    }

    @Override
    public void unanswered(long high, long low) {
        if ((int) low == network.gateway()) {
            gatewaySilent.count(low);
        }
    }

    /** Tells everybody on the link which hardware address ours has (RFC 5227, section 2.3), now and once more soon. */
    public void announceTwice() {
        announce();
        neighbours.announceAt(clock.nanos() + ANNOUNCE_INTERVAL_NANOS);
    }

    @Override
    public void announce() {
        send(network.address(), network.address(), MacAddress.BROADCAST);
    }

    private void send(int sender, int target, long destination) {
        if (tx.isFull(TxQueue.LINK)) {
            return; // the timer asks again
        }
        Buffer frame = ACCESS.allocateReserved(pool);
        if (frame == null) {
            return;
        }
        int offset = frame.offset();
        writeRequest(frame.frameAddress() + offset, ownMac, sender, destination, target);
        tx.stage(TxQueue.LINK, frame, offset, EthernetHeader.LENGTH + ArpPacket.LENGTH);
        frame.release();
        requestsSent.increment();
    }

    static void writeRequest(long at, long ownMac, int sender, long destination, int target) {
        EthernetHeader.write(at, destination, ownMac, EthernetHeader.TYPE_ARP);
        ArpPacket.write(at + EthernetHeader.LENGTH, ArpPacket.REQUEST, ownMac, sender, 0, target);
    }
}
