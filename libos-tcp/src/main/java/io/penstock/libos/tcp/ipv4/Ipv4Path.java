package io.penstock.libos.tcp.ipv4;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.PacketFlags;
import io.penstock.datapath.wire.Checksum;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.datapath.wire.Ipv4Header;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.ip.Ipv4Network;
import io.penstock.libos.tcp.ip.SendResult;
import io.penstock.libos.tcp.ip.TxOffloads;
import io.penstock.libos.tcp.link.TxPayload;
import io.penstock.libos.tcp.link.TxQueue;
import io.penstock.libos.tcp.neighbour.Neighbour;
import io.penstock.libos.tcp.neighbour.Neighbours;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;

/**
 * The way to one IPv4 peer, with the headers of its packets prepared.
 *
 * <pre>
 *   0              8                16   18  20     23   24         26         30          34
 *   +--------------+----------------+----+---+------+----+----------+----------+-----------+
 *   | dst MAC, src | src, type, 45 0| len|id | frag |TTL,| checksum |  source  |destination|
 *   |              |                |    |   |      |prot|          |          |           |
 *   +--------------+----------------+----+---+------+----+----------+----------+-----------+
 *   |  macWords    |  typeWords     |    |    one store of 8        |       addresses      |
 * </pre>
 *
 * <p>Five stores a packet. The neighbour's entry is looked at through its version only, until that changes.
 */
public final class Ipv4Path extends Destination implements IpPath {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int HEADERS = EthernetHeader.LENGTH + Ipv4Header.LENGTH;

    private final Neighbours neighbours;
    private final TxQueue tx;
    private final Ipv4Link link;
    /** Where it is found; null if it is only for answers. */
    private final DestinationTable table;

    /** The neighbour's address: the low half, in the form of {@code Endpoint}. */
    private long nextHop;

    private final TxOffloads offloads;
    /** What is left to the device, whatever the protocol; and of these two. */
    private final int ipv4Flag;

    private final int tcpFlags;
    private final int udpFlags;
    private final int headerRoomBytes;
    private final PathMtu streamMtu;
    private final PathMtu datagramMtu;
    /** Whether one of the two is less than the link's. */
    private boolean isLowered;

    private int dontFragment;
    private final long typeWords;
    private long addresses;
    private long addressSum;
    private final long ownMac;
    private long macWords;
    private Neighbour neighbour;
    private int seenVersion;
    private int nextId;

    /** How many keep it. */
    private int keepers;

    /** One that leads nowhere yet. */
    Ipv4Path(Ipv4Link link, DestinationTable table) {
        this.link = link;
        this.table = table;
        this.neighbours = link.neighbours;
        this.tx = link.tx;
        this.offloads = link.offloads;
        this.ipv4Flag = offloads.ipv4Checksum() ? PacketFlags.TX_IPV4_CHECKSUM : 0;
        this.tcpFlags = ipv4Flag | (offloads.tcpChecksum() ? PacketFlags.TX_TCP_CHECKSUM : 0);
        this.udpFlags = ipv4Flag | (offloads.udpChecksum() ? PacketFlags.TX_UDP_CHECKSUM : 0);
        this.headerRoomBytes = link.device.capabilities().txRoomBytes() + HEADERS;
        this.streamMtu = new PathMtu(link.device.mtuBytes());
        this.datagramMtu = new PathMtu(link.device.mtuBytes());
        this.ownMac = link.device.macAddress();
        this.typeWords = ownMac << 32 | (long) EthernetHeader.TYPE_IPV4 << 16 | 0x4500;
    }

    /** Makes it the way to a peer, of which nothing is known yet. */
    void leadTo(int peer, int neighbourAddress, int firstId) {
        remote(peer);
        nextHop = Ipv4Network.mapped(neighbourAddress);
        addresses = (long) link.network.address() << 32 | (peer & 0xffff_ffffL);
        addressSum = Checksum.addressSum(0, addresses);
        nextId = firstId;
        neighbour = null;
        seenVersion = 0;
        streamMtu.reset();
        datagramMtu.reset();
        mtusChanged();
    }

    /** The next packet has the identification that the next one of the other path would have had. */
    void takeIdOf(Ipv4Path other) {
        nextId = other.nextId++;
    }

    @Override
    public long pseudoHeaderSum(int protocol) {
        return addressSum + protocol;
    }

    @Override
    public boolean isIpv4() {
        return true;
    }

    @Override
    public int mtuPayloadBytes() {
        int onLink = linkPayloadBytes();
        return isLowered ? lowered(streamMtu, onLink) : onLink;
    }

    @Override
    public int datagramBytes() {
        int onLink = linkPayloadBytes();
        return isLowered ? lowered(datagramMtu, onLink) : onLink;
    }

    private int lowered(PathMtu mtu, int onLink) {
        mtu.expire(link.clock.nanos());
        mtusChanged();
        return mtu.isLowered() ? Math.min(onLink, mtu.bytes() - Ipv4Header.LENGTH) : onLink;
    }

