package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.counters.Remedy;
import io.penstock.datapath.device.MtuChange;
import io.penstock.linux.net.LinkWatch;
import io.penstock.linux.net.NetworkInterfaceInfo;

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
    private final NetworkInterfaceInfo nic;
    private final LinkWatch link;
    private final SteeringAttachment steering;
    private final Runnable unlock;
    private final MtuChange mtu;
    private final Remedy withoutSocket;
    private final Counter tagged;

    private boolean up;
    private int returns;
    private String lost;

    InterfaceMonitor(
            NetworkInterfaceInfo nic,
            LinkWatch link,
            SteeringAttachment steering,
            int largestMtuBytes,
            Remedies remedies,
            Runnable unlock) {
        this.nic = nic;
        this.link = link;
        this.steering = steering;
        this.unlock = unlock;
        this.mtu = new MtuChange(nic.name(), nic.mtuBytes(), largestMtuBytes);
        this.withoutSocket = remedies.add(
                "rx.passed.queue-without-socket",
                none -> "packets for the stack arrive on queues of " + nic.name()
                        + " that it does not take, and pass to the kernel: give queues=all, or lower the number of"
                        + " queues with 'ethtool -L " + nic.name() + "'");
        this.tagged = remedies.counters().counter("rx.passed.vlan-tag");
        link.ask(); // that a program was attached is not announced
        this.up = link.isRunning();
    }

    /**
     * Takes in what has changed.
     *
     * @param ask whether to ask, as there is reason to believe that not all is announced
     */
    void check(boolean ask) {
        link.check();
        if (lost != null) {
            return;
        }
        if (ask || !link.isRunning()) {
            link.ask(); // announcements may be a second late
        }
        boolean running = link.isRunning();
        if (running && !up) {
            returns++;
        }
        up = running;
        mtu.note(link.mtuBytes());
        lost = findLoss();
        if (lost != null) {
            up = false;
            if (link.isGone()) {
                unlock.run();
            }
        }
    }

    private String findLoss() {
        if (link.isGone()) {
            return "interface " + nic.name() + " has gone: it was deleted, or moved to another network namespace";
        }
        if (hasOtherProgram()) {
            return "the XDP program of " + nic.name() + " was "
                    + (link.programId() == 0 ? "detached" : "replaced by program " + link.programId())
                    + " by somebody else: no packets arrive any more";
        }
        if (link.macAddress() != nic.macAddress()) {
            return "the hardware address of " + nic.name() + " was changed: peers do not reach the old one any more";
        }
        return null;
    }

    private boolean hasOtherProgram() {
        if (link.programId() != steering.programId()) {
            link.ask(); // what was announced last may be older than what was done here since
        }
        return !link.isGone() && link.programId() != steering.programId();
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

    /** Whether packets can pass. */
    boolean isUp() {
        return up;
    }

    /** How often the link has come back. */
    int returns() {
        return returns;
    }

    /** The largest IP packet at present. */
    int mtuBytes() {
        return mtu.mtuBytes();
    }

    /** Why the interface is lost for good, or null. */
    String lost() {
        return lost;
    }

    boolean isGone() {
        return link.isGone();
    }
}
