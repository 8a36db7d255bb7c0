package io.penstock.datapath.device.afxdp;

import static io.penstock.datapath.device.afxdp.BpfAssembler.BYTE;
import static io.penstock.datapath.device.afxdp.BpfAssembler.HALF;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R0;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R1;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R2;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R3;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R4;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R5;
import static io.penstock.datapath.device.afxdp.BpfAssembler.WORD;
import static io.penstock.datapath.device.afxdp.BpfAssembler.networkInt;
import static io.penstock.datapath.device.afxdp.BpfAssembler.networkShort;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSetup.Steering;
import java.util.List;

/**
 * The XDP program that takes the stack's packets and leaves all others to the kernel.
 *
 * <table>
 *   <caption>What is taken</caption>
 *   <tr><td>ARP for Ethernet and IPv4 whose target or sender protocol address is one of ours: who sends from it is in
 *     conflict with us, and his answer to a probe, which has no sender's address, does not have ours as its target
 *     (RFC 5227, section 2.1.1)</td></tr>
 *   <tr><td>IPv4 to one of our addresses; if ports are given: ICMP, fragments, and TCP and UDP to these ports</td></tr>
 * </table>
 *
 * <p>Without addresses to tell packets by ({@link Steering#everything}), all are taken. Otherwise, what is too short, tagged (802.1Q) or not understood passes to the kernel. A fragment is taken whatever its ports,
 * because only the first one has any. A packet on a queue that has no socket passes too.
 */
public final class SteeringProgram {
    /** Verdicts of XDP programs (linux/bpf.h). */
    public static final int XDP_PASS = 2;

    /** Generous, and a bound on the program: each costs one instruction for every packet. */
    static final int MAX_ADDRESSES = 256;

    static final int MAX_PORTS = 1024;

    /** bpf_redirect_map(map, key, verdict if the map has no such key). */
    static final int HELPER_REDIRECT_MAP = 51;

    // struct xdp_md
    static final int CTX_DATA = 0;
    static final int CTX_DATA_END = 4;
    static final int CTX_RX_QUEUE_INDEX = 16;

    // Ethernet, then ARP (RFC 826) or IPv4 (RFC 791)
    private static final int ETHERNET_BYTES = 14;
    private static final int ETHER_TYPE = 12;
    private static final int TYPE_IPV4 = 0x0800;
    private static final int TYPE_ARP = 0x0806;
    private static final int ARP_BYTES = 28;
    private static final int ARP_SENDER_ADDRESS = ETHERNET_BYTES + 14;
    private static final int ARP_TARGET_ADDRESS = ETHERNET_BYTES + 24;
    private static final int ARP_HARDWARE_ETHERNET = 1;
    /** Six bytes of hardware address, four of protocol address. */
    private static final int ARP_LENGTHS = 0x0604;

    private static final int IPV4_MIN_BYTES = 20;
    private static final int IPV4_FRAGMENT = ETHERNET_BYTES + 6;
    /** More fragments, or an offset. */
    private static final int IPV4_FRAGMENT_MASK = 0x3fff;

    private static final int IPV4_PROTOCOL = ETHERNET_BYTES + 9;
    private static final int IPV4_DESTINATION = ETHERNET_BYTES + 16;
    private static final int PROTOCOL_ICMP = 1;
    private static final int PROTOCOL_TCP = 6;
    private static final int PROTOCOL_UDP = 17;
    /** TCP and UDP alike: source port, then destination port. */
    private static final int PORTS_BYTES = 4;

    private static final int DESTINATION_PORT = 2;

    private SteeringProgram() {}

    /**
     * Assembles the program.
     *
     * @param mapFd the map from queue to socket
     */
    public static long[] assemble(Steering steering, int mapFd) {
        checkBounds(steering);
        BpfAssembler a = new BpfAssembler();
        if (steering.isEverything()) {
            return take(a, mapFd).assemble();
        }
        // r1 context, r2 packet, r3 its end, r4 and r5 for the moment
        a.load(WORD, R2, R1, CTX_DATA).load(WORD, R3, R1, CTX_DATA_END);
        passUnlessLong(a, ETHERNET_BYTES);
        a.load(HALF, R5, R2, ETHER_TYPE)
                .jumpIfEqual(R5, networkShort(TYPE_IPV4), "ipv4")
                .jumpIfNotEqual(R5, networkShort(TYPE_ARP), "pass");
        arp(a, steering.ipv4Addresses());
        ipv4(a, steering);
        take(a.label("take"), mapFd).label("pass").set(R0, XDP_PASS).exit();
        return a.assemble();
    }

