package io.penstock.libos.tcp.arp;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.Burst;
import io.penstock.libos.tcp.arp.Neighbour.State;
import io.penstock.libos.tcp.link.TxQueue;
import io.penstock.libos.tcp.wire.EthernetHeader;
import io.penstock.libos.tcp.wire.MacAddress;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * The neighbour table: bounded, aged, and wary of those who would rewrite it.
 *
 * <p><b>No packet is lost to ageing.</b> An entry that was not confirmed for 30 s is verified by unicast requests while
 * packets go on to the address known so far; if nobody answers, packets wait while everybody is asked.
 *
 * <p><b>Poisoning.</b> A claim that a known neighbour has another hardware address is not believed: the known address is
 * asked first, by unicast. If it answers, the claim is rejected and further claims are not heard for a second. If it is
 * silent, the neighbour has moved (a failover takes half a second longer therefore), and the claim is taken over. An
 * entry comes into being only when we have packets for a host, or when a host asks for our address (RFC 826).
 *
 * <p>Owner's thread. Nothing is allocated once as many neighbours were known at the same time as ever will be.
 */
public final class Neighbours {
    public static final int DEFAULT_CAPACITY = 1024;

    static final long REACHABLE_NANOS = 30_000_000_000L;
    /** RFC 1122, section 2.3.2.1: at most one request a second for each destination. */
    static final long RETRY_NANOS = 1_000_000_000L;

    static final int TRIES = 3;
    static final long FORGET_NANOS = 600_000_000_000L;
    private static final long VERIFY_NANOS = 250_000_000L;
    private static final int VERIFY_TRIES = 2;
    private static final long DEAF_NANOS = 1_000_000_000L;

    private final Requests requests;
    private final TxQueue tx;
    private final long ownMac;
    private final int capacity;
    /** How many frames may wait for answers altogether. */
    private final int pendingLimit;

    private final Int2ObjectHashMap<Neighbour> byAddress;
    private final Neighbour[] inUse;
    private final Neighbour[] spare;
    private GivenUp givenUp = packet -> {};
    private int count;
    private int spareCount;
    private int incomplete;
    private int pendingPackets;
    /** How many packets wait only for room in the transmit queue. */
    private int resolvedPackets;

    private long nextDeadlineNanos = Long.MAX_VALUE;
    private final Counter entries;
    private final Counter failed;
    private final Counter doubted;
    private final Counter rejected;
    private final Counter moved;

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

    /** Asks a neighbour for its hardware address. */
    interface Requests {
        /**
         * Sends a request.
         *
         * @param targetMac whom to ask: everybody, or only the holder of an address that is to be verified
         */
        void ask(int address, long targetMac);
    }

    Neighbours(Requests requests, TxQueue tx, long ownMac, int capacity, int pendingLimit, Counters counters) {
        this.requests = requests;
        this.tx = tx;
        this.ownMac = ownMac;
        this.capacity = capacity;
        this.pendingLimit = pendingLimit;
        this.byAddress = new Int2ObjectHashMap<>(2 * capacity, 0.65f);
        this.inUse = new Neighbour[capacity];
        this.spare = new Neighbour[capacity];
        this.entries = counters.counter("arp.entries", CounterType.GAUGE);
        this.failed = counters.counter("arp.failed");
        this.doubted = counters.counter("arp.claims.doubted");
        this.rejected = counters.counter("arp.claims.rejected");
        this.moved = counters.counter("arp.claims.taken-over");
    }

    /** Who learns of packets that are given up. Before the first packet. */
    public void onGivenUp(GivenUp listener) {
        givenUp = listener;
    }

    // ---- for paths

    /**
     * The entry of a neighbour to whom there is a packet to send; it is made if there is none, and verified if it is old.
     *
     * @return the entry, or null if the table is full of others that are needed
     */
    public Neighbour forSending(int address, long nowNanos) {
        Neighbour n = byAddress.get(address);
        if (n == null) {
            return incomplete >= capacity / 2 ? null : add(address);
        }
        if (n.state == State.STALE) {
            probe(n, nowNanos, RETRY_NANOS);
        }
        return n;
    }

