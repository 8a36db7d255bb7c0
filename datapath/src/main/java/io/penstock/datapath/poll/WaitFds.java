package io.penstock.datapath.poll;

import java.util.Arrays;

/**
 * The descriptors of a device that become readable when there is something for its loop to look at, for idle strategies that
 * sleep.
 *
 * <p>A list, and not one epoll descriptor that stands for all: the kernel would run a callback and take a lock for each
 * packet in either direction then, also while the loop spins (0.2 us of a core each on veth). Asked at each sleep, they cost
 * only who sleeps.
 *
 * <p>The descriptors stay the device's. Owner's thread.
 */
public final class WaitFds {
    private int[] fds;
    private int count;
    private int changes;

    /** @param fds the first ones; none: the device cannot be waited for */
    public WaitFds(int... fds) {
        this.fds = fds.clone();
        this.count = fds.length;
    }

    /** One more: whoever waits now does not see it before the next sleep. */
    public void add(int fd) {
        fds = Arrays.copyOf(fds, count + 1);
        fds[count++] = fd;
        changes++;
    }

    /** The device is closed: there is nothing to wait for any more. */
    public void clear() {
        count = 0;
        changes++;
    }

    /** How many there are; 0: the device cannot be waited for. */
    public int count() {
        return count;
    }

    /**
     * One of them.
     *
     * @param index from 0 to count - 1
     */
    public int fd(int index) {
        return fds[index];
    }

    /** Another number after each change. */
    int changes() {
        return changes;
    }
}
