package io.penstock.libos.tcp.neighbour;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.counters.Remedy;
import io.penstock.datapath.device.Burst;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.datapath.wire.MacAddress;
import io.penstock.libos.tcp.link.TxQueue;
import io.penstock.libos.tcp.neighbour.Neighbour.State;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;

/**
 * The neighbour cache of one address family, which asks by an {@link AddressResolution}: bounded, aged, and wary of those who would rewrite it.
 *
 * <p><b>No packet is lost to ageing.</b> An entry that was not confirmed for 30 s is verified by unicast requests while
 * packets go on to the address known so far; if nobody answers, packets wait while everybody is asked.
 *
 * <p><b>Poisoning.</b> A claim that a known neighbour has another hardware address is not believed: the known address is
 * asked first, by unicast. If it answers, the claim is rejected and further claims are not heard for a second. If it is
 * silent, the neighbour has moved (a failover takes half a second longer therefore), and the claim is taken over. An
 * entry comes into being only when we have packets for a host, or when a host asks for our address (RFC 826; RFC 4861, section
 * 7.2.3).
 *
 * <p>Owner's thread. Nothing is allocated once as many neighbours were known at the same time as ever will be.
 */
public final class Neighbours {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    public static final int DEFAULT_CAPACITY = 1024;

    static final long REACHABLE_NANOS = 30_000_000_000L;
    /** RFC 1122, section 2.3.2.1: at most one request a second for each destination. */
    static final long RETRY_NANOS = 1_000_000_000L;

    static final int TRIES = 3;
    static final long FORGET_NANOS = 600_000_000_000L;
    private static final long VERIFY_NANOS = 250_000_000L;
    private static final int VERIFY_TRIES = 2;
    private static final long DEAF_NANOS = 1_000_000_000L;
    /** How long a neighbour's own answer goes before what others say of it. */
    private static final long MENTION_NANOS = 100_000_000L;
    /** How often entries are gone through at most: a crowd of deadlines must not make every turn do so. */
    private static final long SCAN_NANOS = 1_000_000L;

    private final AddressResolution resolution;
    private final int etherType;
    private final Remedies remedies;
    private final TxQueue tx;
    private final long ownMac;
    private final int capacity;
    /** How many frames may wait for answers altogether. */
    private final int pendingLimit;

    private final NeighbourTable byAddress;
    private final Neighbour[] inUse;
    private final Neighbour[] spare;
    private final Eviction eviction;
    private GivenUp givenUp = _ -> {};
    private int count;
    private int spareCount;
    private int incomplete;
    private int pendingPackets;
    /** Those that are being asked and keep packets, in the order in which their first packet came. */
    private final KeepingList keeping = new KeepingList();

    private long changes;
    /** How many packets wait only for room in the transmit queue. */
    private int resolvedPackets;

    private long nextDeadlineNanos = Long.MAX_VALUE;
    private long announceNanos = Long.MAX_VALUE;
    private final Counter entries;
    private final Counter failed;
    private final Counter doubted;
    private final Counter rejected;
    private final Counter moved;
    private final Counter displaced;
    private final Remedy packetsDisplaced;
    /** Of the last one's address, whose other half stands in the remedy. */
    private long displacedHigh;

    private final Counter suspected;

    /** Learns which packets were given up because their neighbour does not answer. */
    @FunctionalInterface
    public interface GivenUp {
        /**
         * A packet of ours will not be sent.
         *
         * @param packet where its IP header lies
         */
        void packet(long packet);
    }

