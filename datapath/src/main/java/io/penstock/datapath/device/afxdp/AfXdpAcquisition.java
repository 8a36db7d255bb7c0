package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.device.AddressPrefix;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.FrameRoom;
import io.penstock.datapath.device.PortLease;
import io.penstock.datapath.device.Resources;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.net.Ethtool;
import io.penstock.linux.net.KernelPorts;
import io.penstock.linux.net.NetworkInterfaceInfo;
import io.penstock.linux.net.RouteNetlink;
import io.penstock.linux.net.XdpSocket;
import io.penstock.memory.FramePool;
import io.penstock.memory.PageKind;
import java.util.List;

/**
 * The privileged half of opening an interface, step by step. If a step fails, all that was done before it is undone, in
 * reverse.
 *
 * <pre>
 *   acquire   lock -&gt; map -&gt; program -&gt; link (attached) -&gt; sockets, UMEM, rings, bind
 *   attach    rings and counters mapped -&gt; frames into the fill rings -&gt; map filled
 * </pre>
 *
 * <p>Until the map is filled the program passes everything to the kernel. It is attached before the sockets are bound,
 * because zero-copy is only of use under native XDP.
 */
final class AfXdpAcquisition {
    /** Of a frame that is received into: XDP's own room, and the Ethernet header. */
    static final int RESERVED_BYTES = XdpSocket.PACKET_HEADROOM_BYTES + EthernetHeader.LENGTH;

    private static final int MIN_FRAME_BYTES = 2048;
    /** XDP's limit for chunks that do not cross pages. */
    private static final int MAX_FRAME_BYTES = 4096;

    private final AfXdpInterface held;
    private final AfXdpTarget target;
    private final AfXdpOptions.Queues range;
    private final DeviceSetup setup;

    private AfXdpAcquisition(AfXdpInterface held, AfXdpOptions.Queues range, DeviceSetup setup) {
        this.held = held;
        this.target = held.target();
        this.range = range;
        this.setup = setup;
    }

    /**
     * Acquires queues for one stack.
     *
     * @param held stays the caller's; the lease holds it as well
     * @param range which of the interface's queues
     * @throws ConfigurationException if they cannot be had
     */
    static AfXdpLease acquire(AfXdpInterface held, AfXdpOptions.Queues range, DeviceSetup setup) {
        AfXdpAcquisition acquisition = new AfXdpAcquisition(held, range, setup);
        acquisition.checkFrames();
        setup.steering().requireIpv4(held.target().spec());
        int kernelsInterface = acquisition.checkAddresses();
        PortLease lease = new PortLease(held.target().spec());
        boolean acquired = false;
        try {
            AfXdpLease made = acquisition.acquire(lease, kernelsInterface);
            acquired = true;
            return made;
        } finally {
            if (!acquired) {
                lease.close();
            }
        }
    }

    private AfXdpLease acquire(PortLease lease, int kernelsInterface) {
        NetworkInterfaceInfo nic = target.nic();
        Resources resources = new Resources();
        lease.onClose(resources::close);
        AfXdpInterface.Use use = held.use(setup.steering(), kernelsInterface != 0);
        resources.add(use::close);
        if (kernelsInterface != 0) { // if the address is the kernel's, too, ARP is
            int arp = ArpCopies.open(nic.index());
            resources.add(() -> FileDescriptors.close(arp));
            lease.descriptor(AfXdpLease.ARP, arp);
        }
        SteeringAttachment steering = use.attachment();
        XskOpener opener = new XskOpener(target, setup.pool(), resources, steering.isNative());
        XskSocket[] sockets = opener.open(range);
        // Registered last, so undone first: no packet comes in while the rest is taken down.
        resources.add(use::stop);

        if (setup.pool().region().fd() >= 0) {
            lease.memory(setup.pool());
        }
        for (int i = 0; i < sockets.length; i++) {
            lease.descriptor(AfXdpLease.SOCKET + i, sockets[i].fd());
        }
        lease.descriptor(AfXdpLease.SOCKETS_MAP, steering.maps().socketsFd())
                .descriptor(AfXdpLease.COUNTERS_MAP, steering.maps().countersFd())
                .descriptor(AfXdpLease.LINK, steering.linkFd());
        describe(lease, steering, opener.isZeroCopy());
        lease.fact(AfXdpLease.KERNEL_ANSWERS, kernelsInterface == nic.index() ? 1 : 0);
        return new AfXdpLease(lease, sockets, opener, held);
    }

    private int queueCount() {
        return range.last() - range.first() + 1;
    }