    /**
     * Room for a packet that is to wait until the neighbour has answered: the caller adds it at once, with holds of its
     * own, from where the Ethernet header will begin; its IP header is written already.
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
        if (n.pending.isFull() || pendingPackets >= pendingLimit) {
            return null;
        }
        pendingPackets++;
        if (n.hasAddress()) {
            resolvedPackets++;
        }
        return n.pending;
    }

    // ---- what ARP packets teach

    /**
     * Somebody says that {@code address} is at {@code mac}.
     *
     * @param answer whether it is a reply to us
     * @param mayCreate whether it asked for our own address: then we shall soon want to answer it (RFC 826)
     */
    void learn(int address, long mac, boolean answer, boolean mayCreate, long nowNanos) {
        Neighbour n = byAddress.get(address);
        if (n == null) {
            Neighbour added = mayCreate ? add(address) : null;
            if (added != null) {
                incomplete--;
                added.mac = mac;
                stale(added, nowNanos);
            }
            return;
        }
        switch (n.state) {
            case INCOMPLETE, FAILED -> resolved(n, mac, answer, nowNanos);
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

    private void resolved(Neighbour n, long mac, boolean answer, long nowNanos) {
        if (n.state == State.INCOMPLETE) {
            incomplete--;
        }
        n.mac = mac;
        if (answer) {
            reachable(n, nowNanos);
        } else {
            stale(n, nowNanos);
        }
        n.changed();
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

    private Neighbour add(int address) {
        Neighbour n = count < capacity ? take() : evict();
        if (n == null) {
            return null;
        }
        n.address = address;
        n.mac = 0;
        n.claimedMac = 0;
        n.deafUntilNanos = 0;
        n.tries = 0;
        n.state = State.INCOMPLETE;
        n.deadlineNanos = Long.MAX_VALUE;
        n.changed();
        n.position = count;
        inUse[count++] = n;
        incomplete++;
        byAddress.put(address, n);
        entries.set(count);
        return n;
    }

    private Neighbour take() {
        return spareCount > 0 ? spare[--spareCount] : new Neighbour();
    }

    /** Gives up an entry that nobody uses: one that failed, else the one that has been stale for longest. */
    private Neighbour evict() {
        Neighbour oldest = null;
        for (int i = 0; i < count; i++) {
            Neighbour n = inUse[i];
            if (n.hasPending()) {
                continue;
            }
            if (n.state == State.FAILED) {
                oldest = n;
                break;
            }
            if (n.state == State.STALE && (oldest == null || n.deadlineNanos < oldest.deadlineNanos)) {
                oldest = n;
            }
        }
        if (oldest == null) {
            return null;
        }
        remove(oldest);
        return take();
    }

    private void remove(Neighbour n) {
        discard(n);
        byAddress.remove(n.address);
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
        schedule(n, nowNanos + intervalNanos);
        requests.ask(n.address, targetMac);
    }

    private void schedule(Neighbour n, long deadlineNanos) {
        n.deadlineNanos = deadlineNanos;
        nextDeadlineNanos = Math.min(nextDeadlineNanos, deadlineNanos);
    }

    // ---- time

    /** When something is due next, or {@link Long#MAX_VALUE}. */
    public long nextDeadlineNanos() {
        return nextDeadlineNanos;
    }

    /** Ages entries and repeats requests. */
    public int fireTimers(long nowNanos) {
        if (nowNanos < nextDeadlineNanos) {
            return 0;
        }
        nextDeadlineNanos = Long.MAX_VALUE;
        int fired = 0;
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
        return fired;
    }

    private void expired(Neighbour n, long nowNanos) {
        switch (n.state) {
            case INCOMPLETE -> {
                if (n.tries < TRIES) {
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
            }
            n.state = State.INCOMPLETE;
            n.tries = 0;
            n.changed();
            incomplete++;
            ask(n, nowNanos, MacAddress.BROADCAST, RETRY_NANOS);
        }
    }

    private void fail(Neighbour n, long nowNanos) {
        failed.increment();
        incomplete--;
        n.state = State.FAILED;
        n.changed();
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
        for (int i = 0; resolvedPackets > 0 && i < count && !tx.isFull(); i++) {
            if (inUse[i].hasAddress() && inUse[i].hasPending()) {
                sent += sendPending(inUse[i]);
            }
        }
        return sent;
    }

    private int sendPending(Neighbour n) {
        Burst waiting = n.pending;
        int sent = 0;
        while (sent < waiting.count() && !tx.isFull()) {
            EthernetHeader.write(waiting.address(sent), n.mac, ownMac, EthernetHeader.TYPE_IPV4);
            tx.stageHeld(waiting, sent);
            sent++;
        }
        waiting.dropFirst(sent);
        pendingPackets -= sent;
        resolvedPackets -= sent;
        if (!n.hasPending()) {
            n.changed();
        }
        return sent;
    }

    private void discard(Neighbour n) {
        if (n.hasPending()) {
            for (int i = 0; i < n.pending.count(); i++) {
                n.pending.unhold(i);
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
