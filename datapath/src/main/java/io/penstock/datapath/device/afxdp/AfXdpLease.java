package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup.Steering;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.PortLease;
import io.penstock.linux.mem.Mmap;
import io.penstock.linux.net.LinkWatch;

/**
 * A lease of an interface, with its sockets' rings in this process's memory.
 *
 * <p>The process that acquired it can open more sockets; one that received it cannot.
 */
final class AfXdpLease implements AutoCloseable {
    // What the lease says.
    static final String INTERFACE = "interface";
    static final String INDEX = "index";
    static final String MAC = "mac";
    static final String MTU = "mtu";
    static final String MODE = "mode";
    static final String STEERING = "steering";
    static final String FIRST_QUEUE = "first-queue";
    static final String QUEUES = "queues";
    static final String RX_CHANNELS = "rx-channels";
    static final String TX_CHANNELS = "tx-channels";
    static final String RING = "ring";
    static final String BUSY_POLL = "busy-poll";
    static final String ZERO_COPY = "zero-copy";
    static final String PROGRAM = "program";
    static final String PARTIAL_CHECKSUMS = "partial-checksums";
    static final String KERNEL_ANSWERS = "kernel-answers-arp";
    // What its descriptors are called. Those that let packets in come last, and so are closed first.
    static final String ARP = "arp";
    static final String SOCKET = "socket.";
    static final String SOCKETS_MAP = "sockets";
    static final String COUNTERS_MAP = "counters";
    static final String LINK = "link";

    private final PortLease lease;
    private final XskSocket[] sockets;
    /** Null if another process has acquired it, as the next one. */
    private final XskOpener opener;

    private final AfXdpInterface held;
    /** Of the program that is attached, unless it can be asked here. */
    private final int programId;

    /** Acquired here. */
    AfXdpLease(PortLease lease, XskSocket[] sockets, XskOpener opener, AfXdpInterface held) {
        this.lease = lease;
        this.sockets = sockets;
        this.opener = opener;
        this.held = held;
        this.programId = (int) lease.number(PROGRAM);
    }

    /** Maps the rings of one that was received. */
    static AfXdpLease received(PortLease lease) {
        int count = (int) lease.number(QUEUES);
        if (count < 1 || !lease.has(SOCKET + (count - 1))) {
            throw new ConfigurationException("the lease of '" + lease.spec() + "' has not all of its sockets");
        }
        XskSocket[] sockets = new XskSocket[count];
        for (int i = 0; i < count; i++) {
            sockets[i] = XskSocket.map(
                    lease.descriptor(SOCKET + i),
                    (int) lease.number(RING),
                    ring -> lease.onClose(() -> Mmap.unmap(ring.address(), ring.lengthBytes())));
        }
        return new AfXdpLease(lease, sockets, null, null);
    }

    PortLease lease() {
        return lease;
    }

    /** What is got of the interface. */
    DeviceInfo info() {
        return new DeviceInfo(
                lease.spec().toString(),
                lease.text(MODE),
                lease.number(MAC),
                (int) lease.number(MTU),
                (int) lease.number(QUEUES),
                capabilities(is(PARTIAL_CHECKSUMS)));
    }

    /** @param partialChecksums whether senders are on this machine */
    static Capabilities capabilities(boolean partialChecksums) {
        return partialChecksums ? Capabilities.none().with(Offload.RX_PARTIAL_CHECKSUM) : Capabilities.none();
    }

    XskSocket[] sockets() {
        return sockets;
    }

    String interfaceName() {
        return lease.text(INTERFACE);
    }

    /** Refuses a stack whose packets would never arrive, as others are steered. */
    void requireSteering(Steering wanted) {
        String steered = lease.text(STEERING);
        if (!wanted.isEverything() && !steered.equals(wanted.toString())) {
            throw new ConfigurationException("the lease of '" + lease.spec() + "' takes packets " + steered + ", not "
                    + wanted + ": give the stack the address and ports that it was acquired for");
        }
    }

    int firstQueue() {
        return (int) lease.number(FIRST_QUEUE);
    }

    int ringEntries() {
        return (int) lease.number(RING);
    }

    boolean busyPolls() {
        return lease.number(BUSY_POLL) != 0;
    }

    boolean is(String fact) {
        return lease.number(fact) != 0;
    }

    /** Whether queues that come to be are taken as well: by a stack that has all of them. */
    boolean takesAllQueues() {
        return held != null
                && held.target().options().queues().last() == AfXdpOptions.Queues.OPEN_END
                && sockets.length == held.target().queueCount();
    }

    /** Opens a socket for one queue more. */
    XskSocket openAnother(int queue) {
        return opener.openAnother(queue);
    }

    /** Attaches the program anew, so that it runs on queues that have come to be. */
    void renewProgram() {
        if (held == null) {
            throw new ConfigurationException("they are those of the process that has opened the interface");
        }
        held.renewProgram();
    }

    /** Whether the interface has another program than ours, or none. */
    boolean hasOtherProgram(LinkWatch link) {
        if (held != null) {
            return held.hasOtherProgram(link);
        }
        if (link.programId() != programId) {
            link.ask(); // what was announced last may be older than the lease
        }
        return !link.isGone() && link.programId() != programId;
    }

    /** Gives the interface back, although the rest is still open. */
    void unlock() {
        if (held != null) {
            held.target().unlock().run();
        }
    }

    @Override
    public void close() {
        lease.close();
    }
}
