package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.ConfigurationException;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets of a device. If it takes all of an interface's queues, it goes on doing so when there come to be more of them.
 * Fewer there cannot be: the kernel refuses to take queues away that have sockets.
 */
final class ReceiveQueues {
    private static final Logger LOG = LoggerFactory.getLogger(ReceiveQueues.class);

    private final XskOpener opener;
    private final SteeringAttachment steering;
    private final AfXdpOptions options;
    private final int firstQueue;
    private XskQueue[] all;
    private int present;
    private boolean grows;

    /** @param present how many queues the interface has */
    ReceiveQueues(
            AfXdpOptions options,
            XskOpener opener,
            SteeringAttachment steering,
            AfXdpOptions.Queues range,
            int present) {
        this.options = options;
        this.opener = opener;
        this.steering = steering;
        this.firstQueue = range.first();
        this.all = opener.open(range);
        this.present = present;
        this.grows = options.queues().last() == AfXdpOptions.Queues.OPEN_END;
    }

    /** From now on, packets come in. */
    void steer() {
        for (int i = 0; i < all.length; i++) {
            all[i].refill();
            steering.steer(firstQueue + i, all[i].fd());
        }
    }

    XskQueue[] all() {
        return all;
    }

    int count() {
        return all.length;
    }

    String interfaceName() {
        return options.interfaceName();
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
        if (nowPresent <= before) {
            return all;
        }
        try {
            if (grows) {
                openUpTo(nowPresent);
            }
            steering.renew();
            if (grows) {
                LOG.info("{} has {} receive queues now: all are taken", interfaceName(), nowPresent);
            }
        } catch (ConfigurationException e) {
            grows = false;
            LOG.warn(
                    "{} has {} receive queues now, and not all can be taken, so that packets are lost: {}",
                    interfaceName(),
                    nowPresent,
                    e.getMessage());
        }
        return all;
    }

    private void openUpTo(int count) {
        int fillTarget = opener.fillTarget(count);
        for (XskQueue queue : all) {
            queue.fillTarget(fillTarget);
        }
        while (all.length < count) {
            int queue = all.length;
            XskQueue another = opener.openAnother(firstQueue + queue, fillTarget);
            all = Arrays.copyOf(all, queue + 1);
            all[queue] = another;
            another.refill();
            steering.steer(firstQueue + queue, another.fd());
        }
    }
}
