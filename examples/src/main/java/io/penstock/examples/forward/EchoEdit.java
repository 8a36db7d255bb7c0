package io.penstock.examples.forward;

import static io.penstock.memory.DirectMemory.getInt;
import static io.penstock.memory.DirectMemory.getIntBe;
import static io.penstock.memory.DirectMemory.getShort;
import static io.penstock.memory.DirectMemory.getUnsignedByte;
import static io.penstock.memory.DirectMemory.getUnsignedShortBe;
import static io.penstock.memory.DirectMemory.putInt;
import static io.penstock.memory.DirectMemory.putIntBe;
import static io.penstock.memory.DirectMemory.putShort;
import static io.penstock.memory.DirectMemory.putShortBe;

import io.penstock.datapath.device.PacketEdit;
import io.penstock.datapath.wire.EthernetHeader;

/**
 * Sends back what asks for an answer, and drops the rest: UDP datagrams with addresses and ports exchanged, ICMP echo
 * requests as replies, and ARP requests for any IPv4 address answered with the port's own hardware address.
 *
 * <p>Exchanging fields leaves the Internet checksum as it is, whether right, wrong or absent, because a sum does not depend on
 * the order of its terms. What is sent to a group is dropped: the group's address cannot be an answer's source (RFC 1122,
 * section 3.2.1.3). So are fragments, whose first one alone has the ports. One VLAN tag is passed over.
 */
public final class EchoEdit implements PacketEdit {
    private static final int TYPE = 12;
    private static final int VLAN = 0x8100;
    private static final int VLAN_BYTES = 4;
    private static final int ARP = 0x0806;
    private static final int IPV4 = 0x0800;

    private static final int ARP_BYTES = 28;
    /** Ethernet, IPv4, and the lengths of their addresses (RFC 826). */
    private static final long ARP_ETHERNET_IPV4 = 0x0001_0800_0604L;

    private static final int ARP_OPERATION = 6;
    private static final int ARP_REQUEST = 1;
    private static final int ARP_REPLY = 2;
    private static final int ARP_SENDER = 8;
    private static final int ARP_SENDER_IP = 14;
    private static final int ARP_TARGET = 18;
    private static final int ARP_TARGET_IP = 24;

    private static final int IPV4_BYTES = 20;
    private static final int TOTAL_LENGTH = 2;
    private static final int FRAGMENT = 6;
    private static final int MORE_FRAGMENTS_AND_OFFSET = 0x3fff;
    private static final int PROTOCOL = 9;
    private static final int SOURCE = 12;
    private static final int DESTINATION = 16;
    /** 224.0.0.0 and above: multicast, reserved, and the limited broadcast. */
    private static final int FIRST_GROUP_OCTET = 224;

    private static final int ICMP = 1;
    private static final int UDP = 17;
    private static final int LEAST_BYTES = 8; // of a UDP and of an ICMP echo header alike
    private static final int ICMP_CHECKSUM = 2;
    /** Type 8 and code 0, as one word. */
    private static final int ECHO_REQUEST = 0x0800;

    /** Has no state. */
    public EchoEdit() {}

    @Override
    public boolean reflects() {
        return true;
    }

    @Override
    public int edit(long address, int lengthBytes, long ownMac) {
        if (lengthBytes < EthernetHeader.LENGTH + VLAN_BYTES) {
            return DROP;
        }
        int header =
                getUnsignedShortBe(address + TYPE) == VLAN ? EthernetHeader.LENGTH + VLAN_BYTES : EthernetHeader.LENGTH;
        int left = lengthBytes - header;
        boolean answered = switch (getUnsignedShortBe(address + header - 2)) {
            case IPV4 -> left >= IPV4_BYTES && answerIpv4(address, address + header, left);
            case ARP -> left >= ARP_BYTES && answerArp(address, address + header, ownMac);
            default -> false;
        };
        return answered ? lengthBytes : DROP;
    }

    private static boolean answerArp(long frame, long arp, long ownMac) {
        long kind = (getIntBe(arp) & 0xffff_ffffL) << 16 | getUnsignedShortBe(arp + 4);
        if (kind != ARP_ETHERNET_IPV4 || getUnsignedShortBe(arp + ARP_OPERATION) != ARP_REQUEST) {
            return false;
        }
        putShortBe(arp + ARP_OPERATION, ARP_REPLY);
        int asked = getInt(arp + ARP_TARGET_IP);
        putShort(arp + ARP_TARGET, getShort(arp + ARP_SENDER));
        putInt(arp + ARP_TARGET + 2, getInt(arp + ARP_SENDER + 2));
        putInt(arp + ARP_TARGET_IP, getInt(arp + ARP_SENDER_IP));
        putMac(arp + ARP_SENDER, ownMac);
        putInt(arp + ARP_SENDER_IP, asked);
        putShort(frame, getShort(frame + 6));
        putInt(frame + 2, getInt(frame + 8));
        putMac(frame + 6, ownMac);
        return true;
    }

    private static void putMac(long address, long mac) {
        putShortBe(address, (int) (mac >>> 32));
        putIntBe(address + 2, (int) mac);
    }

    private static boolean answerIpv4(long frame, long ip, int left) {
        int headerBytes = (getUnsignedByte(ip) & 0xf) * 4;
        int totalBytes = getUnsignedShortBe(ip + TOTAL_LENGTH);
        if (getUnsignedByte(ip) >>> 4 != 4
                || headerBytes < IPV4_BYTES
                || totalBytes > left
                || totalBytes < headerBytes + LEAST_BYTES
                || (getUnsignedShortBe(ip + FRAGMENT) & MORE_FRAGMENTS_AND_OFFSET) != 0
                || getUnsignedByte(ip + DESTINATION) >= FIRST_GROUP_OCTET
                || (getUnsignedByte(frame) & 1) != 0) { // the group bit of an Ethernet address
            return false;
        }
        long message = ip + headerBytes;
        switch (getUnsignedByte(ip + PROTOCOL)) {
            case UDP -> {
                int ports = getInt(message);
                putInt(message, ports << 16 | ports >>> 16);
            }
            case ICMP -> {
                if (getUnsignedShortBe(message) != ECHO_REQUEST) {
                    return false;
                }
                putShortBe(message, 0);
                putShortBe(message + ICMP_CHECKSUM, withoutEchoRequest(getUnsignedShortBe(message + ICMP_CHECKSUM)));
            }
            default -> {
                return false;
            }
        }
        int source = getInt(ip + SOURCE);
        putInt(ip + SOURCE, getInt(ip + DESTINATION));
        putInt(ip + DESTINATION, source);
        MacSwap.swap(frame);
        return true;
    }

    /** {@code HC' = ~(~HC + ~m + m')} with m the word of type and code as it was, and m' = 0 (RFC 1624, section 3). */
    private static int withoutEchoRequest(int checksum) {
        int sum = (~checksum & 0xffff) + (~ECHO_REQUEST & 0xffff);
        return ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
    }
}
