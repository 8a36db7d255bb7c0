package io.penstock.testkit.device;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.PacketFlags;
import io.penstock.datapath.wire.Checksum;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.datapath.wire.Ipv4Header;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import java.util.Arrays;

/** What {@code PacketQueue} says of packets to be sent, as assertions. */
final class PacketContract {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int IP = EthernetHeader.LENGTH;
    private static final int ALL_TX = PacketFlags.TX_IPV4_CHECKSUM
            | PacketFlags.TX_TCP_CHECKSUM
            | PacketFlags.TX_UDP_CHECKSUM
            | PacketFlags.TX_TCP_SEGMENTATION
            | PacketFlags.HAS_BODY;

    private final Capabilities can;
    private final int mtuBytes;
    private final Region region;
    /** Which identification comes next, by the destination's last byte; -1 where nothing was sent. */
    private final int[] nextIds = new int[256];

    PacketContract(DeviceInfo info, Region region) {
        this.can = info.capabilities();
        this.mtuBytes = info.mtuBytes();
        this.region = region;
        Arrays.fill(nextIds, -1);
    }

    /** What a packet consists of, in one number. */
    static long fingerprint(Burst burst, int i) {
        long sum = Checksum.sum(burst.address(i), burst.length(i));
        return burst.hasBody(i) ? sum << 20 ^ Checksum.sum(burst.bodyAddress(i), burst.bodyLength(i)) : sum;
    }

    void check(Burst burst, int i) {
        int flags = burst.flags(i);
        boolean tso = (flags & PacketFlags.TX_TCP_SEGMENTATION) != 0;
        require((flags & ~ALL_TX) == 0, "flags of received packets", flags);
        require(!tso || can.has(Offload.TCP_SEGMENTATION), "cutting was not offered", flags);
        require(!burst.hasBody(i) || can.has(Offload.MULTI_SEGMENT), "bodies were not offered", flags);
        piece(burst.frame(i), burst.offset(i), burst.length(i));
        if (burst.hasBody(i)) {
            piece(burst.body(i), burst.bodyOffset(i), burst.bodyLength(i));
        }
        long packet = burst.address(i);
        if (EthernetHeader.type(packet) != EthernetHeader.TYPE_IPV4) {
            require(flags == 0, "flags of a packet that is not IP", flags);
            return;
        }
        long ip = packet + IP;
        int header = Ipv4Header.headerLength(ip);
        int total = burst.totalLength(i) - IP;
        require(Ipv4Header.totalLength(ip) == total, "IP's length", Ipv4Header.totalLength(ip));
        require(tso || total <= mtuBytes, "longer than the MTU", total);
        int protocol = Ipv4Header.protocol(ip);
        if (protocol == Ipv4Header.PROTOCOL_ICMP) {
            require((flags & ~PacketFlags.TX_IPV4_CHECKSUM) == 0, "flags of ICMP", flags);
        }
        boolean transport = protocol == Ipv4Header.PROTOCOL_TCP || protocol == Ipv4Header.PROTOCOL_UDP;
        boolean left = (flags & PacketFlags.TX_IPV4_CHECKSUM) != 0;
        boolean mayLeave = tso || can.has(Offload.TX_IPV4_CHECKSUM);
        require(left ? mayLeave : !(mayLeave && transport), "who sums the header", flags);
        require(
                left ? RawMemory.getUnsignedShortBe(ip + 10) == 0 : Ipv4Header.isChecksumRight(ip, header),
                "the header's checksum",
                RawMemory.getUnsignedShortBe(ip + 10));
        if (protocol == Ipv4Header.PROTOCOL_TCP) {
            boolean leftTcp = (flags & PacketFlags.TX_TCP_CHECKSUM) != 0;
            require(leftTcp == (tso || can.has(Offload.TX_TCP_CHECKSUM)), "who sums TCP", flags);
            checkTransport(burst, i, header, leftTcp, 16, tso);
        } else if (protocol == Ipv4Header.PROTOCOL_UDP) {
            boolean leftUdp = (flags & PacketFlags.TX_UDP_CHECKSUM) != 0;
            require(leftUdp == can.has(Offload.TX_UDP_CHECKSUM), "who sums UDP", flags);
            require(!tso, "UDP that is to be cut", flags);
            checkTransport(burst, i, header, leftUdp, 6, false);
        }
        int packets = 1;
        if (tso) {
            int tcpHeader = (RawMemory.getByte(ip + header + 12) & 0xf0) >>> 2;
            int payload = total - header - tcpHeader;
            require(payload <= can.maxTsoBytes(), "more than may be cut", payload);
            require(payload > burst.segmentBytes(i), "nothing to cut", payload);
            require(burst.segmentBytes(i) + header + tcpHeader <= mtuBytes, "segments", burst.segmentBytes(i));
            packets = (payload + burst.segmentBytes(i) - 1) / burst.segmentBytes(i);
        }
        if (transport) {
            checkId(ip, packets);
        }
    }

    /** Every packet that leaves has an identification of its own, also those that the device makes. */
    private void checkId(long ip, int packets) {
        int id = RawMemory.getUnsignedShortBe(ip + 4);
        int peer = Ipv4Header.destination(ip) & 0xff;
        require(nextIds[peer] < 0 || (id - nextIds[peer] & 0xffff) < 0x4000, "an identification that was used", id);
        nextIds[peer] = id + packets;
    }

    private static void checkTransport(Burst burst, int i, int ipHeader, boolean left, int field, boolean tso) {
        long ip = burst.address(i) + IP;
        long transport = ip + ipHeader;
        int firstBytes = burst.length(i) - IP - ipHeader;
        int lengthBytes = burst.totalLength(i) - IP - ipHeader;
        int found = RawMemory.getUnsignedShortBe(transport + field);
        if (left) {
            int expected = Checksum.fold(SoftwareOffload.pseudoSum(ip, tso ? 0 : lengthBytes));
            require(found == expected, "the pseudo-header's sum", found);
            return;
        }
        long sum = SoftwareOffload.pseudoSum(ip, lengthBytes) + Checksum.sum(transport, firstBytes);
        if (burst.hasBody(i)) {
            require((firstBytes & 1) == 0, "an odd first piece", firstBytes);
            sum += Checksum.sum(burst.bodyAddress(i), burst.bodyLength(i));
        }
        require(Checksum.fold(sum) == 0xffff, "the checksum", found);
    }

    private void piece(Buffer frame, int offset, int lengthBytes) {
        require(frame.pool().region() == region, "a piece of another region", offset);
        require(lengthBytes > 0, "an empty piece", lengthBytes);
        require(offset >= 0 && offset + lengthBytes <= frame.frameBytes(), "a piece beyond its frame", offset);
        require(
                ACCESS.frameOf(frame) == frame && ACCESS.holds(frame) > 0,
                "a piece without a hold",
                ACCESS.holds(frame));
    }

    private static void require(boolean condition, String what, int found) {
        if (!condition) {
            throw new AssertionError("not as agreed: " + what + " (0x" + Integer.toHexString(found) + ")");
        }
    }
}
