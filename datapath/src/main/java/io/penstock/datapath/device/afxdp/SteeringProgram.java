package io.penstock.datapath.device.afxdp;

import static io.penstock.datapath.device.afxdp.BpfAssembler.BYTE;
import static io.penstock.datapath.device.afxdp.BpfAssembler.HALF;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R0;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R1;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R10;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R2;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R3;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R4;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R5;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R6;
import static io.penstock.datapath.device.afxdp.BpfAssembler.WORD;
import static io.penstock.datapath.device.afxdp.BpfAssembler.networkInt;
import static io.penstock.datapath.device.afxdp.BpfAssembler.networkShort;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.AddressPrefix;
import io.penstock.datapath.device.DeviceSetup.Steering;
import io.penstock.datapath.wire.ArpPacket;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.datapath.wire.IcmpHeader;
import io.penstock.datapath.wire.Ipv4Header;
import java.util.List;

/**
 * The XDP program that takes the stack's packets and leaves all others to the kernel.
 *
 * <table>
 *   <caption>What is taken</caption>
 *   <tr><th></th><th>the address is the stack's</th><th>ports, of an address that the kernel has too</th></tr>
 *   <tr><td>ARP for Ethernet and IPv4</td><td>whose target or sender protocol address is one of ours: who sends from it is
 *     in conflict with us, and his answer to a probe, which has no sender's address, does not have ours as its target
 *     (RFC 5227, section 2.1.1)</td><td>none: the kernel's; the device gets copies ({@link ArpCopies})</td></tr>
 *   <tr><td>TCP and UDP to one of our addresses</td><td>all, or to the given ports</td><td>to the given ports</td></tr>
 *   <tr><td>ICMP to one of our addresses</td><td>all</td><td>errors about a packet from one of the given ports</td></tr>
 *   <tr><td>fragments to one of our addresses</td><td>all, as only the first has ports</td><td>the first, by its
 *     ports</td></tr>
 * </table>
 *
 * <p>With {@link Steering#everything} all packets are taken. Otherwise the kernel gets what is too short, tagged
 * (802.1Q) or not understood.
 *
 * <p>A packet on a queue that has no socket passes, and is counted. So does one whose VLAN tag travels beside it, where the
 * driver can tell ({@link Kernel#tagFunction}): a socket would get it without the tag, as if there had been none.
 */
public final class SteeringProgram {
    /** Verdicts of XDP programs (linux/bpf.h). */
    public static final int XDP_PASS = 2;

    /** Generous, and a bound on the program: each costs one instruction for every packet. */
    static final int MAX_ADDRESSES = 256;

    static final int MAX_PORTS = 1024;

    /** bpf_redirect_map(map, key, verdict if the map has no such key). */
    static final int HELPER_REDIRECT_MAP = 51;

    /** Where in the value of the map of counters it stands how many packets came on queues without a socket. */
    static final int COUNTER_NO_SOCKET = 0;
    /** The same of those with a tag beside them. */
    static final int COUNTER_TAGGED = 8;

    /** How long the value of the map of counters is. */
    static final int COUNTERS_BYTES = 16;

    // struct xdp_md
    static final int CTX_DATA = 0;
    static final int CTX_DATA_END = 4;
    static final int CTX_RX_QUEUE_INDEX = 16;

    /** Behind Ethernet header and a header of IPv4: the packet that an ICMP error is about. */
    private static final int QUOTED = EthernetHeader.LENGTH + IcmpHeader.LENGTH;

    /** TCP and UDP alike: source port, then destination port. */
    private static final int PORTS_BYTES = 4;

    private static final int DESTINATION_PORT = 2;

    private SteeringProgram() {}

    /**
     * What the program finds in the kernel.
     *
     * @param socketsFd the map from queue to socket
     * @param countersFd the map of counters; 0 for none
     * @param tagFunction the number of {@code bpf_xdp_metadata_rx_vlan_tag} among the kernel's types; 0 if it cannot be called
     * @param hasAddress whether the kernel has the addresses too: then it keeps what has no port
     */
    record Kernel(int socketsFd, int countersFd, int tagFunction, boolean hasAddress) {}

    /**
     * Assembles the program for addresses that the kernel has not.
     *
     * @param socketsFd the map from queue to socket
     */
    public static long[] assemble(Steering steering, int socketsFd) {
        return assemble(steering, new Kernel(socketsFd, 0, 0, false));
    }

    /**
     * Assembles the program for ports of addresses that the kernel has, too.
     *
     * @param socketsFd the map from queue to socket
     */
    public static long[] assembleShared(Steering steering, int socketsFd) {
        return assemble(steering, new Kernel(socketsFd, 0, 0, true));
    }

