package io.penstock.libos.tcp.input;

import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.device.PacketFlags;
import io.penstock.datapath.wire.IcmpHeader;
import io.penstock.datapath.wire.Ipv4Header;
import io.penstock.datapath.wire.UdpHeader;
import io.penstock.libos.tcp.icmp.IcmpHandler;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.Ipv4Network;
import io.penstock.libos.tcp.link.Drop;
import io.penstock.libos.tcp.link.Drops;
import io.penstock.libos.tcp.tcp.TcpInput;
import io.penstock.libos.tcp.udp.UdpLayer;
import io.penstock.memory.Buffer;

/** Checks IPv4 headers (RFC 1122, section 3.2.1) and hands packets to their transport. Owner's thread. */
public final class Ipv4Input {
    private final Ipv4Network network;
    private final int ownAddress;
    private final long ownMapped;
    private final IcmpHandler icmp;
    private final UdpLayer udp;
    private final TcpInput tcp;
    private final Drops drops;
    private final FlowKey flow = new FlowKey();

    public Ipv4Input(Ipv4Network network, IcmpHandler icmp, UdpLayer udp, TcpInput tcp, Remedies remedies) {
        this.network = network;
        this.ownAddress = network.address();
        this.ownMapped = Ipv4Network.mapped(ownAddress);
        this.icmp = icmp;
        this.udp = udp;
        this.tcp = tcp;
        this.drops = new Drops(remedies);
    }

    /**
     * A packet came in; takes over the frame's reference.
     *
     * @param offset where the IP header begins in the frame, at least 14
     * @param availableBytes from there to the end of what was received
     * @param groupFrame whether the Ethernet frame was sent to everybody
     * @param flags which checksums the device has found right ({@link PacketFlags})
     */
    public void receive(Buffer frame, int offset, int availableBytes, boolean groupFrame, int flags) {
        long at = frame.frameAddress() + offset;
        if (availableBytes < Ipv4Header.LENGTH) {
            drops.drop(frame, Drop.TOO_SHORT);
            return;
        }
        if (Ipv4Header.version(at) != 4) {
            drops.drop(frame, Drop.IP_VERSION);
            return;
        }
        int headerLength = Ipv4Header.headerLength(at);
        int totalLength = Ipv4Header.totalLength(at);
        // Ethernet pads short packets, so there may be more bytes than the packet has, but never fewer.
        if (headerLength < Ipv4Header.LENGTH || totalLength < headerLength || totalLength > availableBytes) {
            drops.drop(frame, Drop.IP_HEADER);
            return;
        }
        boolean verified = (flags & PacketFlags.RX_IPV4_CHECKSUM_GOOD) != 0;
        if (!verified && !Ipv4Header.isChecksumRight(at, headerLength)) {
            drops.drop(frame, Drop.IP_CHECKSUM);
            return;
        }
        int destination = Ipv4Header.destination(at);
        boolean toGroup = groupFrame || destination != ownAddress;
        // RFC 1122, section 3.3.6: a packet to one host in a frame to all is discarded.
        if (toGroup && (!network.isBroadcast(destination) || !groupFrame)) {
            foreign(frame, destination, groupFrame);
            return;
        }
        int source = Ipv4Header.source(at);
        // Our own address as the source is the "land" attack: the answer would come back to us.
        if (!Ipv4Network.isUnicast(source) || source == ownAddress || network.isBroadcast(source)) {
            drops.drop(frame, Drop.IP_SOURCE);
            return;
        }
        if (Ipv4Header.isFragment(at)) {
            drops.drop(frame, Drop.IP_FRAGMENT, source);
            return;
        }
        dispatch(frame, offset, headerLength, totalLength, toGroup, (flags & PacketFlags.RX_L4_CHECKSUM_GOOD) != 0);
    }

    private void dispatch(
            Buffer frame, int offset, int headerLength, int totalLength, boolean toGroup, boolean verified) {
        long at = frame.frameAddress() + offset;
        int transportOffset = offset + headerLength;
        int length = totalLength - headerLength;
        flow.remote(0, Ipv4Network.mapped(Ipv4Header.source(at)));
        switch (Ipv4Header.protocol(at)) {
            case Ipv4Header.PROTOCOL_TCP -> {
                if (toGroup) { // RFC 9293, section 3.9.2.3
                    drops.drop(frame, Drop.IP_GROUP);
                } else {
                    flow.local(0, ownMapped);
                    tcp.receive(frame, transportOffset, length, verified, flow);
                }
            }
            case Ipv4Header.PROTOCOL_UDP -> {
                flow.local(0, toGroup ? Ipv4Network.mapped(Ipv4Header.destination(at)) : ownMapped);
                if (!udp.receive(frame, transportOffset, length, verified, flow)) {
                    noQueue(frame, offset, transportOffset, totalLength, toGroup);
                }
            }
            case Ipv4Header.PROTOCOL_ICMP -> icmp.receive(frame, offset, transportOffset, length, toGroup);
            default -> {
                drops.count(Drop.IP_PROTOCOL);
                refuse(frame, offset, totalLength, toGroup, IcmpHeader.CODE_PROTOCOL);
            }
        }
    }

    /** A frame to us alone was sent by somebody who takes us for another host, or for a router. */
    private void foreign(Buffer frame, int destination, boolean groupFrame) {
        if (groupFrame || !Ipv4Network.isUnicast(destination) || network.isBroadcast(destination)) {
            drops.drop(frame, Drop.IP_GROUP);
        } else {
            drops.drop(frame, Drop.IP_DESTINATION, destination);
        }
    }

    /** What hosts say to everybody on the link is no sign of a mistake. */
    private void noQueue(Buffer frame, int offset, int udpOffset, int totalLength, boolean toGroup) {
        if (toGroup) {
            drops.drop(frame, Drop.IP_GROUP);
        } else {
            drops.count(Drop.UDP_NO_QUEUE, UdpHeader.destinationPort(frame.frameAddress() + udpOffset));
            refuse(frame, offset, totalLength, false, IcmpHeader.CODE_PORT);
        }
    }

    private void refuse(Buffer frame, int offset, int totalLength, boolean toGroup, int code) {
        if (toGroup) {
            frame.release();
        } else {
            icmp.unreachable(frame, offset, totalLength, code);
        }
    }
}