    private String queues() {
        int all = target.queueCount();
        return queueCount() == all
                ? AfXdpOptions.Queues.count(all)
                : (queueCount() == 1 ? "queue " + range.first() : "queues " + range.first() + "-" + range.last())
                        + " of " + all;
    }

    private void describe(PortLease lease, SteeringAttachment steering, boolean zeroCopy) {
        NetworkInterfaceInfo nic = target.nic();
        int busyPollMicros = target.options().busyPollMicros();
        PageKind pages = setup.pool().region().pageKind();
        String mode = steering.describe() + ", "
                + (zeroCopy ? "zero-copy, " : "copy mode, ")
                + queues()
                + (pages == PageKind.HUGE_2M || pages == PageKind.HUGE_1G ? ", huge pages" : ", small pages")
                + (busyPollMicros == 0 ? "" : ", busy polling " + busyPollMicros + " us");
        lease.fact(AfXdpLease.INTERFACE, nic.name())
                .fact(AfXdpLease.INDEX, nic.index())
                .fact(AfXdpLease.MAC, nic.macAddress())
                .fact(AfXdpLease.MTU, nic.mtuBytes())
                .fact(AfXdpLease.MODE, mode)
                .fact(AfXdpLease.FIRST_QUEUE, range.first())
                .fact(AfXdpLease.QUEUES, queueCount())
                .fact(AfXdpLease.RX_CHANNELS, target.present())
                .fact(AfXdpLease.TX_CHANNELS, Ethtool.txQueuesOr(nic.name(), 1))
                .fact(AfXdpLease.RING, target.options().ringEntries())
                .fact(AfXdpLease.BUSY_POLL, busyPollMicros)
                .fact(AfXdpLease.ZERO_COPY, zeroCopy ? 1 : 0)
                .fact(AfXdpLease.PROGRAM, steering.programId())
                .fact(AfXdpLease.PARTIAL_CHECKSUMS, staysInTheMachine(target) ? 1 : 0)
                .fact(AfXdpLease.STEERING, setup.steering());
    }

    /** Whether whoever is at the other end of the interface is on this machine. */
    static boolean staysInTheMachine(AfXdpTarget target) {
        return Ethtool.staysInTheMachine(target.nic().name());
    }

    private List<Integer> addresses() {
        return setup.steering().addresses().stream()
                .filter(AddressPrefix::isOneAddress)
                .map(AddressPrefix::ipv4)
                .toList();
    }

    private void checkFrames() {
        NetworkInterfaceInfo nic = target.nic();
        FramePool pool = setup.pool();
        int frameBytes = pool.strideBytes();
        if (frameBytes < MIN_FRAME_BYTES || frameBytes > MAX_FRAME_BYTES) {
            throw new ConfigurationException("AF_XDP takes frames of " + MIN_FRAME_BYTES + " or " + MAX_FRAME_BYTES
                    + " bytes, not of " + frameBytes);
        }
        FrameRoom.check(nic.name(), nic.mtuBytes(), frameBytes, RESERVED_BYTES);
    }

    /** A program that listens there already would hear nothing more, and not learn why. */
    private void checkPorts() {
        for (int address : addresses()) {
            for (int port : setup.steering().ports()) {
                String transport = KernelPorts.holder(address, port);
                if (transport != null) {
                    throw new ConfigurationException(transport + " port " + port + " at "
                            + Endpoint.ipv4ToString(address)
                            + " is in use by a program on the kernel's sockets: stop that one, or choose another port");
                }
            }
        }
    }

    /**
     * A whole address cannot be the stack's and the kernel's: the kernel would reset the peers as soon as the stack is gone.
     * Asking the link, as for any address, does not find this out: the kernel is on the near side of it.
     *
     * @return the number of the interface on which the kernel has the address that it shares with the stack; 0: it does not
     */
    private int checkAddresses() {
        if (setup.steering().isEverything()) {
            return 0; // the kernel is to get nothing, whatever addresses it has
        }
        if (!setup.steering().ports().isEmpty()) {
            checkPorts(); // the kernel keeps what goes to other ports, and so may have the address
            return addresses().stream()
                    .map(RouteNetlink::interfaceWith)
                    .filter(index -> index != 0)
                    .findFirst()
                    .orElse(0);
        }
        for (int address : addresses()) {
            int index = RouteNetlink.interfaceWith(address);
            NetworkInterfaceInfo holder = index == 0 ? null : RouteNetlink.find(index);
            if (holder != null) {
                throw new ConfigurationException("address " + Endpoint.ipv4ToString(address)
                        + " is in use by the kernel,"
                        + " on " + holder.name() + ": choose one that the kernel does not have, or share it by ports"
                        + " (StackConfig.steeringPorts)");
            }
        }
        return 0;
    }
}