    /**
     * @param resolution who asks the link
     * @param capacity how many neighbours are known at most
     * @param pendingLimit how many frames may wait for answers altogether
     */
    public Neighbours(
            AddressResolution resolution, TxQueue tx, long ownMac, int capacity, int pendingLimit, Remedies remedies) {
        Counters counters = remedies.counters();
        String name = resolution.name();
        this.resolution = resolution;
        this.etherType = resolution.etherType();
        this.remedies = remedies;
        this.tx = tx;
        this.ownMac = ownMac;
        this.capacity = capacity;
        this.pendingLimit = pendingLimit;
        this.byAddress = new NeighbourTable(capacity);
        this.inUse = new Neighbour[capacity];
        this.spare = new Neighbour[capacity];
        this.eviction = new Eviction(inUse);
        this.entries = counters.counter(name + ".entries", CounterType.GAUGE);
        this.failed = counters.counter(name + ".failed");
        this.doubted = counters.counter(name + ".claims.doubted");
        this.rejected = counters.counter(name + ".claims.rejected");
        this.moved = counters.counter(name + ".claims.taken-over");
        this.displaced = counters.counter(name + ".entries.displaced");
        this.suspected = counters.counter(name + ".suspected");
        this.packetsDisplaced = remedies.add(
                name + ".pending.displaced",
                low -> "too many packets wait for neighbours that do not answer, such as "
                        + Endpoint.addressToString(displacedHigh, low)
                        + ": look who sends from addresses that nobody on the link has, or give more --frames");
    }

    /** Who learns of packets that are given up. Before the first packet. */
    public void onGivenUp(GivenUp listener) {
        givenUp = listener;
    }

    /** Where it is said what an operator can mend on the link. */
    public Remedies remedies() {
        return remedies;
    }

    // ---- for paths

    /**
     * The entry of a neighbour to whom there is a packet to send; it is made if there is none, and verified if it is old.
     *
     * @return the entry, or null if the table is full of others that were asked just now
     */
    public Neighbour forSending(long high, long low, long nowNanos) {
        Neighbour n = byAddress.find(high, low);
        if (n == null) {
            return incomplete < capacity / 2 || giveUpAsked(nowNanos) ? add(high, low, nowNanos) : null;
        }
        if (n.state == State.STALE) {
            probe(n, nowNanos, RETRY_NANOS);
        }
        return n;
    }

    /** Nothing comes back from beyond this neighbour: it is asked whether it is still there, while packets go on to it. */
    public void suspect(long high, long low, long nowNanos) {
        Neighbour n = byAddress.find(high, low);
        boolean sure = n != null && n.deadlineNanos - nowNanos > REACHABLE_NANOS - RETRY_NANOS; // it answered just now
        if (n != null && ((n.state == State.REACHABLE && !sure) || n.state == State.STALE)) {
            suspected.increment();
            probe(n, nowNanos, RETRY_NANOS);
        }
    }

    /**
     * Room for a packet that is to wait until the neighbour has answered: the caller adds it at once, with holds of its
     * own, from where the Ethernet header will begin; its IP header is written already.
     *
     * <p>A neighbour gets no more places than are left when it has taken its own. So whoever does not answer cannot take
     * all, and for the first packet of a neighbour there is always one (RFC 1122, section 2.3.2.2): that of the packet that
     * has waited for longest.
     *
     * @return the burst that it is to be added to, or null if too many wait
     */
    public Burst keep(Neighbour n, long nowNanos) {
        if (n.state == State.FREE) {
            throw new IllegalStateException("the neighbour's entry was given up");
        }
        if (n.state == State.INCOMPLETE && n.tries == 0) {
            ask(n, nowNanos, MacAddress.BROADCAST, RETRY_NANOS);
        }
        if (n.pending == null) {
            n.pending = new Burst(Neighbour.PENDING_PACKETS);
        }
        if (!hasRoom(n)) {
            if (n.hasPending() || keeping.first() == null) {
                return null;
            }
            displaceOldestPacket();
        }
        pendingPackets++;
        if (n.hasAddress()) {
            resolvedPackets++;
        } else if (!n.hasPending()) {
            keeping.add(n);
        }
        return n.pending;
    }

