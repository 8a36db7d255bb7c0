package io.penstock.libos.tcp.icmp;

import io.penstock.datapath.Status;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.wire.Checksum;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.datapath.wire.IcmpHeader;
import io.penstock.datapath.wire.Ipv4Header;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.Ipv4Network;
import io.penstock.libos.tcp.ip.Secret;
import io.penstock.libos.tcp.ip.SendResult;
import io.penstock.libos.tcp.ipv4.Ipv4Layer;
import io.penstock.libos.tcp.ipv4.Ipv4Path;
import io.penstock.libos.tcp.link.Drop;
import io.penstock.libos.tcp.link.Drops;
import io.penstock.libos.tcp.link.Siblings;
import io.penstock.libos.tcp.link.TxQueue;
import io.penstock.libos.tcp.tcp.TcpEngine;
import io.penstock.libos.tcp.udp.UdpLayer;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;

/**
 * Answers pings in the frames they came in, tells senders what cannot be delivered, and passes on what others tell us.
 *
 * <p>Echo replies go back to the station that the request came from and need no look at the neighbour table; how many
 * there are is bounded by the burst that was received. Errors are limited (RFC 1812, section 4.3.2.8), and never sent
 * about an error, a broadcast or a fragment (RFC 1122, section 3.2.2). Owner's thread.
 */
public final class IcmpHandler {
    private static final int ERRORS_PER_SECOND = 1000;
    private static final int ERROR_BURST = 50;
    /** RFC 1812, section 4.3.2.3: as much of the packet as fits into 576 bytes. */
    private static final int MAX_QUOTED_BYTES = 576 - Ipv4Header.LENGTH - IcmpHeader.LENGTH;

    /** RFC 792: the header and 64 bits. */
    private static final int QUOTED_TRANSPORT_BYTES = 8;
    /** What says whom an error concerns, with as many IP options as there can be. */
    private static final int MAX_TOLD_BYTES = IcmpHeader.LENGTH + 60 + QUOTED_TRANSPORT_BYTES;

    private final Ipv4Layer ip;
    private final TxQueue tx;
    private final long ownMac;
    private final int txRoomBytes;
    private final Clock clock;
    private final Drops drops;
    private final TokenBucket errors;
    private final Counter echoReplies;
    private final Counter errorsSent;
    private final Counter errorsSuppressed;
    private final Counter errorsReceived;
    private final Counter tooLargeBelieved;
    private final Counter tooLargeIgnored;
    private final FlowKey flow = new FlowKey();
    private UdpLayer udp;
    private TcpEngine tcp;
    /** Null if this stack has all of its port. */
    private Siblings siblings;

    public IcmpHandler(Ipv4Layer ip, Clock clock, Secret secret, Remedies remedies) {
        Counters counters = remedies.counters();
        this.ip = ip;
        this.tx = ip.tx();
        this.ownMac = ip.device().macAddress();
        this.txRoomBytes = ip.device().capabilities().txRoomBytes();
        this.clock = clock;
        this.drops = new Drops(remedies);
        this.errors = new TokenBucket(
                ERRORS_PER_SECOND, ERROR_BURST, secret.subkey("icmp").low(), clock.nanos());
        this.echoReplies = counters.counter("icmp.echo-replies");
        this.errorsSent = counters.counter("icmp.errors.sent");
        this.errorsSuppressed = counters.counter("icmp.errors.suppressed");
        this.tooLargeBelieved = counters.counter("icmp.too-large.believed");
        this.tooLargeIgnored = counters.counter("icmp.too-large.ignored");
        this.errorsReceived = counters.counter("icmp.errors.received");
    }

    /** Who learns of errors. Before the first packet. */
    public void transports(UdpLayer udpLayer, TcpEngine tcpEngine) {
        udp = udpLayer;
        tcp = tcpEngine;
    }

    /** Whom else on the port to tell of errors. */
    public void siblings(Siblings others) {
        siblings = others;
    }

