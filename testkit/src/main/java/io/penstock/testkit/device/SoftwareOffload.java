package io.penstock.testkit.device;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.PacketFlags;
import io.penstock.datapath.wire.Checksum;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.datapath.wire.Ipv4Header;
import io.penstock.linux.RawMemory;
import java.lang.foreign.Arena;

/** What a NIC does to packets, one after the other: gathers pieces, makes segments (TSO), finishes checksums, verifies. Allocates nothing. */
final class SoftwareOffload implements AutoCloseable {
    private static final int IP = EthernetHeader.LENGTH;
    private static final int FIN_AND_PSH = 0x09;
    private static final int CWR = 0x80;

    private final int mtuBytes;
    private final Arena arena = Arena.ofConfined();
    private final long whole = arena.allocate(1 << 17, 64).address();
    private int lengthBytes;
    private int flags;
    private int segmentBytes;

    SoftwareOffload(int mtuBytes) {
        this.mtuBytes = mtuBytes;
    }

    /** Reads packet {@code i}. Returns how many packets it becomes. */
    int begin(Burst burst, int i) {
        RawMemory.copy(burst.address(i), whole, burst.length(i));
        if (burst.hasBody(i)) {
            RawMemory.copy(burst.bodyAddress(i), whole + burst.length(i), burst.bodyLength(i));
        }
        lengthBytes = burst.totalLength(i);
        flags = burst.flags(i);
        segmentBytes = burst.segmentBytes(i);
        int payload = lengthBytes - headerBytes();
        return isSegmented() ? (payload + segmentBytes - 1) / segmentBytes : 1;
    }

    private boolean isSegmented() {
        return (flags & PacketFlags.TX_TCP_SEGMENTATION) != 0;
    }

    private int headerBytes() {
        if (!isSegmented()) {
            return 0;
        }
        int ip = Ipv4Header.headerLength(whole + IP);
        return IP + ip + ((RawMemory.getByte(whole + IP + ip + 12) & 0xf0) >>> 2);
    }

    /** Writes packet {@code n} of those to {@code to}. Returns its length. */
    int write(int n, long to) {
        if (!isSegmented()) {
            RawMemory.copy(whole, to, lengthBytes);
            finish(to, lengthBytes);
            return lengthBytes;
        }
        int headers = headerBytes();
        int from = headers + n * segmentBytes;
        int payload = Math.min(segmentBytes, lengthBytes - from);
        boolean last = from + payload == lengthBytes;
        RawMemory.copy(whole, to, headers);
        RawMemory.copy(whole + from, to + headers, payload);
        long ip = to + IP;
        int ipHeader = Ipv4Header.headerLength(ip);
        int total = headers - IP + payload;
        if (total > mtuBytes) {
            throw new AssertionError("a segment of " + total + " bytes does not fit the MTU");
        }
        RawMemory.putShortBe(ip + 2, total);
        RawMemory.putShortBe(ip + 4, RawMemory.getUnsignedShortBe(ip + 4) + n & 0xffff);
        long tcp = ip + ipHeader;
        RawMemory.putIntBe(tcp + 4, RawMemory.getIntBe(tcp + 4) + n * segmentBytes);
        int tcpFlags = RawMemory.getUnsignedByte(tcp + 13);
        tcpFlags &= last ? 0xff : ~FIN_AND_PSH;
        tcpFlags &= n == 0 ? 0xff : ~CWR;
        RawMemory.putByte(tcp + 13, (byte) tcpFlags);
        int length = total - ipHeader;
        int sum = RawMemory.getUnsignedShortBe(tcp + 16) + length; // the length was left out of it
        RawMemory.putShortBe(tcp + 16, Checksum.fold(sum));
        finish(to, IP + total);
        return IP + total;
    }

    private void finish(long packet, int packetBytes) {
        long ip = packet + IP;
        if ((flags & PacketFlags.TX_IPV4_CHECKSUM) != 0) {
            int sum = Checksum.complement(Checksum.sum(ip, Ipv4Header.headerLength(ip)));
            RawMemory.putShortBe(ip + 10, sum);
        }
        if ((flags & (PacketFlags.TX_TCP_CHECKSUM | PacketFlags.TX_UDP_CHECKSUM)) != 0) {
            boolean udp = (flags & PacketFlags.TX_UDP_CHECKSUM) != 0;
            int ipHeader = Ipv4Header.headerLength(ip);
            int sum = Checksum.complement(Checksum.sum(ip + ipHeader, packetBytes - IP - ipHeader));
            RawMemory.putShortBe(ip + ipHeader + (udp ? 6 : 16), udp && sum == 0 ? 0xffff : sum);
        }
    }

    @Override
    public void close() {
        arena.close();
    }

    /** Which flags a received packet gets. */
    static int verify(long packet, int packetBytes) {
        long ip = packet + IP;
        if (packetBytes < IP + Ipv4Header.LENGTH || EthernetHeader.type(packet) != EthernetHeader.TYPE_IPV4) {
            return 0;
        }
        int header = Ipv4Header.headerLength(ip);
        int total = Ipv4Header.totalLength(ip);
        if (Ipv4Header.version(ip) != 4 || header < Ipv4Header.LENGTH || total < header || total > packetBytes - IP) {
            return 0;
        }
        if (!Ipv4Header.isChecksumRight(ip, header)) {
            return 0;
        }
        int protocol = Ipv4Header.protocol(ip);
        boolean known = protocol == Ipv4Header.PROTOCOL_TCP || protocol == Ipv4Header.PROTOCOL_UDP;
        boolean good = known && !Ipv4Header.isFragment(ip) && transportSum(ip, header, total) == 0xffff;
        return PacketFlags.RX_IPV4_CHECKSUM_GOOD | (good ? PacketFlags.RX_L4_CHECKSUM_GOOD : 0);
    }

    /** The folded sum over pseudo-header and transport: all ones if the checksum in it is right. */
    static int transportSum(long ip, int headerBytes, int totalBytes) {
        return Checksum.fold(
                pseudoSum(ip, totalBytes - headerBytes) + Checksum.sum(ip + headerBytes, totalBytes - headerBytes));
    }

    /** The sum of the pseudo-header, not folded. */
    static long pseudoSum(long ip, int lengthBytes) {
        return Checksum.sum(ip + 12, 8) + Ipv4Header.protocol(ip) + lengthBytes;
    }
}
