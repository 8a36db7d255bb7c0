package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.ip.PartialChecksums;
import io.penstock.libos.tcp.ip.TransportContext;
import io.penstock.memory.Buffer;
import java.util.Objects;

/**
 * TCP for one stack (RFC 9293).
 *
 * <p>A turn of the stack's loop calls {@link #onSegment} for what came, {@link #fireTimers} for what is due, and
 * {@link #transmit} once at its end: nothing but resets without a connection is sent before that, so that an
 * acknowledgement travels with the answer that the application gave in between.
 *
 * <p>One thread, the pool's owner. Nothing here throws because of what a peer sends.
 */
public final class TcpEngine {
    private final TcpCore core;
    private final TcpInput input;
    private final TcpTimers timers;

    public TcpEngine(TransportContext context, TcpConfig config) {
        core = new TcpCore(context, config);
        input = new TcpInput(core, new PartialChecksums(context));
        timers = new TcpTimers(core);
    }

    /** Who gives accepted connections their descriptors. Before the first accept. */
    public void descriptors(DescriptorSource source) {
        core.acceptQueue.descriptors = Objects.requireNonNull(source);
    }

    /**
     * A segment came in.
     *
     * @param frame the reference passes to the engine
     * @param tcpOffset where the TCP header begins in the frame
     * @param lengthBytes header and payload, as IP's length says
     * @param verified whether the device has found the checksum right
     */
    public void onSegment(
            Buffer frame,
            int tcpOffset,
            int lengthBytes,
            boolean verified,
            long sourceHigh,
            long sourceLow,
            long localHigh,
            long localLow) {
        Segment s = input.segment();
        s.remoteHigh = sourceHigh;
        s.remoteLow = sourceLow;
        s.localHigh = localHigh;
        s.localLow = localLow;
        input.receive(frame, tcpOffset, lengthBytes, verified);
    }

    /**
     * ICMP says that a segment of ours did not arrive (RFC 5927): believed only if it quotes a sequence number that is
     * under way, and fatal only during the handshake.
     *
     * @param hard whether trying again is pointless: protocol or port unreachable
     */
    public void onIcmpUnreachable(
            long localHigh,
            long localLow,
            int localPort,
            long remoteHigh,
            long remoteLow,
            int remotePort,
            int sequenceNumber,
            boolean hard) {
        int ports = FourTuple.ports(localPort, remotePort);
        int hash = core.tuples.hash(localHigh, localLow, remoteHigh, remoteLow, ports);
        int begun = core.halfOpen.find(hash, localHigh, localLow, remoteHigh, remoteLow, ports);
        if (begun != HalfOpenTable.NONE) {
            if (hard && sequenceNumber == core.halfOpen.iss(begun)) {
                core.passiveOpen.unreachable(begun);
            }
            return;
        }
        Tcb t = core.connections.find(hash, localHigh, localLow, remoteHigh, remoteLow, ports);
        if (t == null || Sequence.lt(sequenceNumber, t.sndUna) || Sequence.geq(sequenceNumber, t.sndNxt)) {
            return;
        }
        unreachable(t, hard, Status.CONNECTION_REFUSED);
    }

    /**
     * A router says that a segment of ours is too large for its next link (RFC 1191): believed only if it quotes a sequence
     * number that is under way (RFC 5927, section 7). What is under way on the path goes again at once, in smaller segments:
     * it would be lost for sure.
     *
     * @param quotedBytes how long the packet was
     * @param nextHopBytes what the router can pass on; 0 if it does not say
     * @return whether it was believed
     */
    public boolean onTooLarge(
            long localHigh,
            long localLow,
            int localPort,
            long remoteHigh,
            long remoteLow,
            int remotePort,
            int sequenceNumber,
            int quotedBytes,
            int nextHopBytes) {
        int ports = FourTuple.ports(localPort, remotePort);
        int hash = core.tuples.hash(localHigh, localLow, remoteHigh, remoteLow, ports);
        Tcb t = core.connections.find(hash, localHigh, localLow, remoteHigh, remoteLow, ports);
        if (t == null
                || !t.state.isSynchronized()
                || Sequence.lt(sequenceNumber, t.sndUna)
                || Sequence.geq(sequenceNumber, t.sndNxt)) {
            return false;
        }
        IpPath path = t.path;
        if (path.tooLarge(TcpHeader.PROTOCOL, quotedBytes, nextHopBytes)) {
            for (int i = 0; i < core.connections.slots(); i++) {
                Tcb other = core.connections.at(i);
                if (other != null && other.path == path && other.flight() > 0 && other.state.isSynchronized()) {
                    other.recovery.onTooLarge(other);
                    core.markDirty(other);
                    core.output.setRetransmitDeadline(other, other.rtt.rtoNanos());
                }
            }
        }
        return true;
    }

    /**
     * The link gave a segment of ours up, because no neighbour answers for its next hop: known for sure, unlike ICMP, and
     * the end of a handshake. To a connection it is no news: a peer that fell silent, which the timers find.
     */
    public void onHostUnreachable(
            long localHigh, long localLow, int localPort, long remoteHigh, long remoteLow, int remotePort) {
        int ports = FourTuple.ports(localPort, remotePort);
        int hash = core.tuples.hash(localHigh, localLow, remoteHigh, remoteLow, ports);
        int begun = core.halfOpen.find(hash, localHigh, localLow, remoteHigh, remoteLow, ports);
        if (begun != HalfOpenTable.NONE) {
            core.passiveOpen.unreachable(begun);
            return;
        }
        Tcb t = core.connections.find(hash, localHigh, localLow, remoteHigh, remoteLow, ports);
        if (t != null && t.state.isHandshake()) {
            unreachable(t, true, Status.HOST_UNREACHABLE);
        }
    }

    private void unreachable(Tcb t, boolean hard, Status why) {
        if (!hard || !t.state.isHandshake()) {
            t.softError = Status.HOST_UNREACHABLE;
        } else {
            core.end.fail(t, why);
        }
    }

    /** Tells whether packets come faster than they are taken: then windows stay as narrow as they are. */
    public void loopIsBehind(boolean behind) {
        core.budget.behind = behind;
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
        return timers.nextDeadlineNanos();
    }

    /** Sends what connections have to send now. Returns how many segments were given down. */
    public int transmit() {
        core.acceptQueue.serveWaiting();
        core.slowPeers.watchIfFramesAreFew();
        return core.passiveOpen.transmit() + core.output.transmit();
    }

    /** A new socket, or null if there is no room for one more. */
    public TcpSocket open() {
        core.vanishedPeers.roomIsWanted();
        TcpSocket socket = core.takeSocket();
        if (socket == null) {
            core.counters.connectionsFull.count();
        }
        return socket;
    }

    /** Aborts everything, tells peers as far as that can go now, and gives all frames back. */
    public void close() {
        core.abortSockets();
        for (Tcb t = core.connections.any(); t != null; t = core.connections.any()) {
            core.end.abort(t, Status.CANCELLED);
        }
        transmit();
    }

    /** How many connections there are, closing ones included; those in TIME-WAIT, or begun and not finished by a peer, not. */
    public int connections() {
        return core.connections.size();
    }

    /** As {@link #connections}, with those that a peer has begun and not finished. */
    int connectionsBegun() {
        return core.connections.size() + core.halfOpen.size();
    }

    /** How many connections have not acknowledged all that was pushed and a FIN behind it. Looks at each of them. */
    public int undelivered() {
        return core.connections.undelivered();
    }

    TcpCore core() {
        return core;
    }
}