    private boolean hasRoom(Neighbour n) {
        int waiting = n.pending == null ? 0 : n.pending.count();
        return waiting < Math.min(Neighbour.PENDING_PACKETS, pendingLimit - pendingPackets);
    }

    /** Whether a packet to this address would find no room now. */
    public boolean isHeldUp(Neighbour n, long high, long low) {
        return n.state == State.INCOMPLETE && n.low == low && n.high == high && n.hasPending() && !hasRoom(n);
    }

    /** Rises whenever a packet that found no room may find it now. */
    public long changes() {
        return changes;
    }

    private void displaceOldestPacket() {
        Neighbour oldest = keeping.first();
        oldest.pending.unhold(ACCESS, 0);
        oldest.pending.dropFirst(1);
        pendingPackets--;
        displacedHigh = oldest.high;
        packetsDisplaced.count(oldest.low);
        if (!oldest.hasPending()) {
            keeping.remove(oldest);
        }
    }

    // ---- what the link's packets teach

    /**
     * Somebody says that this address is at {@code mac}.
     *
     * @param answer whether it is a reply to us
     * @param mayCreate whether it asked for our own address: then we shall soon want to answer it (RFC 826)
     */
    public void learn(long high, long low, long mac, boolean answer, boolean mayCreate, long nowNanos) {
        Neighbour n = byAddress.find(high, low);
        if (n == null) {
            Neighbour added = mayCreate ? add(high, low, nowNanos) : null;
            if (added != null) {
                incomplete--;
                added.mac = mac;
                stale(added, nowNanos);
            }
            return;
        }
        switch (n.state) {
            case INCOMPLETE -> {
                if (answer) {
                    resolved(n, mac, true, nowNanos);
                } else {
                    mentioned(n, mac, nowNanos);
                }
            }
            case FAILED -> resolved(n, mac, answer, nowNanos);
            case REACHABLE, STALE, PROBE -> {
                if (n.mac == mac) {
                    confirmed(n, answer, nowNanos);
                } else {
                    claimed(n, mac, nowNanos);
                }
            }
            case FREE -> throw new IllegalStateException("a free entry in the table");
        }
    }

    /**
     * Somebody says where a neighbour is that is being asked, but does not answer us: anybody can. Its own answer has a while
     * to come, and if that was asked for long ago, it is once more.
     */
    private void mentioned(Neighbour n, long mac, long nowNanos) {
        if (n.claimedMac != 0) {
            return;
        }
        n.claimedMac = mac;
        if (n.tries > 0 && nowNanos - n.askedLastNanos >= MENTION_NANOS) {
            n.askedLastNanos = nowNanos;
            resolution.ask(n.high, n.low, MacAddress.BROADCAST);
        }
        schedule(n, Math.min(n.deadlineNanos, nowNanos + MENTION_NANOS));
    }

    private void resolved(Neighbour n, long mac, boolean answer, long nowNanos) {
        if (n.state == State.INCOMPLETE) {
            incomplete--;
        }
        n.mac = mac;
        n.claimedMac = 0;
        if (answer) {
            reachable(n, nowNanos);
        } else {
            stale(n, nowNanos);
        }
        n.changed();
        changes++;
        keeping.remove(n);
        if (n.hasPending()) {
            resolvedPackets += n.pending.count();
            sendPending(n);
        }
    }

    private void confirmed(Neighbour n, boolean answer, long nowNanos) {
        if (n.claimedMac != 0) {
            n.claimedMac = 0;
            n.deafUntilNanos = nowNanos + DEAF_NANOS;
            rejected.increment();
            reachable(n, nowNanos);
        } else if (answer) {
            // From STALE the paths' note is outdated and stays so: they look once more, and find it reachable.
            reachable(n, nowNanos);
        }
    }

    private void claimed(Neighbour n, long mac, long nowNanos) {
        if (n.claimedMac != 0 || nowNanos < n.deafUntilNanos) {
            return;
        }
        doubted.increment();
        n.claimedMac = mac;
        if (n.state == State.STALE) {
            n.changed();
        }
        probe(n, nowNanos, VERIFY_NANOS);
    }

