package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.datapath.wire.TcpHeader;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.ip.PartialChecksums;
import io.penstock.libos.tcp.ip.Socket;
import io.penstock.libos.tcp.ip.TransportContext;
import io.penstock.libos.tcp.stream.Sequence;
import java.util.Objects;

/**
 * TCP for one stack (RFC 9293).
 *
 * <p>A turn of the stack's loop hands {@link #input} what came, calls {@link #fireTimers} for what is due, and
 * {@link #transmit} once at its end: nothing but resets without a connection is sent before that, so that an
 * acknowledgement travels with the answer that the application gave in between.
 *
 * <p>One thread, the pool's owner. Nothing here throws because of what a peer sends.
 */
public final class TcpEngine {
    private final TcpContext context;
    private final ConnectionEnd end;
    private final TcpOutput.HeldUp heldUp;
    private final VanishedPeers vanishedPeers;
    private final TcpOutput output;
    private final TcpSocket.Pool sockets;
    private final PassiveOpen passiveOpen;
    private final TcpInput input;
    private final TcpTimers timers;

    public TcpEngine(TransportContext transport, TcpConfig config) {
        context = new TcpContext(transport, config);
        SegmentWriter writer = new SegmentWriter(context);
        BehindGaps behindGaps = new BehindGaps(context);
        end = new ConnectionEnd(context, writer, behindGaps);
        heldUp = new TcpOutput.HeldUp(context);
        output = new TcpOutput(context, writer, heldUp, end);
        KeepAliveTimer keepAlives = new KeepAliveTimer(context, writer, end);
        UserTimeout userTimeouts = new UserTimeout(context, end);
        SlowPeers slowPeers = new SlowPeers(context, end);
        vanishedPeers = new VanishedPeers(context, end, keepAlives, transport.remedies());
        DataReceiver receiver = new DataReceiver(context, behindGaps, end);
        Handshake handshake = new Handshake(context, writer, end, receiver, keepAlives, vanishedPeers);
        sockets =
                new TcpSocket.Pool(context, end, handshake, receiver, output, keepAlives, userTimeouts, vanishedPeers);
        passiveOpen = new PassiveOpen(context, writer, handshake, receiver, vanishedPeers, sockets);
        SegmentArrival arrival = new SegmentArrival(context, handshake, receiver, end);
        input = new TcpInput(context, new PartialChecksums(transport), writer, handshake, passiveOpen, arrival);
        timers = new TcpTimers(context, end, keepAlives, userTimeouts, passiveOpen, slowPeers, vanishedPeers, heldUp);
    }

    /** Who gives accepted connections their descriptors. Before the first accept. */
    public void descriptors(Socket.Descriptors source) {
        sockets.descriptors(Objects.requireNonNull(source));
    }

    /** What takes the segments that come in. */
    public TcpInput input() {
        return input;
    }

    /**
     * ICMP says that a segment of ours did not arrive (RFC 5927): believed only if it quotes a sequence number that is
     * under way, and fatal only during the handshake.
     *
     * @param flow between whom the segment was, without its hash
     * @param sequenceNumber of the segment
     * @param hard whether trying again is pointless: protocol or port unreachable
     */
    public void onIcmpUnreachable(FlowKey flow, int sequenceNumber, boolean hard) {
        context.flowHash.set(flow);
        int begun = context.halfOpen.find(flow);
        if (begun != HalfOpenTable.NONE) {
            if (hard && sequenceNumber == context.halfOpen.iss(begun)) {
                context.forgetHalfOpen(begun); // as if its SYN-ACKs had been sent often enough
            }
            return;
        }
        TcpConnection c = context.connections.find(flow);
        if (c == null || Sequence.lt(sequenceNumber, c.send.una) || Sequence.geq(sequenceNumber, c.send.nxt)) {
            return;
        }
        unreachable(c, hard, Status.CONNECTION_REFUSED);
    }

