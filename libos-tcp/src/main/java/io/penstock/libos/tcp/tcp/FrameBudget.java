package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.stream.SendBuffer;
import io.penstock.memory.FramePool;
import java.util.function.IntSupplier;

/**
 * How the connections share the pool's frames.
 *
 * <pre>
 *   free frames   3/8 of the pool      3/16            1/8              1/16
 *   --------------------|----------------|---------------|----------------|------------ 0
 *        plenty         |      few       |   pressure    | the pool's     |  exhausted
 *                       |                |               | own reserve    |
 *   windows open up to  | a fair share   | two segments, only for who     |  not even data that
 *   what was configured | each           | reads at once (below 3/32: who |  somebody waits for
 *                       |                | waits with a pop)              |
 *   pushes are taken    | a fair share   | two segments, only from who    |
 *   up to the buffer    | each           | has nothing under way          |
 *                       | {@link SlowPeers} ends who holds more and does not take it
 * </pre>
 *
 * <p>Half of the pool unread is pressure too, but as long as frames are free above the low mark those who read get a fair
 * share of them. {@link BehindGaps} shares out an eighth of the pool, of pressure a quarter of that.
 *
 * <p>What a window promises cannot be taken back (RFC 9293, SHLD-14), so promises have to be small while connections are
 * many: a thousand of them with a quarter of a megabyte each would drown any pool, and what is dropped then comes again
 * only after timeouts that double each time.
 */
final class FrameBudget {
    /** What a frame carries of a full segment on Ethernet. */
    private static final int FRAME_PAYLOAD_BYTES = 1_460;
    /** Whoever has nothing under way may send so much however few frames there are: who takes it gets more. */
    static final int MIN_SEND_FRAMES = 2;

    /** Unread data of a connection that nobody has accepted yet. */
    private static final int UNACCEPTED_FRAMES = 16;

    /** Received frames that wait unread or behind gaps, on all connections. */
    int receiveFrames;
    /** Those of them that wait unread on connections which nobody has accepted. */
    int unacceptedFrames;

    /** Packets come faster than the loop takes them: the last burst was a full one. */
    boolean behind;

    private final FramePool pool;
    private final int flightFrames;
    private final IntSupplier connections;
    private final int maxReceiveFrames;
    private final int busyFreeFrames;
    private final int lowFreeFrames;
    private final int reservedFrames;
    private final int minFreeFrames;
    private final int maxBehindGapsFrames;
    private final int maxUnacceptedFrames;

    /**
     * @param connections how many there are
     * @param flightFrames how many packets may arrive at once without loss: what the device's receive ring holds
     */
    FrameBudget(FramePool pool, IntSupplier connections, int flightFrames) {
        this.pool = pool;
        this.flightFrames = flightFrames;
        this.connections = connections;
        int all = pool.capacityFrames();
        maxReceiveFrames = Math.max(1, all / 2);
        busyFreeFrames = all * 3 / 8;
        lowFreeFrames = all * 3 / 16;
        reservedFrames = all * 3 / 32;
        minFreeFrames = all / 16;
        maxBehindGapsFrames = all / 8;
        maxUnacceptedFrames = all / 16;
    }

    /** Whether frames are so many in use that nobody should get more than a fair share. */
    boolean areFramesFew() {
        return pool.freeFrames() < busyFreeFrames;
    }

    /** Whether so many are free again that a time of few frames is over: more than it takes for one to begin. */
    boolean havePlentyReturned() {
        return pool.freeFrames() >= pool.capacityFrames() / 2;
    }

    /** Whether others would get more if this connection's peer took what was pushed to it. */
    boolean holdsMoreThanItsShare(SendBuffer pushed) {
        return pushed.pooledFrames() > Math.max(MIN_SEND_FRAMES, sendShareFrames());
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
        return pool.freeFrames() < minFreeFrames;
    }

    /**
     * Whether one more frame of data may be kept that no pop waits for, by a connection that has so many. Who leaves data
     * unread must leave frames to those who do not.
     */
    boolean mayKeepUnread(boolean isAccepted, int frames) {
        if (pool.freeFrames() < reservedFrames) {
            return false;
        }
        if (!isAccepted && frames > 0 && (frames >= UNACCEPTED_FRAMES || unacceptedFrames >= maxUnacceptedFrames)) {
            return false;
        }
        return frames == 0 || !isUnderPressure() || frames < unreadShareFrames();
    }

    /** How many frames each connection may have unread if all of them had as many, of what is free above the low mark. */
    private int unreadShareFrames() {
        return Math.max(0, pool.freeFrames() - lowFreeFrames) / 2 / Math.max(1, connections.getAsInt());
    }

    /** The same in bytes: what a window may promise under pressure to one that reads. */
    int unreadShareBytes() {
        return unreadShareFrames() * FRAME_PAYLOAD_BYTES;
    }

    /** How many frames may lie behind gaps, on all connections. */
    int behindGapsFrames() {
        int free = pool.freeFrames();
        return free >= lowFreeFrames ? maxBehindGapsFrames : free >= minFreeFrames ? maxBehindGapsFrames / 4 : 0;
    }

    /** How many frames each connection may have unacknowledged if all of them wanted as many. */
    int sendShareFrames() {
        return isUnderPressure() ? 0 : spareFrames() / Math.max(1, connections.getAsInt());
    }

    /**
     * How many bytes more a connection may have pushed; 0 or less: it has its part. Peers that do not read would else hold
     * all frames, and with the last one gone no acknowledgement could be received either.
     */
    int sendRoomBytes(SendState send, int sendBufferBytes) {
        int room = sendBufferBytes - (send.end - send.una);
        if (!areFramesFew()) {
            return room;
        }
        SendBuffer held = send.buffer;
        if (held.isEmpty()) {
            return Math.min(room, Math.max(MIN_SEND_FRAMES, sendShareFrames()) * FRAME_PAYLOAD_BYTES);
        }
        return Math.min(room, (sendShareFrames() - held.pooledFrames()) * FRAME_PAYLOAD_BYTES);
    }

    /** The same for what its peer may send: all of them may do so at once, and it has to fit the device's ring too. */
    int receiveShareBytes() {
        return receiveShareBytes(0);
    }

    /** The same if there were so many connections more. */
    int receiveShareBytes(int moreConnections) {
        return shareBytes(Math.min(spareFrames(), flightFrames), moreConnections);
    }

    private int spareFrames() {
        return Math.max(0, pool.freeFrames() - lowFreeFrames + receiveFrames) / 2;
    }

    private int shareBytes(int frames, int moreConnections) {
        return frames / Math.max(1, connections.getAsInt() + moreConnections) * FRAME_PAYLOAD_BYTES;
    }
}
