package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.FrameRoom;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.PacketDevice;
import io.penstock.datapath.device.Resources;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.linux.net.Ethtool;
import io.penstock.linux.net.KernelPorts;
import io.penstock.linux.net.LinkWatch;
import io.penstock.linux.net.NetworkInterfaceInfo;
import io.penstock.linux.net.RouteNetlink;
import io.penstock.linux.net.XdpSocket;
import io.penstock.memory.FramePool;
import io.penstock.memory.PageKind;
import java.util.stream.Collectors;

/**
 * Opens a device, step by step. If a step fails, all that was done before it is undone, in reverse.
 *
 * <pre>
 *   lock -&gt; map -&gt; program -&gt; link (attached) -&gt; sockets, UMEM, rings, bind -&gt; frames into the fill rings -&gt; map filled
 * </pre>
 *
 * <p>Until the map is filled the program passes everything to the kernel. It is attached before the sockets are bound,
 * because zero-copy is only of use under native XDP.
 */
final class AfXdpOpener {
    /** Of a frame that is received into: XDP's own room, and the Ethernet header. */
    static final int RESERVED_BYTES = XdpSocket.PACKET_HEADROOM_BYTES + EthernetHeader.LENGTH;

    private static final int MIN_FRAME_BYTES = 2048;
    /** XDP's limit for chunks that do not cross pages. */
    private static final int MAX_FRAME_BYTES = 4096;

    private final DeviceSpec spec;
    private final DeviceSetup setup;
    private final AfXdpOptions options;
    private final Resources resources = new Resources();

    private AfXdpOpener(DeviceSpec spec, DeviceSetup setup) {
        this.spec = spec;
        this.setup = setup;
        this.options = AfXdpOptions.of(spec);
    }

    static PacketDevice open(DeviceSpec spec, DeviceSetup setup) {
        AfXdpOpener opener = new AfXdpOpener(spec, setup);
        boolean opened = false;
        try {
            PacketDevice device = opener.open();
            opened = true;
            return device;
        } finally {
            if (!opened) {
                opener.resources.close();
            }
        }
    }

    private PacketDevice open() {
        NetworkInterfaceInfo nic = findInterface();
        checkFrames(nic);
        int kernelsInterface = checkAddresses();
        int present = Ethtool.rxQueues(nic.name());
        AfXdpOptions.Queues range = chooseQueues(nic, present);
        Runnable unlock = InterfaceLock.take(nic.name(), nic.index());
        resources.add(unlock);

        ArpCopies arp = copiesOfArp(nic, kernelsInterface != 0);
        LinkWatch link = new LinkWatch(nic.index());
        resources.add(link::close);
        SteeringAttachment steering = SteeringAttachment.attach(options, setup.steering(), nic, kernelsInterface != 0);
        resources.add(steering::close);

        UmemFrames umem = new UmemFrames(setup.pool());
        XskOpener opener = new XskOpener(options, nic, umem, resources, steering.isNative());
        ReceiveQueues queues = new ReceiveQueues(options, opener, steering, range, present);
        // Registered last, so undone first: no packet comes in while the rest is taken down.
        resources.add(steering::close);
        queues.steer();
        InterfaceMonitor monitor = new InterfaceMonitor(
                nic, link, steering, setup.pool().strideBytes() - RESERVED_BYTES, setup.remedies(), unlock);
        AfXdpDevice device = new AfXdpDevice(
                info(nic, steering, opener, queues.count()),
                new AfXdpDevice.Setting(
                        setup.clock(),
                        setup.pool(),
                        new ReceiveDrops(setup.remedies(), nic.name(), options.ringEntries())),
                queues,
                monitor,
                arp,
                resources);
        device.waitAlsoFor(link.fd());
        device.kernelAnswersArp(kernelsInterface == nic.index());
        return device;
    }

    /** If the address is the kernel's, too, ARP is. */
    private ArpCopies copiesOfArp(NetworkInterfaceInfo nic, boolean kernelHasAddress) {
        if (!kernelHasAddress) {
            return null;
        }
        ArpCopies arp = new ArpCopies(nic.index(), setup.pool());
        resources.add(arp::close);
        return arp;
    }

    private AfXdpOptions.Queues chooseQueues(NetworkInterfaceInfo nic, int present) {
        AfXdpOptions.Queues wanted = options.queues();
        if (wanted.last() == AfXdpOptions.Queues.OPEN_END) {
            return new AfXdpOptions.Queues(0, present - 1);
        }
        if (wanted.last() >= present) {
            throw new ConfigurationException("device '" + spec + "': there is no queue " + wanted.last() + ": "
                    + nic.name() + " has " + AfXdpOptions.Queues.count(present) + ", numbered from 0");
        }
        return wanted;
    }

    private NetworkInterfaceInfo findInterface() {
        NetworkInterfaceInfo nic = RouteNetlink.find(options.interfaceName());
        if (nic == null) {
            throw new ConfigurationException("interface " + options.interfaceName() + " does not exist here: there are "
                    + RouteNetlink.list().stream()
                            .map(NetworkInterfaceInfo::name)
                            .collect(Collectors.joining(", ")));
        }
        if (!nic.isUp()) {
            throw new ConfigurationException(
                    "interface " + nic.name() + " is down: switch it on with 'ip link set " + nic.name() + " up'");
        }
        return nic;
    }

    private void checkFrames(NetworkInterfaceInfo nic) {
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
        for (int address : setup.steering().ipv4Addresses()) {
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
            return setup.steering().ipv4Addresses().stream()
                    .map(RouteNetlink::interfaceWith)
                    .filter(index -> index != 0)
                    .findFirst()
                    .orElse(0);
        }
        for (int address : setup.steering().ipv4Addresses()) {
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

    private DeviceInfo info(NetworkInterfaceInfo nic, SteeringAttachment steering, XskOpener sockets, int queueCount) {
        var capabilities = io.penstock.datapath.device.Capabilities.none();
        if (Ethtool.staysInTheMachine(nic.name())) {
            capabilities = capabilities.with(Offload.RX_PARTIAL_CHECKSUM);
        }
        PageKind pages = setup.pool().region().pageKind();
        String mode = steering.describe() + ", "
                + (sockets.isZeroCopy() ? "zero-copy, " : "copy mode, ")
                + AfXdpOptions.Queues.count(queueCount)
                + (pages == PageKind.HUGE_2M || pages == PageKind.HUGE_1G ? ", huge pages" : ", small pages")
                + (options.busyPollMicros() == 0 ? "" : ", busy polling " + options.busyPollMicros() + " us");
        return new DeviceInfo(spec.toString(), mode, nic.macAddress(), nic.mtuBytes(), queueCount, capabilities);
    }
}