    /**
     * A router says that a segment of ours is too large for its next link (RFC 1191): believed only if it quotes a sequence
     * number that is under way (RFC 5927, section 7). What is under way on the path goes again at once, in smaller segments:
     * it would be lost for sure.
     *
     * @param flow between whom the segment was, without its hash
     * @param sequenceNumber of the segment
     * @param quotedBytes how long the packet was
     * @param nextHopBytes what the router can pass on; 0 if it does not say
     * @return whether it was believed
     */
    public boolean onTooLarge(FlowKey flow, int sequenceNumber, int quotedBytes, int nextHopBytes) {
        context.flowHash.set(flow);
        TcpConnection c = context.connections.find(flow);
        if (c == null
                || !c.state.isSynchronized()
                || Sequence.lt(sequenceNumber, c.send.una)
                || Sequence.geq(sequenceNumber, c.send.nxt)) {
            return false;
        }
        IpPath path = c.path;
        if (path.tooLarge(TcpHeader.PROTOCOL, quotedBytes, nextHopBytes)) {
            for (int i = 0; i < context.connections.slots(); i++) {
                TcpConnection other = context.connections.at(i);
                if (other != null && other.path == path && other.send.flight() > 0 && other.state.isSynchronized()) {
                    LossRecovery.onTooLarge(other.send, context.sampleNow(other));
                    context.markReady(other);
                    context.retransmitIn(other, other.send.rtt.rtoNanos());
                }
            }
        }
        return true;
    }

    /**
     * The link gave a segment of ours up, because no neighbour answers for its next hop: known for sure, unlike ICMP, and
     * the end of a handshake. To a connection it is no news: a peer that fell silent, which the timers find.
     */
    public void onHostUnreachable(FlowKey flow) {
        context.flowHash.set(flow);
        int begun = context.halfOpen.find(flow);
        if (begun != HalfOpenTable.NONE) {
            context.forgetHalfOpen(begun); // as if its SYN-ACKs had been sent often enough
            return;
        }
        TcpConnection c = context.connections.find(flow);
        if (c != null && c.state.isHandshake()) {
            unreachable(c, true, Status.HOST_UNREACHABLE);
        }
    }

    private void unreachable(TcpConnection c, boolean hard, Status why) {
        if (!hard || !c.state.isHandshake()) {
            c.softError = Status.HOST_UNREACHABLE;
        } else {
            end.fail(c, why);
        }
    }

    /** Tells whether packets come faster than they are taken: then windows stay as narrow as they are. */
    public void loopIsBehind(boolean behind) {
        context.budget.behind = behind;
    }

    /**
     * Tells whether packets can pass at present.
     *
     * @param hasReturned whether they could not for some time since this was told last, however short
     */
    public void link(boolean up, boolean hasReturned) {
        timers.link(!up);
        if (hasReturned) {
            timers.onLinkBack();
        }
    }

    /** Fires what is due. Returns how many timers fired. */
    public int fireTimers(long nowNanos) {
        return timers.fire(nowNanos);
    }

    /** No timer is due before this moment; {@link Long#MAX_VALUE} if none is armed. */
    public long nextDeadlineNanos() {
        return Math.min(timers.nextDeadlineNanos(), context.room.nextDeadlineNanos(context.clock.nanos()));
    }

    /** Sends what connections have to send now. Returns how many segments were given down. */
    public int transmit() {
        if (!context.waitingListeners.isEmpty()) {
            sockets.serveWaiting();
        }
        context.room.serve();
        int synAcks = context.owesSynAcks ? passiveOpen.transmit() : 0;
        return synAcks + output.transmit();
    }

    /** A new socket, or null if there is no room for one more. */
    public TcpSocket open() {
        vanishedPeers.roomIsWanted();
        TcpSocket socket = sockets.take();
        if (socket == null) {
            context.counters.connectionsFull.count();
        }
        return socket;
    }

    /** Aborts everything, tells peers as far as that can go now, and gives all frames back. */
    public void close() {
        sockets.abortAll();
        for (TcpConnection c = context.connections.any(); c != null; c = context.connections.any()) {
            end.abort(c, Status.CANCELLED);
        }
        transmit();
    }

    /** How many connections there are, closing ones included; those in TIME-WAIT, or begun and not finished by a peer, not. */
    public int connections() {
        return context.connections.size();
    }

    /** As {@link #connections}, with those that a peer has begun and not finished. */
    int connectionsBegun() {
        return context.connections.size() + context.halfOpen.size();
    }

    /** How many connections have not acknowledged all that was pushed and a FIN behind it. Looks at each of them. */
    public int undelivered() {
        return context.connections.undelivered();
    }

    TcpContext context() {
        return context;
    }
}
