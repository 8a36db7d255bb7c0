package io.penstock.datapath.device.shm;

import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.linux.RawMemory;

/** The receiving side of one ring. Believes nothing that the sender writes. One thread. */
final class ShmReceiver {
    /** An Ethernet header. */
    private final long ring;

    private long tail;
    private long knownHead;
    private long nonsense;

    /** Begins with what is sent from now on: older packets were for the end's last owner. */
    ShmReceiver(long ring) {
        this.ring = ring;
        this.tail = RawMemory.getLongAcquire(ring + ShmLayout.HEAD_OFFSET);
        this.knownHead = tail;
        publish();
    }

    /** How many packets can be taken. */
    int available() {
        if (knownHead == tail) {
            knownHead = RawMemory.getLongAcquire(ring + ShmLayout.HEAD_OFFSET);
            long count = knownHead - tail;
            if (count < 0 || count > ShmLayout.SLOTS) {
                nonsense++;
                tail = knownHead; // as if all of it had been taken
                publish();
            }
        }
        return (int) (knownHead - tail);
    }

    /** The first packet's length, or -1 if it makes no sense; read once, as the sender might change it at any time. */
    int length() {
        int length = RawMemory.getIntOpaque(ShmLayout.slot(ring, tail));
        if (length < EthernetHeader.LENGTH || length > ShmLayout.MAX_PACKET_BYTES) {
            nonsense++;
            return -1;
        }
        return length;
    }

    /** Where the first packet's bytes lie: copy them, then look at them. */
    long packet() {
        return ShmLayout.slot(ring, tail) + ShmLayout.PACKET_OFFSET;
    }

    /** The first packet is done with; the sender learns of it by {@link #publish}. */
    void next() {
        tail++;
    }

    void publish() {
        RawMemory.putLongRelease(ring + ShmLayout.TAIL_OFFSET, tail);
    }

    /** How often the sender's index or a length made no sense. */
    long nonsense() {
        return nonsense;
    }
}