    // ---- state changes

    private Neighbour add(long high, long low, long nowNanos) {
        Neighbour n = count < capacity ? take() : evict(nowNanos);
        if (n == null) {
            return null;
        }
        n.high = high;
        n.low = low;
        n.mac = 0;
        n.claimedMac = 0;
        n.deafUntilNanos = 0;
        n.tries = 0;
        n.state = State.INCOMPLETE;
        n.askedNanos = nowNanos;
        n.deadlineNanos = Long.MAX_VALUE;
        n.changed();
        n.position = count;
        inUse[count++] = n;
        incomplete++;
        byAddress.add(n);
        entries.set(count);
        return n;
    }

    private Neighbour take() {
        return spareCount > 0 ? spare[--spareCount] : new Neighbour();
    }

    /** Makes room for one more that is to be asked. Returns false if none was asked long enough ago. */
    private boolean giveUpAsked(long nowNanos) {
        Neighbour oldest = eviction.silent(count, nowNanos);
        if (oldest == null) {
            return false;
        }
        displaced.increment();
        remove(oldest);
        return true;
    }

    private Neighbour evict(long nowNanos) {
        Neighbour chosen = eviction.minNeeded(count, nowNanos);
        if (chosen == null) {
            return null;
        }
        displaced.increment();
        remove(chosen);
        return take();
    }

    private void remove(Neighbour n) {
        if (n.state == State.INCOMPLETE) {
            incomplete--;
        }
        discard(n);
        changes++;
        byAddress.remove(n);
        Neighbour last = inUse[--count];
        inUse[n.position] = last;
        last.position = n.position;
        inUse[count] = null;
        n.state = State.FREE;
        n.changed();
        spare[spareCount++] = n;
        entries.set(count);
    }

    private void reachable(Neighbour n, long nowNanos) {
        n.state = State.REACHABLE;
        n.tries = 0;
        schedule(n, nowNanos + REACHABLE_NANOS);
    }

    private void stale(Neighbour n, long nowNanos) {
        n.state = State.STALE;
        n.tries = 0;
        n.changed();
        schedule(n, nowNanos + FORGET_NANOS);
    }

    private void probe(Neighbour n, long nowNanos, long intervalNanos) {
        n.state = State.PROBE;
        n.tries = 0;
        ask(n, nowNanos, n.mac, intervalNanos);
    }

    private void ask(Neighbour n, long nowNanos, long targetMac, long intervalNanos) {
        n.tries++;
        n.askedLastNanos = nowNanos;
        schedule(n, nowNanos + intervalNanos);
        resolution.ask(n.high, n.low, targetMac);
    }

    private void schedule(Neighbour n, long deadlineNanos) {
        n.deadlineNanos = deadlineNanos;
        nextDeadlineNanos = Math.min(nextDeadlineNanos, deadlineNanos);
    }

    // ---- time

    /** Our own address is announced at this moment. */
    public void announceAt(long momentNanos) {
        announceNanos = momentNanos;
        nextDeadlineNanos = Math.min(nextDeadlineNanos, momentNanos);
    }

    /** When something is due next, or {@link Long#MAX_VALUE}. */
    public long nextDeadlineNanos() {
        return nextDeadlineNanos;
    }

    /** Ages entries, and repeats requests and announcements. */
    public int fireTimers(long nowNanos) {
        if (nowNanos < nextDeadlineNanos) {
            return 0;
        }
        int fired = 0;
        if (announceNanos <= nowNanos) {
            announceNanos = Long.MAX_VALUE;
            resolution.announce();
            fired++;
        }
        nextDeadlineNanos = announceNanos;
        for (int i = count - 1; i >= 0; i--) { // backwards: a removal moves the last one here
            Neighbour n = inUse[i];
            if (n.deadlineNanos <= nowNanos) {
                expired(n, nowNanos);
                fired++;
            }
            if (n.state != State.FREE) {
                nextDeadlineNanos = Math.min(nextDeadlineNanos, n.deadlineNanos);
            }
        }
        nextDeadlineNanos = Math.max(nextDeadlineNanos, nowNanos + SCAN_NANOS);
        return fired;
    }