    private void mtusChanged() {
        isLowered = streamMtu.isLowered() || datagramMtu.isLowered();
        dontFragment = streamMtu.mayFragment() || datagramMtu.mayFragment() ? 0 : Ipv4Header.DONT_FRAGMENT;
    }

    @Override
    public int linkPayloadBytes() {
        return link.mtuBytes - Ipv4Header.LENGTH;
    }

    @Override
    public boolean tooLarge(int protocol, int quotedBytes, int nextHopBytes) {
        PathMtu mtu = protocol == Ipv4Header.PROTOCOL_TCP ? streamMtu : datagramMtu;
        boolean smaller = mtu.lower(quotedBytes, nextHopBytes, link.clock.nanos());
        mtusChanged();
        return smaller;
    }

    @Override
    public void retain() {
        if (table != null && keepers++ == 0) {
            table.kept(this);
        }
    }

    @Override
    public void release() {
        if (table != null && --keepers == 0) {
            table.becomeIdle(this);
        }
    }

    @Override
    public void suspect() {
        neighbours.suspect(0, nextHop, link.clock.nanos());
    }

    @Override
    public boolean isReady() {
        return (neighbour != null && neighbour.version() == seenVersion) || findNeighbour();
    }

    @Override
    public int headerRoomBytes() {
        return headerRoomBytes;
    }

    @Override
    public TxOffloads offloads() {
        return offloads;
    }

    @Override
    public boolean isHeldUp() {
        return neighbour != null && neighbours.isHeldUp(neighbour, 0, nextHop);
    }

    @Override
    public SendResult send(Buffer frame, int offset, int lengthBytes, int protocol, boolean isData, TxPayload rest) {
        int kind = kind(protocol);
        if (tx.isFull(kind) || (isData && kind == TxQueue.TCP && tx.isFullForData())) {
            return SendResult.QUEUE_FULL;
        }
        Neighbour n = neighbour;
        boolean known = (n != null && n.version() == seenVersion) || findNeighbour();
        Burst waiting = null;
        if (!known) {
            if (neighbour != null && neighbour.isUnreachable()) {
                return SendResult.UNREACHABLE;
            }
            waiting = neighbour == null ? null : neighbours.keep(neighbour, link.clock.nanos());
            if (waiting == null) {
                return SendResult.NEIGHBOUR_BUSY;
            }
        }
        int start = offset - HEADERS;
        int length = lengthBytes + HEADERS;
        int bodyBytes = 0;
        int packets = 1;
        boolean checksum = !offloads.ipv4Checksum();
        if (rest != null) {
            bodyBytes = rest.bodyBytes();
            packets = rest.packets();
            checksum &= !rest.isSegmented();
        }
        writeHeaders(frame.frameAddress() + start, lengthBytes + bodyBytes + Ipv4Header.LENGTH, protocol, checksum);
        nextId += packets;
        if (known) {
            tx.stage(kind, frame, start, length, flags(protocol), rest);
            return SendResult.SENT;
        }
        ACCESS.hold(frame);
        TxQueue.add(waiting, frame, start, length, flags(protocol), rest);
        return SendResult.SENT;
    }

    private int kind(int protocol) {
        if (table == null) {
            return TxQueue.ANSWER;
        }
        return switch (protocol) {
            case Ipv4Header.PROTOCOL_TCP -> TxQueue.TCP;
            case Ipv4Header.PROTOCOL_UDP -> TxQueue.UDP;
            default -> TxQueue.ANSWER;
        };
    }

    private int flags(int protocol) {
        return switch (protocol) {
            case Ipv4Header.PROTOCOL_TCP -> tcpFlags;
            case Ipv4Header.PROTOCOL_UDP -> udpFlags;
            default -> ipv4Flag; // ICMP sums itself
        };
    }

    /** Looks the next hop up. Returns whether a packet can go out at once. */
    private boolean findNeighbour() {
        Neighbour n = neighbours.forSending(0, nextHop, link.clock.nanos());
        neighbour = n;
        if (n == null || !n.isUsable()) {
            seenVersion = 0;
            return false;
        }
        seenVersion = n.version();
        macWords = n.mac() << 16 | ownMac >>> 32;
        return true;
    }

    private void writeHeaders(long at, int totalLength, int protocol, boolean withChecksum) {
        int id = nextId & 0xffff;
        int ttlAndProtocol = Ipv4Header.DEFAULT_TTL << 8 | protocol;
        int checksum = withChecksum
                ? Checksum.complement(addressSum + (0x4500L + dontFragment + ttlAndProtocol) + totalLength + id)
                : 0;
        RawMemory.putLongBe(at, macWords);
        RawMemory.putLongBe(at + 8, typeWords);
        RawMemory.putShortBe(at + 16, totalLength);
        RawMemory.putLongBe(
                at + 18, (long) id << 48 | (long) dontFragment << 32 | (long) ttlAndProtocol << 16 | checksum);
        RawMemory.putLongBe(at + 26, addresses);
    }
}