    private static BpfAssembler take(BpfAssembler a, int mapFd) {
        return a.load(WORD, R2, R1, CTX_RX_QUEUE_INDEX)
                .loadMap(R1, mapFd)
                .set(R3, XDP_PASS)
                .call(HELPER_REDIRECT_MAP)
                .exit();
    }

    private static void arp(BpfAssembler a, List<Integer> addresses) {
        passUnlessLong(a, ETHERNET_BYTES + ARP_BYTES);
        a.load(HALF, R5, R2, ETHERNET_BYTES)
                .jumpIfNotEqual(R5, networkShort(ARP_HARDWARE_ETHERNET), "pass")
                .load(HALF, R5, R2, ETHERNET_BYTES + 2)
                .jumpIfNotEqual(R5, networkShort(TYPE_IPV4), "pass")
                .load(HALF, R5, R2, ETHERNET_BYTES + 4)
                .jumpIfNotEqual(R5, networkShort(ARP_LENGTHS), "pass")
                .load(WORD, R4, R2, ARP_SENDER_ADDRESS)
                .load(WORD, R5, R2, ARP_TARGET_ADDRESS);
        for (int address : addresses) {
            a.jumpIfEqual(R5, networkInt(address), "take").jumpIfEqual(R4, networkInt(address), "take");
        }
        a.jump("pass");
    }

    private static void ipv4(BpfAssembler a, Steering steering) {
        a.label("ipv4");
        passUnlessLong(a, ETHERNET_BYTES + IPV4_MIN_BYTES);
        a.load(BYTE, R5, R2, ETHERNET_BYTES)
                .move(R4, R5)
                .and(R4, 0xf0)
                .jumpIfNotEqual(R4, 0x40, "pass")
                .and(R5, 0x0f)
                .jumpIfLess(R5, IPV4_MIN_BYTES / 4, "pass")
                .shiftLeft(R5, 2) // how long the header is; kept for the ports
                .load(WORD, R4, R2, IPV4_DESTINATION);
        for (int address : steering.ipv4Addresses()) {
            a.jumpIfEqual(R4, networkInt(address), "ours");
        }
        a.jump("pass").label("ours");
        if (steering.ports().isEmpty()) {
            a.jump("take");
            return;
        }
        a.load(HALF, R4, R2, IPV4_FRAGMENT)
                .jumpIfAnySet(R4, networkShort(IPV4_FRAGMENT_MASK), "take")
                .load(BYTE, R4, R2, IPV4_PROTOCOL)
                .jumpIfEqual(R4, PROTOCOL_ICMP, "take")
                .jumpIfEqual(R4, PROTOCOL_TCP, "ports")
                .jumpIfNotEqual(R4, PROTOCOL_UDP, "pass");
        a.label("ports").addRegister(R2, R5);
        passUnlessLong(a, ETHERNET_BYTES + PORTS_BYTES);
        a.load(HALF, R5, R2, ETHERNET_BYTES + DESTINATION_PORT);
        for (int port : steering.ports()) {
            a.jumpIfEqual(R5, networkShort(port), "take");
        }
        a.jump("pass");
    }

    /** The verifier admits reads up to {@code bytes} from r2 after this. */
    private static void passUnlessLong(BpfAssembler a, int bytes) {
        a.move(R4, R2).add(R4, bytes).jumpIfGreater(R4, R3, "pass");
    }

    private static void checkBounds(Steering steering) {
        if (steering.ipv4Addresses().isEmpty()) {
            throw new ConfigurationException("a device needs at least one address to take packets for");
        }
        if (steering.ipv4Addresses().size() > MAX_ADDRESSES) {
            throw new ConfigurationException(steering.ipv4Addresses().size()
                    + " addresses are too many for one device: at most " + MAX_ADDRESSES);
        }
        if (steering.ports().size() > MAX_PORTS) {
            throw new ConfigurationException(
                    steering.ports().size() + " ports are too many for one device: at most " + MAX_PORTS);
        }
    }
}