    static long[] assemble(Steering steering, Kernel kernel) {
        checkBounds(steering);
        BpfAssembler a = new BpfAssembler();
        if (!steering.isEverything()) {
            // r1 context, r2 packet, r3 its end, r4 and r5 for the moment
            a.load(WORD, R2, R1, CTX_DATA).load(WORD, R3, R1, CTX_DATA_END);
            passUnlessLong(a, EthernetHeader.LENGTH);
            boolean shared = kernel.hasAddress() && !steering.ports().isEmpty();
            a.load(HALF, R5, R2, EthernetHeader.TYPE).jumpIfEqual(R5, networkShort(EthernetHeader.TYPE_IPV4), "ipv4");
            if (shared) {
                a.jump("pass");
            } else {
                a.jumpIfNotEqual(R5, networkShort(EthernetHeader.TYPE_ARP), "pass");
                arp(a, steering.addresses());
            }
            ipv4(a, steering, shared);
        }
        take(a, kernel);
        if (!steering.isEverything() || kernel.countersFd() != 0 || kernel.tagFunction() != 0) {
            a.label("pass").set(R0, XDP_PASS).exit();
        }
        return a.assemble(); // the verifier refuses what is never reached
    }

    private static void take(BpfAssembler a, Kernel kernel) {
        a.label("take").move(R6, R1);
        if (kernel.tagFunction() != 0) {
            // bpf_xdp_metadata_rx_vlan_tag(context, &protocol, &tag): 0 if there is one
            a.storeDouble(R10, -8, 0)
                    .move(R2, R10)
                    .add(R2, -8)
                    .move(R3, R10)
                    .add(R3, -6)
                    .callKernel(kernel.tagFunction())
                    .jumpIfEqual(R0, 0, "tagged");
        }
        a.load(WORD, R2, R6, CTX_RX_QUEUE_INDEX)
                .loadMap(R1, kernel.socketsFd())
                .set(R3, XDP_PASS)
                .call(HELPER_REDIRECT_MAP);
        if (kernel.countersFd() != 0) {
            a.jumpIfEqual(R0, XDP_PASS, "no socket");
        }
        a.exit();
        if (kernel.countersFd() != 0) {
            count(a.label("no socket"), kernel, COUNTER_NO_SOCKET);
        }
        if (kernel.tagFunction() != 0) {
            a.label("tagged");
            if (kernel.countersFd() != 0) {
                count(a, kernel, COUNTER_TAGGED);
            }
        }
    }

    private static void count(BpfAssembler a, Kernel kernel, int counter) {
        a.loadMapValue(R1, kernel.countersFd(), counter)
                .set(R2, 1)
                .atomicAdd(R1, R2)
                .jump("pass");
    }

    private static void arp(BpfAssembler a, List<AddressPrefix> addresses) {
        passUnlessLong(a, EthernetHeader.LENGTH + ArpPacket.LENGTH);
        a.load(HALF, R5, R2, EthernetHeader.LENGTH + ArpPacket.HARDWARE)
                .jumpIfNotEqual(R5, networkShort(ArpPacket.HARDWARE_ETHERNET), "pass")
                .load(HALF, R5, R2, EthernetHeader.LENGTH + ArpPacket.PROTOCOL)
                .jumpIfNotEqual(R5, networkShort(EthernetHeader.TYPE_IPV4), "pass")
                .load(HALF, R5, R2, EthernetHeader.LENGTH + ArpPacket.ADDRESS_LENGTHS)
                .jumpIfNotEqual(R5, networkShort(ArpPacket.LENGTHS), "pass")
                .load(WORD, R4, R2, EthernetHeader.LENGTH + ArpPacket.SENDER_ADDRESS)
                .load(WORD, R5, R2, EthernetHeader.LENGTH + ArpPacket.TARGET_ADDRESS);
        for (AddressPrefix prefix : addresses) {
            jumpIfIn(a, R5, prefix, "take");
            jumpIfIn(a, R4, prefix, "take");
        }
        a.jump("pass");
    }

