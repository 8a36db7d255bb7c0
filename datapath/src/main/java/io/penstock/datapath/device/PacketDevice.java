package io.penstock.datapath.device;

/**
 * A source and sink of Ethernet frames. The only thing that a back end implements.
 *
 * <p><b>Ownership.</b> Each received frame carries one reference, which the stack gives back. A frame offered for
 * transmission carries one hold, which the device takes over with the frames that it accepts and gives back
 * ({@link io.penstock.memory.Buffer#unhold()}) when the bytes have left; a frame is never touched by the stack between.
 *
 * <p><b>Threads.</b> One thread, the stack's. Nothing here blocks, allocates or throws after the device is open: an error
 * is counted, and shows in {@link #isUp()}.
 */
public interface PacketDevice extends AutoCloseable {
    /** What it is and can do; constant while it is open. */
    DeviceInfo info();

    /**
     * Receives what has arrived, without waiting for more.
     *
     * @param burst packets are added until it is full
     * @return how many were added
     */
    int rxBurst(Burst burst);

    /**
     * Offers packets, in order, and starts their transmission.
     *
     * @param burst not changed
     * @return how many of the first it took; the rest stays the caller's, to be offered again
     */
    int txBurst(Burst burst);

    /**
     * House-keeping once a loop turn: takes back what has been sent, and gives the NIC new frames to receive into.
     *
     * @return how many frames came back
     */
    int reclaim();

    /** A descriptor that becomes readable when packets arrive, for idle strategies that sleep; -1 if there is none. */
    default int waitFd() {
        return -1;
    }

    /** Whether packets can pass at present: false when the link is down or the interface has gone. */
    boolean isUp();

    /** Packets that arrived and were dropped before the stack saw them, as far as the device knows. */
    long rxDropped();

    /** Packets taken for transmission that never left, as far as the device knows. */
    default long txDropped() {
        return 0;
    }

    /** Detaches, waits a bounded time for the NIC to let go of frames, and gives every frame back. */
    @Override
    void close();
}