    /**
     * A message came in; takes over the frame's reference.
     *
     * @param ipOffset where the IP header begins in the frame; the Ethernet header stands right before it
     * @param icmpOffset where the ICMP header begins
     * @param lengthBytes ICMP header and data
     * @param toGroup whether it was sent to a broadcast address
     */
    public void receive(Buffer frame, int ipOffset, int icmpOffset, int lengthBytes, boolean toGroup) {
        long at = frame.frameAddress() + icmpOffset;
        if (lengthBytes < IcmpHeader.LENGTH) {
            drops.drop(frame, Drop.ICMP_MALFORMED);
            return;
        }
        if (Checksum.fold(Checksum.sum(at, lengthBytes)) != 0xffff) {
            drops.drop(frame, Drop.ICMP_CHECKSUM);
            return;
        }
        switch (IcmpHeader.type(at)) {
            case IcmpHeader.ECHO_REQUEST -> {
                if (toGroup || IcmpHeader.code(at) != 0) {
                    drops.drop(frame, Drop.ICMP_IGNORED); // an answer to a broadcast helps attackers only
                } else {
                    reply(frame, ipOffset, icmpOffset, lengthBytes);
                }
            }
            case IcmpHeader.DESTINATION_UNREACHABLE, IcmpHeader.TIME_EXCEEDED, IcmpHeader.PARAMETER_PROBLEM ->
                error(frame, at, lengthBytes);
            default -> drops.drop(frame, Drop.ICMP_IGNORED);
        }
    }

    private void reply(Buffer frame, int ipOffset, int icmpOffset, int lengthBytes) {
        long ethernet = frame.frameAddress() + ipOffset - EthernetHeader.LENGTH;
        long requester = EthernetHeader.source(ethernet);
        int source = Ipv4Header.source(frame.frameAddress() + ipOffset);
        // Options of the request are left out: the header moves up to the message.
        int start = icmpOffset - Ipv4Header.LENGTH - EthernetHeader.LENGTH;
        if (start >= txRoomBytes && !tx.isFull(TxQueue.ANSWER)) {
            long at = frame.frameAddress() + start;
            IcmpHeader.turnEchoAround(frame.frameAddress() + icmpOffset);
            Ipv4Header.write(
                    at + EthernetHeader.LENGTH,
                    Ipv4Header.LENGTH + lengthBytes,
                    0, // RFC 6864, section 4.1: any value does where fragmentation is forbidden
                    Ipv4Header.PROTOCOL_ICMP,
                    ip.network().address(),
                    source);
            EthernetHeader.write(at, requester, ownMac, EthernetHeader.TYPE_IPV4);
            tx.stage(TxQueue.ANSWER, frame, start, EthernetHeader.LENGTH + Ipv4Header.LENGTH + lengthBytes);
            echoReplies.increment();
        }
        frame.release();
    }

    /**
     * Tells the sender of a packet that it cannot be delivered, in the frame that it came in; takes over the frame's
     * reference. The caller has made sure that it was sent to us alone.
     *
     * @param ipOffset where the packet's IP header begins
     * @param totalLengthBytes the packet's length from there
     * @param code one of {@link IcmpHeader}'s
     */
    public void unreachable(Buffer frame, int ipOffset, int totalLengthBytes, int code) {
        Ipv4Path path = ip.answerPath(Ipv4Header.source(frame.frameAddress() + ipOffset));
        int offset = ipOffset - IcmpHeader.LENGTH;
        if (path == null || offset < path.headerRoomBytes() || !errors.take(clock.nanos())) {
            errorsSuppressed.increment();
        } else {
            int quoted = Math.min(totalLengthBytes, MAX_QUOTED_BYTES);
            IcmpHeader.writeError(frame.frameAddress() + offset, IcmpHeader.DESTINATION_UNREACHABLE, code, quoted);
            SendResult result = path.send(frame, offset, IcmpHeader.LENGTH + quoted, Ipv4Header.PROTOCOL_ICMP);
            (result == SendResult.SENT ? errorsSent : errorsSuppressed).increment();
        }
        frame.release();
    }

    /** The link gave a packet of ours up: as if an ICMP error of type host unreachable had come, but sure to be true. */
    public void givenUp(long packet) {
        long transport = packet + Ipv4Header.LENGTH; // we send no options
        setFlow(packet, transport);
        switch (Ipv4Header.protocol(packet)) {
            case Ipv4Header.PROTOCOL_TCP -> tcp.onHostUnreachable(flow);
            case Ipv4Header.PROTOCOL_UDP -> udp.onUnreachable(flow, Status.HOST_UNREACHABLE);
            default -> {} // nobody waits for an answer
        }
    }

    /** Between whom a packet of ours was. */
    private void setFlow(long packet, long transport) {
        flow.local(0, Ipv4Network.mapped(ip.network().address()));
        flow.remote(0, Ipv4Network.mapped(Ipv4Header.destination(packet)));
        flow.ports =
                FlowKey.ports(RawMemory.getUnsignedShortBe(transport), RawMemory.getUnsignedShortBe(transport + 2));
    }

