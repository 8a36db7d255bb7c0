package io.penstock.libos.tcp.link;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;

/**
 * The packets that this turn of the loop produced, given to the device once at its end: one call and one doorbell for
 * all. What the device does not take waits for the next turn, in order.
 *
 * <p>Each kind of packet has places of its own, so that none can take those of the others: neither a sender of datagrams
 * that never ends, nor a flood of requests, each of which is answered at once.
 */
public final class TxQueue {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    /** ARP. */
    public static final int LINK = 0;
    /** Answers on behalf of nobody: ICMP, resets without a connection. */
    public static final int ANSWER = 1;
    /** What waited until a neighbour had answered. */
    public static final int WAITED = 2;

    public static final int UDP = 3;
    public static final int TCP = 4;

    /**
     * Of each kind. A burst of received packets finds room for an answer to each; connections find it for a few segments more
     * from each of some.
     */
    private static final int[] PLACES = {128, 128, 64, 256, 256};

    /** Places that TCP's data leaves to its acknowledgements and resets. */
    private static final int CONTROL_PLACES = 16;

    private static final int CAPACITY_PACKETS = 832;

    private final PacketQueue queue;
    private final Burst staged = new Burst(CAPACITY_PACKETS);
    /** How many places of each kind are free. */
    private final int[] room = PLACES.clone();
    /** Of which kind each packet is that is staged. */
    private final byte[] kinds = new byte[CAPACITY_PACKETS];

    private final Counter packets;
    private final Counter bytes;
    private final Counter full;

    public TxQueue(PacketQueue queue, Counters counters) {
        this.queue = queue;
        this.packets = counters.counter("tx.packets");
        this.bytes = counters.counter("tx.bytes", CounterType.TOTAL_BYTES);
        this.full = counters.counter("tx.device-full");
    }

    /** Whether no packet of this kind finds a place. */
    public boolean isFull(int kind) {
        return room[kind] <= 0;
    }

    /** Whether no TCP segment with data finds a place. */
    public boolean isFullForData() {
        return room[TCP] <= CONTROL_PLACES;
    }

    public boolean isEmpty() {
        return staged.count() == 0;
    }

    /**
     * Adds a packet, and takes the hold that the device gives back. The caller has checked {@link #isFull(int)}.
     *
     * @param kind such as {@link #LINK}
     * @param offset where the Ethernet header begins in the frame
     */
    public void stage(int kind, Buffer frame, int offset, int lengthBytes) {
        ACCESS.hold(frame);
        count(kind);
        staged.add(frame, offset, lengthBytes);
    }

    /**
     * As {@link #stage(int, Buffer, int, int)}, with what the device is to do.
     *
     * @param flags a combination of {@code PacketFlags}
     * @param payload what else there is of the packet, or null; its piece is held as well
     */
    public void stage(int kind, Buffer frame, int offset, int lengthBytes, int flags, TxPayload payload) {
        ACCESS.hold(frame);
        count(kind);
        add(staged, frame, offset, lengthBytes, flags, payload);
    }

    private void count(int kind) {
        room[kind]--;
        kinds[staged.count()] = (byte) kind;
    }

    /** Adds a packet, whose frame is held already, to a burst. */
    public static void add(Burst burst, Buffer frame, int offset, int lengthBytes, int flags, TxPayload payload) {
        burst.add(frame, offset, lengthBytes);
        if (flags != 0) {
            burst.flag(flags);
        }
        if (payload != null) {
            payload.addTo(burst);
        }
    }

    /** Adds packet {@code i} of a burst, with the holds that were taken before: of the kind {@link #WAITED}. */
    public void stageHeld(Burst waiting, int i) {
        count(WAITED);
        staged.addFrom(waiting, i);
    }

    /** Gives the device what it takes. Returns how many packets that were. */
    public int flush() {
        int waiting = staged.count();
        if (waiting == 0) {
            return 0;
        }
        int taken = queue.txBurst(staged);
        if (taken < waiting) {
            full.increment();
            if (taken == 0) {
                return 0;
            }
        }
        long sum = 0;
        for (int i = 0; i < taken; i++) {
            sum += staged.totalLength(i);
        }
        giveRoomBack(taken, waiting);
        staged.dropFirst(taken);
        packets.add(taken);
        bytes.add(sum);
        return taken;
    }

    private void giveRoomBack(int taken, int waiting) {
        if (taken == waiting) {
            System.arraycopy(PLACES, 0, room, 0, PLACES.length);
            return;
        }
        for (int i = 0; i < taken; i++) {
            room[kinds[i]]++;
        }
        System.arraycopy(kinds, taken, kinds, 0, waiting - taken);
    }

    /** Forgets what was not sent, and gives the frames back: the device is about to be closed. */
    public void discard() {
        for (int i = 0; i < staged.count(); i++) {
            staged.unhold(ACCESS, i);
        }
        staged.clear();
    }
}
