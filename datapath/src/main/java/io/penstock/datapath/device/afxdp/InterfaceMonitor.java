package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.counters.Remedy;
import io.penstock.datapath.device.InterfaceWatch;
import io.penstock.datapath.device.PortEvents;
import io.penstock.linux.net.LinkWatch;

/**
 * What becomes of the interface while it is in use, and what of it the stack has to know.
 *
 * <pre>
 *   switched off, carrier lost      down: what is offered is dropped; asked every few milliseconds, up again at once
 *   MTU changed                     followed, as far as frames carry it, and said
 *   deleted, or moved away          lost for good: said; the lock is given back, another interface may come in its place
 *   program detached or replaced    lost for good: said; no packets would arrive any more
 *   hardware address changed        lost for good: said; peers would send to an address that is answered no more
 * </pre>
 *
 * <p>That a program was detached is not announced: it is asked for as long as nothing arrives. The stack's thread. Makes no
 * garbage as long as nothing of this happens.
 */
final class InterfaceMonitor {
    private final AfXdpLease lease;
    private final String interfaceName;
    private final long macAddress;
    private final LinkWatch link;
    private final InterfaceWatch watch;
    private final SteeringView steering;
    private final PortEvents events;
    private final Remedy withoutSocket;
    private final Counter tagged;

    InterfaceMonitor(AfXdpLease lease, LinkWatch link, SteeringView steering, PortEvents events, Remedies remedies) {
        this.lease = lease;
        this.interfaceName = lease.interfaceName();
        this.macAddress = lease.lease().number(AfXdpLease.MAC);
        this.link = link;
        this.watch = new InterfaceWatch(link, events, "interface " + interfaceName);
        this.steering = steering;
        this.events = events;
        this.withoutSocket = remedies.add(
                "rx.passed.queue-without-socket",
                _ -> "packets for the stack arrive on queues of " + interfaceName
                        + " on which no stack is open, and pass to the kernel: give queues=all or open a stack on each,"
                        + " or lower the number of queues with 'ethtool -L " + interfaceName + "'");
        this.tagged = remedies.counters().counter("rx.passed.vlan-tag");
    }

    /**
     * Takes in what has changed.
     *
     * @param ask whether to ask, as there is reason to believe that not all is announced
     */
    void check(boolean ask) {
        boolean wasLost = events.lost() != null;
        watch.check(ask);
        if (wasLost) {
            return;
        }
        if (link.isGone()) {
            lease.unlock();
        } else if (lease.hasOtherProgram(link)) {
            events.lost("the XDP program of " + interfaceName + " was "
                    + (link.programId() == 0 ? "detached" : "replaced by program " + link.programId())
                    + " by somebody else: no packets arrive any more");
        } else if (link.macAddress() != macAddress) {
            events.lost("the hardware address of " + interfaceName
                    + " was changed: peers do not reach the old one any more");
        }
    }

    /** Writes down what the program has counted. */
    void count() {
        long passed = steering.withoutSocket();
        if (passed != withoutSocket.get()) {
            withoutSocket.total(passed);
        }
        tagged.set(steering.tagged());
    }

    /** Changes when there may be more queues than before: something was announced, or packets came on one without a socket. */
    long queuesVersion() {
        return steering.withoutSocket() + link.announcements();
    }

    PortEvents events() {
        return events;
    }

    /** Readable when there is news of the interface. */
    int fd() {
        return link.fd();
    }

    boolean isGone() {
        return link.isGone();
    }
}
