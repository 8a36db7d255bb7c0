package io.penstock.libos.tcp.link;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.PacketDevice;
import io.penstock.memory.Buffer;

/**
 * The packets that this turn of the loop produced, given to the device once at its end: one call and one doorbell for
 * all. What the device does not take waits for the next turn, in order.
 */
public final class TxQueue {
    /** Room for a burst of received packets, each answered, and for a few segments more from each of some connections. */
    public static final int CAPACITY_PACKETS = 256;

    private final PacketDevice device;
    private final Burst staged = new Burst(CAPACITY_PACKETS);
    private final Counter packets;
    private final Counter bytes;
    private final Counter full;

    public TxQueue(PacketDevice device, Counters counters) {
        this.device = device;
        this.packets = counters.counter("tx.packets");
        this.bytes = counters.counter("tx.bytes", CounterType.TOTAL_BYTES);
        this.full = counters.counter("tx.device-full");
    }

    public boolean isFull() {
        return staged.isFull();
    }

    public boolean isEmpty() {
        return staged.count() == 0;
    }

    /**
     * Adds a packet, and takes the hold that the device gives back. The caller has checked {@link #isFull()}.
     *
     * @param offset where the Ethernet header begins in the frame
     */
    public void stage(Buffer frame, int offset, int lengthBytes) {
        frame.hold();
        staged.add(frame, offset, lengthBytes);
    }

    /**
     * As {@link #stage(Buffer, int, int)}, with what the device is to do.
     *
     * @param flags a combination of {@code PacketFlags}
     * @param rest what else there is of the packet, or null; its piece is held as well
     */
    public void stage(Buffer frame, int offset, int lengthBytes, int flags, Rest rest) {
        frame.hold();
        add(staged, frame, offset, lengthBytes, flags, rest);
    }

    /** Adds a packet, whose frame is held already, to a burst. */
    public static void add(Burst burst, Buffer frame, int offset, int lengthBytes, int flags, Rest rest) {
        burst.add(frame, offset, lengthBytes);
        if (flags != 0) {
            burst.flag(flags);
        }
        if (rest != null) {
            rest.addTo(burst);
        }
    }

    /** Adds packet {@code i} of a burst, with the holds that were taken before. */
    public void stageHeld(Burst waiting, int i) {
        staged.addFrom(waiting, i);
    }

    /** Gives the device what it takes. Returns how many packets that were. */
    public int flush() {
        int waiting = staged.count();
        if (waiting == 0) {
            return 0;
        }
        int taken = device.txBurst(staged);
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
        staged.dropFirst(taken);
        packets.add(taken);
        bytes.add(sum);
        return taken;
    }

    /** Forgets what was not sent, and gives the frames back: the device is about to be closed. */
    public void discard() {
        for (int i = 0; i < staged.count(); i++) {
            staged.unhold(i);
        }
        staged.clear();
    }
}
