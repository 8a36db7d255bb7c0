package io.penstock.datapath.device.shm;

import io.penstock.linux.RawMemory;

/** The sending side of one ring. One thread. */
final class ShmSender {
    private final long ring;
    private long head;
    /** The receiver's tail when it was read last: reading it anew costs a cache line from the other core. */
    private long knownTail;

    private long nonsense;

    /** Goes on where the end's last owner stopped. */
    ShmSender(long ring) {
        this.ring = ring;
        this.head = RawMemory.getLongAcquire(ring + ShmLayout.HEAD_OFFSET);
        this.knownTail = head - ShmLayout.SLOTS; // nothing is known to be free
    }

    /**
     * How many packets may be put.
     *
     * @param wanted not more than this are asked for
     * @return 0 if the ring is full; -1 if the receiver's index makes no sense
     */
    int room(int wanted) {
        long used = head - knownTail;
        if (ShmLayout.SLOTS - used < wanted) {
            knownTail = RawMemory.getLongAcquire(ring + ShmLayout.TAIL_OFFSET);
            used = head - knownTail;
            if (used < 0 || used > ShmLayout.SLOTS) {
                knownTail = head - ShmLayout.SLOTS;
                nonsense++;
                return -1;
            }
        }
        return (int) Math.min(wanted, ShmLayout.SLOTS - used);
    }

    /** Puts a packet for which there is room; it is seen after {@link #publish}. */
    void put(long packet, int lengthBytes) {
        long slot = ShmLayout.slot(ring, head);
        RawMemory.putInt(slot, lengthBytes);
        RawMemory.copy(packet, slot + ShmLayout.PACKET_OFFSET, lengthBytes);
        head++;
    }

    void publish() {
        RawMemory.putLongRelease(ring + ShmLayout.HEAD_OFFSET, head);
    }

    /** How often the receiver's index made no sense. */
    long nonsense() {
        return nonsense;
    }
}
