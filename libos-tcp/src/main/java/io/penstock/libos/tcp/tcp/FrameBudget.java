package io.penstock.libos.tcp.tcp;

import io.penstock.memory.FramePool;

/**
 * How the connections share the pool's frames.
 *
 * <pre>
 *   free frames   3/8 of the pool      3/16            1/8              1/16
 *   --------------------|----------------|---------------|----------------|------------ 0
 *        plenty         |      few       |   pressure    | the pool's     |  exhausted
 *                       |                |               | own reserve    |
 *   windows open up to  | a fair share   | two segments, only for who     |  not even data that
 *   what was configured | each           | reads at once                  |  somebody waits for
 * </pre>
 *
 * <p>What a window promises cannot be taken back (RFC 9293, SHLD-14), so promises have to be small while connections are
 * many: a thousand of them with a quarter of a megabyte each would drown any pool, and what is dropped then comes again
 * only after timeouts that double each time.
 */
final class FrameBudget {
    /** What a frame carries of a full segment on Ethernet. */
    private static final int FRAME_PAYLOAD_BYTES = 1_460;

    /** Received frames that wait unread or behind gaps, on all connections. */
    int receiveFrames;

    /** Packets come faster than the loop takes them: the last burst was a full one. */
    boolean behind;

    private final FramePool pool;
    private final int flightFrames;
    private final ConnectionTable connections;
    private final int maxReceiveFrames;
    private final int busyFreeFrames;
    private final int lowFreeFrames;
    private final int leastFreeFrames;

    /**
     * @param flightFrames how many packets may arrive at once without loss: what the device's receive ring holds
     */
    FrameBudget(FramePool pool, ConnectionTable connections, int flightFrames) {
        this.pool = pool;
        this.flightFrames = flightFrames;
        this.connections = connections;
        int all = pool.capacityFrames();
        maxReceiveFrames = Math.max(1, all / 2);
        busyFreeFrames = all * 3 / 8;
        lowFreeFrames = all * 3 / 16;
        leastFreeFrames = all / 16;
    }

    /** Whether frames are so many in use that nobody should get more than a fair share. */
    boolean areFramesFew() {
        return pool.freeFrames() < busyFreeFrames;
    }

    /** Whether peers should be promised a fair share at most: frames are few, or the loop is behind. */
    boolean isBusy() {
        return behind || areFramesFew();
    }

    /** Whether frames are so few that nothing should be kept that is not needed at once. */
    boolean isUnderPressure() {
        return receiveFrames >= maxReceiveFrames || pool.freeFrames() < lowFreeFrames;
    }

    /** Whether not even data that somebody waits for should be kept: acknowledgements must still find a frame. */
    boolean isExhausted() {
        return pool.freeFrames() < leastFreeFrames;
    }

    /** What each connection may have unacknowledged if all of them wanted as much. */
    int sendShareBytes() {
        return shareBytes(spareFrames());
    }

    /** The same for what its peer may send: all of them may do so at once, and it has to fit the device's ring too. */
    int receiveShareBytes() {
        return shareBytes(Math.min(spareFrames(), flightFrames));
    }

    private int spareFrames() {
        return Math.max(0, pool.freeFrames() - lowFreeFrames + receiveFrames) / 2;
    }

    private int shareBytes(int frames) {
        return frames / Math.max(1, connections.size()) * FRAME_PAYLOAD_BYTES;
    }
}
