package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.PortEvents;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets of a device. A device that takes all of an interface's queues takes those too that are added later,
 * unless another process opened its sockets. The kernel removes no queue that has a socket.
 */
final class ReceiveQueues {
    private static final Logger LOG = LoggerFactory.getLogger(ReceiveQueues.class);
    /** Fewer than this in a fill ring and a short burst is lost. */
    private static final int MIN_FILL = 32;

    private final AfXdpLease lease;
    private final UmemFrames umem;
    private final SteeringView steering;
    private final PortEvents events;
    private XskQueue[] all;
    private int present;
    private boolean grows;

    ReceiveQueues(AfXdpLease lease, UmemFrames umem, SteeringView steering, PortEvents events) {
        this.lease = lease;
        this.umem = umem;
        this.steering = steering;
        this.events = events;
        this.present = events.channels();
        this.grows = lease.takesAllQueues();
        XskSocket[] sockets = lease.sockets();
        int fillTarget = fillTarget(sockets.length);
        this.all = new XskQueue[sockets.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = new XskQueue(sockets[i], umem, fillTarget, lease.busyPolls());
        }
    }

    /** From now on, packets come in. */
    void steer() {
        for (int i = 0; i < all.length; i++) {
            all[i].refill();
            steering.steer(lease.firstQueue() + i, all[i].fd());
        }
    }

    XskQueue[] all() {
        return all;
    }

    /**
     * Those on which packets may be sent: an interface may have fewer queues for that.
     *
     * @param txQueues how many the interface has
     */
    XskQueue[] sending(int txQueues) {
        int count = Math.clamp((long) txQueues - lease.firstQueue(), 1, all.length);
        return count == all.length ? all : Arrays.copyOf(all, count);
    }

    /** How many frames each of so many queues keeps ready: a full ring, but at most half of the pool together. */
    private int fillTarget(int queueCount) {
        int frames = umem.pool().capacityFrames();
        int target = Math.min(lease.ringEntries(), frames / 2 / queueCount);
        if (target < MIN_FILL) {
            throw new ConfigurationException("a pool of " + frames + " frames is too small for "
                    + AfXdpOptions.Queues.count(queueCount) + ": use at least " + 2 * MIN_FILL * queueCount
                    + ", better " + 2 * lease.ringEntries() * queueCount);
        }
        return target;
    }

    /**
     * Takes queues that have come to be, if all are to be taken. What cannot be had is said, and not tried again.
     *
     * @param nowPresent how many there are now
     * @return the sockets: new ones behind those that were there
     */
    XskQueue[] grow(int nowPresent) {
        int before = present;
        present = nowPresent;
        if (nowPresent > 0) {
            events.channels(nowPresent);
        }
        if (nowPresent <= before) {
            return all;
        }
        try {
            if (grows) {
                openUpTo(nowPresent);
            }
            lease.renewProgram();
            if (grows) {
                LOG.info("{} has {} receive queues now: all are taken", lease.interfaceName(), nowPresent);
            }
        } catch (ConfigurationException e) {
            grows = false;
            LOG.warn(
                    "{} has {} receive queues now, and not all can be taken, so that packets are lost: {}",
                    lease.interfaceName(),
                    nowPresent,
                    e.getMessage());
        }
        return all;
    }

    private void openUpTo(int count) {
        int fillTarget = fillTarget(count);
        for (XskQueue queue : all) {
            queue.fillTarget(fillTarget);
        }
        while (all.length < count) {
            int queue = all.length;
            XskQueue another =
                    new XskQueue(lease.openAnother(lease.firstQueue() + queue), umem, fillTarget, lease.busyPolls());
            all = Arrays.copyOf(all, queue + 1);
            all[queue] = another;
            another.refill();
            steering.steer(lease.firstQueue() + queue, another.fd());
        }
    }
}