    private void expired(Neighbour n, long nowNanos) {
        switch (n.state) {
            case INCOMPLETE -> {
                if (n.claimedMac != 0) {
                    resolved(n, n.claimedMac, false, nowNanos);
                } else if (n.tries < TRIES) {
                    ask(n, nowNanos, MacAddress.BROADCAST, RETRY_NANOS);
                } else {
                    fail(n, nowNanos);
                }
            }
            case REACHABLE -> stale(n, nowNanos);
            case PROBE -> probeUnanswered(n, nowNanos);
            case STALE, FAILED -> remove(n);
            case FREE -> throw new IllegalStateException("a free entry in the table");
        }
    }

    private void probeUnanswered(Neighbour n, long nowNanos) {
        if (n.claimedMac != 0) {
            if (n.tries < VERIFY_TRIES) {
                ask(n, nowNanos, n.mac, VERIFY_NANOS);
            } else {
                n.mac = n.claimedMac;
                n.claimedMac = 0;
                moved.increment();
                stale(n, nowNanos); // the next packet verifies it
            }
        } else if (n.tries < TRIES) {
            ask(n, nowNanos, n.mac, RETRY_NANOS);
        } else {
            if (n.hasPending()) {
                resolvedPackets -= n.pending.count();
                keeping.add(n);
            }
            n.state = State.INCOMPLETE;
            n.askedNanos = nowNanos;
            n.tries = 0;
            n.changed();
            incomplete++;
            ask(n, nowNanos, MacAddress.BROADCAST, RETRY_NANOS);
        }
    }

    private void fail(Neighbour n, long nowNanos) {
        failed.increment();
        resolution.unanswered(n.high, n.low);
        incomplete--;
        n.state = State.FAILED;
        n.changed();
        changes++;
        for (int i = 0; n.hasPending() && i < n.pending.count(); i++) {
            givenUp.packet(n.pending.address(i) + EthernetHeader.LENGTH);
        }
        discard(n);
        schedule(n, nowNanos + RETRY_NANOS);
    }

    // ---- packets that wait

    /** Sends what waited only for room in the transmit queue. */
    public int transmit() {
        int sent = 0;
        for (int i = 0; resolvedPackets > 0 && i < count && !tx.isFull(TxQueue.WAITED); i++) {
            if (inUse[i].hasAddress() && inUse[i].hasPending()) {
                sent += sendPending(inUse[i]);
            }
        }
        return sent;
    }

    private int sendPending(Neighbour n) {
        Burst waiting = n.pending;
        int sent = 0;
        while (sent < waiting.count() && !tx.isFull(TxQueue.WAITED)) {
            EthernetHeader.write(waiting.address(sent), n.mac, ownMac, etherType);
            tx.stageHeld(waiting, sent);
            sent++;
        }
        waiting.dropFirst(sent);
        pendingPackets -= sent;
        resolvedPackets -= sent;
        if (!n.hasPending()) {
            n.changed();
        }
        if (sent != 0) {
            changes++;
        }
        return sent;
    }

    private void discard(Neighbour n) {
        keeping.remove(n);
        if (n.hasPending()) {
            for (int i = 0; i < n.pending.count(); i++) {
                n.pending.unhold(ACCESS, i);
            }
            pendingPackets -= n.pending.count();
            if (n.hasAddress()) {
                resolvedPackets -= n.pending.count();
            }
            n.pending.clear();
        }
    }

    /** Gives back every frame that waits. */
    public void close() {
        for (int i = 0; i < count; i++) {
            discard(inUse[i]);
        }
    }
}