    private static void ipv4(BpfAssembler a, Steering steering, boolean shared) {
        a.label("ipv4");
        passUnlessLong(a, EthernetHeader.LENGTH + Ipv4Header.LENGTH);
        headerLength(a, EthernetHeader.LENGTH);
        a.load(WORD, R4, R2, EthernetHeader.LENGTH + Ipv4Header.DESTINATION);
        for (AddressPrefix prefix : steering.addresses()) {
            jumpIfIn(a, R4, prefix, "ours");
        }
        a.jump("pass").label("ours");
        if (steering.ports().isEmpty()) {
            a.jump("take");
            return;
        }
        a.load(HALF, R4, R2, EthernetHeader.LENGTH + Ipv4Header.FRAGMENT);
        if (shared) {
            a.jumpIfAnySet(R4, networkShort(Ipv4Header.OFFSET_MASK), "pass");
        } else {
            a.jumpIfAnySet(R4, networkShort(Ipv4Header.FRAGMENT_MASK), "take");
        }
        a.load(BYTE, R4, R2, EthernetHeader.LENGTH + Ipv4Header.PROTOCOL)
                .jumpIfEqual(R4, Ipv4Header.PROTOCOL_ICMP, shared ? "icmp" : "take")
                .jumpIfEqual(R4, Ipv4Header.PROTOCOL_TCP, "ports")
                .jumpIfNotEqual(R4, Ipv4Header.PROTOCOL_UDP, "pass");
        a.label("ports").addRegister(R2, R5);
        passUnlessLong(a, EthernetHeader.LENGTH + PORTS_BYTES);
        a.load(HALF, R5, R2, EthernetHeader.LENGTH + DESTINATION_PORT);
        if (shared) {
            a.jump("port");
            icmp(a, steering.addresses());
        }
        a.label("port");
        for (int port : steering.ports()) {
            a.jumpIfEqual(R5, networkShort(port), "take");
        }
        a.jump("pass");
    }

    /** Leaves the port from which the packet was sent that an ICMP error is about in r5. */
    private static void icmp(BpfAssembler a, List<AddressPrefix> addresses) {
        a.label("icmp").addRegister(R2, R5);
        passUnlessLong(a, QUOTED + Ipv4Header.LENGTH);
        a.load(BYTE, R4, R2, EthernetHeader.LENGTH)
                .jumpIfEqual(R4, IcmpHeader.DESTINATION_UNREACHABLE, "quoted")
                .jumpIfEqual(R4, IcmpHeader.TIME_EXCEEDED, "quoted")
                .jumpIfNotEqual(R4, IcmpHeader.PARAMETER_PROBLEM, "pass");
        a.label("quoted");
        headerLength(a, QUOTED);
        a.load(HALF, R4, R2, QUOTED + Ipv4Header.FRAGMENT)
                .jumpIfAnySet(R4, networkShort(Ipv4Header.OFFSET_MASK), "pass")
                .load(WORD, R4, R2, QUOTED + Ipv4Header.SOURCE);
        for (AddressPrefix prefix : addresses) {
            jumpIfIn(a, R4, prefix, "sent by us");
        }
        a.jump("pass")
                .label("sent by us")
                .load(BYTE, R4, R2, QUOTED + Ipv4Header.PROTOCOL)
                .jumpIfEqual(R4, Ipv4Header.PROTOCOL_TCP, "quoted ports")
                .jumpIfNotEqual(R4, Ipv4Header.PROTOCOL_UDP, "pass");
        a.label("quoted ports").addRegister(R2, R5);
        passUnlessLong(a, QUOTED + PORTS_BYTES);
        a.load(HALF, R5, R2, QUOTED);
    }

    /** How long the IPv4 header at r2 and {@code offset} is, in r5; passes what is none. */
    private static void headerLength(BpfAssembler a, int offset) {
        a.load(BYTE, R5, R2, offset)
                .move(R4, R5)
                .and(R4, 0xf0)
                .jumpIfNotEqual(R4, 0x40, "pass")
                .and(R5, 0x0f)
                .jumpIfLess(R5, Ipv4Header.LENGTH / 4, "pass")
                .shiftLeft(R5, 2);
    }

    /** The verifier admits reads up to {@code bytes} from r2 after this. */
    private static void passUnlessLong(BpfAssembler a, int bytes) {
        a.move(R4, R2).add(R4, bytes).jumpIfGreater(R4, R3, "pass");
    }

    /** Compares an address with a prefix of IPv4's; r0 is free until the end. */
    private static void jumpIfIn(BpfAssembler a, int register, AddressPrefix prefix, String target) {
        if (prefix.isOneAddress()) {
            a.jumpIfEqual(register, networkInt(prefix.ipv4()), target);
        } else {
            a.move(R0, register)
                    .and(R0, networkInt(prefix.ipv4Mask()))
                    .jumpIfEqual(R0, networkInt(prefix.ipv4()), target);
        }
    }

    private static void checkBounds(Steering steering) {
        if (steering.addresses().isEmpty()) {
            throw new ConfigurationException("a device needs at least one address to take packets for");
        }
        if (steering.addresses().size() > MAX_ADDRESSES) {
            throw new ConfigurationException(
                    steering.addresses().size() + " addresses are too many for one device: at most " + MAX_ADDRESSES);
        }
        if (steering.ports().size() > MAX_PORTS) {
            throw new ConfigurationException(
                    steering.ports().size() + " ports are too many for one device: at most " + MAX_PORTS);
        }
    }
}
