package io.penstock.datapath.forward;

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
import io.penstock.datapath.wire.ArpPacket;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.datapath.wire.IcmpHeader;
import io.penstock.datapath.wire.Ipv4Header;
import io.penstock.datapath.wire.UdpHeader;

/**
 * Sends back what asks for an answer, and drops the rest: UDP datagrams with addresses and ports exchanged, ICMP echo
 * requests as replies, and ARP requests for any IPv4 address answered with the port's own hardware address.
 *
 * <p>Exchanging fields leaves the Internet checksum as it is, whether right, wrong or absent, because a sum does not depend on
 * the order of its terms. What is sent to a group is dropped: the group's address cannot be an answer's source (RFC 1122,
 * section 3.2.1.3). So are fragments, whose first one alone has the ports. One VLAN tag is passed over.
 */
public final class EchoEdit implements PacketEdit {
    /** Ethernet, IPv4, and the lengths of their addresses (RFC 826). */
    private static final long ARP_ETHERNET_IPV4 =
            (long) ArpPacket.HARDWARE_ETHERNET << 32 | (long) EthernetHeader.TYPE_IPV4 << 16 | ArpPacket.LENGTHS;

    /** 224.0.0.0 and above: multicast, reserved, and the limited broadcast. */
    private static final int FIRST_GROUP_OCTET = 224;

    private static final int MIN_BYTES = UdpHeader.LENGTH; // of an ICMP echo header as well
    /** Type and code, as one word. */
    private static final int ECHO_REQUEST = IcmpHeader.ECHO_REQUEST << 8;

    /** Has no state. */
    public EchoEdit() {}

    @Override
    public boolean reflects() {
        return true;
    }

    @Override
    public int edit(long address, int lengthBytes, long ownMac) {
        if (lengthBytes < EthernetHeader.LENGTH + EthernetHeader.TAG_LENGTH) {
            return DROP;
        }
        int header = EthernetHeader.type(address) == EthernetHeader.TYPE_TAG
                ? EthernetHeader.LENGTH + EthernetHeader.TAG_LENGTH
                : EthernetHeader.LENGTH;
        int left = lengthBytes - header;
        boolean answered = switch (EthernetHeader.type(address + header - EthernetHeader.LENGTH)) {
            case EthernetHeader.TYPE_IPV4 -> left >= Ipv4Header.LENGTH && answerIpv4(address, address + header, left);
            case EthernetHeader.TYPE_ARP -> left >= ArpPacket.LENGTH && answerArp(address, address + header, ownMac);
            default -> false;
        };
        return answered ? lengthBytes : DROP;
    }

    private static boolean answerArp(long frame, long arp, long ownMac) {
        long kind = (getIntBe(arp) & 0xffff_ffffL) << 16 | getUnsignedShortBe(arp + 4);
        if (kind != ARP_ETHERNET_IPV4 || ArpPacket.operation(arp) != ArpPacket.REQUEST) {
            return false;
        }
        putShortBe(arp + ArpPacket.OPERATION, ArpPacket.REPLY);
        int asked = getInt(arp + ArpPacket.TARGET_ADDRESS);
        putShort(arp + ArpPacket.TARGET_MAC, getShort(arp + ArpPacket.SENDER_MAC));
        putInt(arp + ArpPacket.TARGET_MAC + 2, getInt(arp + ArpPacket.SENDER_MAC + 2));
        putInt(arp + ArpPacket.TARGET_ADDRESS, getInt(arp + ArpPacket.SENDER_ADDRESS));
        putMac(arp + ArpPacket.SENDER_MAC, ownMac);
        putInt(arp + ArpPacket.SENDER_ADDRESS, asked);
        putShort(frame, getShort(frame + EthernetHeader.SOURCE));
        putInt(frame + 2, getInt(frame + EthernetHeader.SOURCE + 2));
        putMac(frame + EthernetHeader.SOURCE, ownMac);
        return true;
    }

    private static void putMac(long address, long mac) {
        putShortBe(address, (int) (mac >>> 32));
        putIntBe(address + 2, (int) mac);
    }

    private static boolean answerIpv4(long frame, long ip, int left) {
        int headerBytes = Ipv4Header.headerLength(ip);
        int totalBytes = Ipv4Header.totalLength(ip);
        if (Ipv4Header.version(ip) != 4
                || headerBytes < Ipv4Header.LENGTH
                || totalBytes > left
                || totalBytes < headerBytes + MIN_BYTES
                || Ipv4Header.isFragment(ip)
                || getUnsignedByte(ip + Ipv4Header.DESTINATION) >= FIRST_GROUP_OCTET
                || (getUnsignedByte(frame) & 1) != 0) { // the group bit of an Ethernet address
            return false;
        }
        long message = ip + headerBytes;
        switch (Ipv4Header.protocol(ip)) {
            case Ipv4Header.PROTOCOL_UDP -> {
                int ports = getInt(message);
                putInt(message, ports << 16 | ports >>> 16);
            }
            case Ipv4Header.PROTOCOL_ICMP -> {
                if (getUnsignedShortBe(message) != ECHO_REQUEST) {
                    return false;
                }
                putShortBe(message, 0);
                putShortBe(
                        message + IcmpHeader.CHECKSUM,
                        withoutEchoRequest(getUnsignedShortBe(message + IcmpHeader.CHECKSUM)));
            }
            default -> {
                return false;
            }
        }
        int source = getInt(ip + Ipv4Header.SOURCE);
        putInt(ip + Ipv4Header.SOURCE, getInt(ip + Ipv4Header.DESTINATION));
        putInt(ip + Ipv4Header.DESTINATION, source);
        MacSwap.swap(frame);
        return true;
    }

    /** {@code HC' = ~(~HC + ~m + m')} with m the word of type and code as it was, and m' = 0 (RFC 1624, section 3). */
    private static int withoutEchoRequest(int checksum) {
        int sum = (~checksum & 0xffff) + (~ECHO_REQUEST & 0xffff);
        return ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
    }
}