    private void error(Buffer frame, long at, int lengthBytes) {
        if (!isAboutOurs(at, lengthBytes)) {
            drops.drop(frame, Drop.ICMP_MALFORMED);
            return;
        }
        errorsReceived.increment();
        if (siblings != null) { // the packet may be another's, who has our address too
            siblings.tell(Siblings.ICMP_ERROR, at, Math.min(lengthBytes, MAX_TOLD_BYTES));
        }
        believe(at);
        frame.release();
    }

    /** An error came in on another queue of the port: its first bytes, whose checksum was right. */
    public void relayed(long at, int lengthBytes) {
        if (isAboutOurs(at, lengthBytes)) {
            believe(at);
        }
    }

    /** Whether an error is about a packet that claims to be ours: its first bytes say which. */
    private boolean isAboutOurs(long at, int lengthBytes) {
        long quoted = at + IcmpHeader.LENGTH;
        int quotedLength = lengthBytes - IcmpHeader.LENGTH;
        int headerLength = quotedLength < Ipv4Header.LENGTH ? 0 : Ipv4Header.headerLength(quoted);
        return headerLength >= Ipv4Header.LENGTH
                && quotedLength >= headerLength + QUOTED_TRANSPORT_BYTES
                && Ipv4Header.version(quoted) == 4
                && Ipv4Header.source(quoted) == ip.network().address()
                && !Ipv4Header.isLaterFragment(quoted);
    }

    private void believe(long at) {
        long quoted = at + IcmpHeader.LENGTH;
        long transport = quoted + Ipv4Header.headerLength(quoted);
        setFlow(quoted, transport);
        boolean unreachable = IcmpHeader.type(at) == IcmpHeader.DESTINATION_UNREACHABLE;
        int code = IcmpHeader.code(at);
        if (unreachable && code == IcmpHeader.CODE_FRAGMENTATION_NEEDED) {
            tooLarge(at, quoted, transport);
        }
        // RFC 1122, section 4.2.3.9: protocol and port unreachable are hard errors; "fragmentation needed" is not one
        // since RFC 1191.
        boolean hard = unreachable && (code == IcmpHeader.CODE_PROTOCOL || code == IcmpHeader.CODE_PORT);
        switch (Ipv4Header.protocol(quoted)) {
            case Ipv4Header.PROTOCOL_TCP -> {
                if (!unreachable || code != IcmpHeader.CODE_FRAGMENTATION_NEEDED) {
                    tcp.onIcmpUnreachable(flow, RawMemory.getIntBe(transport + 4), hard);
                }
            }
            case Ipv4Header.PROTOCOL_UDP -> {
                if (unreachable) {
                    udp.onUnreachable(flow, status(code));
                }
            }
            default -> {} // nothing else was sent
        }
    }

    /** RFC 1191, section 4: a packet was too large for a router's next link, whose MTU it may have told. */
    private void tooLarge(long at, long quoted, long transport) {
        int length = Ipv4Header.totalLength(quoted);
        int nextHop = RawMemory.getUnsignedShortBe(at + 6);
        boolean believed = switch (Ipv4Header.protocol(quoted)) {
            case Ipv4Header.PROTOCOL_TCP -> {
                int sequence = RawMemory.getIntBe(transport + 4);
                yield tcp.onTooLarge(flow, sequence, length, nextHop);
            }
            case Ipv4Header.PROTOCOL_UDP -> {
                Ipv4Path path = udp.mayHaveSent(flow) ? ip.known(Ipv4Header.destination(quoted)) : null;
                if (path != null) {
                    path.tooLarge(Ipv4Header.PROTOCOL_UDP, length, nextHop);
                }
                yield path != null;
            }
            default -> false; // nothing else was sent
        };
        (believed ? tooLargeBelieved : tooLargeIgnored).increment();
    }

    private static Status status(int code) {
        return switch (code) {
            case IcmpHeader.CODE_PORT, IcmpHeader.CODE_PROTOCOL -> Status.CONNECTION_REFUSED;
            case IcmpHeader.CODE_FRAGMENTATION_NEEDED -> Status.MESSAGE_TOO_LONG;
            case IcmpHeader.CODE_NETWORK -> Status.NETWORK_UNREACHABLE;
            default -> Status.HOST_UNREACHABLE;
        };
    }
}
