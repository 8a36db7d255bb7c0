package io.penstock.datapath.device;

/**
 * How a port spreads packets over its queues (a NIC's redirection table, RETA): packets whose hash ends in the same
 * bits form a group, and a group goes to one queue. Moving a group moves all of its connections to another core:
 * whoever moves it first hands their state over.
 *
 * <p>Any thread, one at a time.
 */
public interface FlowGroups {
    /** How many groups there are, a power of two. */
    int count();

    /** The queue of each group. */
    int[] queues();

    /**
     * Gives one group to a queue.
     *
     * @param group 0 to {@link #count()} - 1
     * @param queue one of the port's
     * @throws IllegalArgumentException if there is no such group or queue
     * @throws IllegalStateException if the port is closed
     */
    void move(int group, int queue);

    /**
     * The group of a packet, by the hash that the device gave with it.
     *
     * @param hash {@link Burst#hash}
     */
    default int groupOf(int hash) {
        return hash & (count() - 1);
    }
}
