package io.penstock.datapath.device;

/**
 * What one stack has of a port: queues that follow each other. The queue that was opened on them writes down here what others
 * may ask the port, and lets go of its share when it is closed.
 *
 * <p>Written by the queue's thread. Any thread may read.
 */
public final class PortShare {
    private final int first;
    private final int count;
    private final PortRelay relay;
    private final Runnable letGo;
    private volatile long rxDropped;
    private volatile long txDropped;

    /**
     * Of queues that nobody else has.
     *
     * @param relay null if they are all that the port has
     * @param letGo done once, when the queue is closed
     */
    PortShare(int first, int count, PortRelay relay, Runnable letGo) {
        this.first = first;
        this.count = count;
        this.relay = relay;
        this.letGo = letGo;
    }

    /** The first of its queues, from 0. */
    public int first() {
        return first;
    }

    /** How many follow each other. */
    public int count() {
        return count;
    }

    /** What hands news on to the stacks on the port's other queues; null if there are none. */
    public PortRelay relay() {
        return relay;
    }

    /** The queue has counted so many dropped packets since it was opened. */
    public void counted(long rx, long tx) {
        rxDropped = rx;
        txDropped = tx;
    }

    /** The queue is closed, and will touch nothing of the port's any more. Once. */
    public void closed() {
        letGo.run();
    }

    long rxDropped() {
        return rxDropped;
    }

    long txDropped() {
        return txDropped;
    }
}
