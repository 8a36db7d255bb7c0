package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.counters.Remedy;

/** TCP's counters, looked up by name once, and what to do about those that an operator can mend. */
final class TcpCounters {
    final Counter rxSegments;
    final Counter rxBadChecksum;
    final Counter rxMalformed;
    final Counter rxOutOfOrder;
    final Counter rxDuplicate;
    final Counter rxOutOfWindow;
    /** Received bytes for which there was no place: behind a gap, or since frames are few. */
    final Counter rxDroppedMemory;
    /** Those among them that a larger pool would have kept. The detail is how many frames were free. */
    final Remedy rxDroppedFramesFew;
    /** A SYN to a port where nobody listens, which is the detail. */
    final Remedy noListener;
    /** Frames from behind gaps that had to go before the gap was filled, to make room. */
    final Counter rxEvicted;

    final Counter rxCoalescedBytes;
    final Counter txSegments;
    final Counter txCopiedBytes;
    final Counter txGatheredBytes;
    final Counter txTsoPackets;
    final Counter txBlocked;
    final Counter retransmits;
    final Counter fastRetransmits;
    final Counter timeouts;
    final Counter zeroWindowProbes;
    final Counter connectionsOpen;
    final Counter connectionsAccepted;
    final Counter connectionsConnected;
    final Counter connectionsTimedOut;
    /** The detail is the low half of the peer's address. */
    final Remedy connectionsSlow;

    final Counter listenOverflow;
    /** So many connections wait for an accept as the listener lets. The detail is its backlog, and its port below. */
    final Remedy backlogFull;
    /** There are as many connections or TCP queues as there may be. No detail. */
    final Remedy connectionsFull;

    final Counter halfOpen;
    /** A connection that was only begun made way for the next. The detail is the port of the listener. */
    final Remedy halfOpenEvicted;

    final Counter resetsSent;
    final Counter resetsReceived;
    final Counter challengeAcks;
    final Counter keepAlivesSent;
    final Counter keepAlivesAnswered;
    final Counter timeWait;
    final Counter timeWaitOverflow;

    TcpCounters(Remedies remedies, int maxConnections) {
        Counters counters = remedies.counters();
        rxSegments = counters.counter("tcp.rx.segments");
        rxBadChecksum = counters.counter("tcp.rx.bad-checksum");
        rxMalformed = counters.counter("tcp.rx.malformed");
        rxOutOfOrder = counters.counter("tcp.rx.out-of-order");
        rxDuplicate = counters.counter("tcp.rx.duplicate");
        rxOutOfWindow = counters.counter("tcp.rx.out-of-window");
        rxDroppedMemory = counters.counter("tcp.rx.dropped.memory");
        rxDroppedFramesFew = remedies.add(
                "tcp.rx.dropped.memory.frames-few",
                free -> "received bytes were dropped, to be sent again, since frames are few (" + free
                        + " were free): raise --frames (StackConfig.frames), or pop and release sooner");
        noListener = remedies.add(
                "tcp.rx.no-listener",
                port -> "clients connect to TCP port " + port
                        + ", where nobody listens, and are refused: check the port of the server (--tcp, --port) and of"
                        + " its clients");
        rxEvicted = counters.counter("tcp.rx.out-of-order.evicted");
        rxCoalescedBytes = counters.counter("tcp.rx.coalesced.bytes", CounterType.TOTAL_BYTES);
        txSegments = counters.counter("tcp.tx.segments");
        txCopiedBytes = counters.counter("tcp.tx.copied.bytes", CounterType.TOTAL_BYTES);
        txGatheredBytes = counters.counter("tcp.tx.gathered.bytes", CounterType.TOTAL_BYTES);
        txTsoPackets = counters.counter("tcp.tx.tso.packets");
        txBlocked = counters.counter("tcp.tx.blocked");
        retransmits = counters.counter("tcp.retransmits");
        fastRetransmits = counters.counter("tcp.retransmits.fast");
        timeouts = counters.counter("tcp.timeouts");
        zeroWindowProbes = counters.counter("tcp.zero-window-probes");
        connectionsOpen = counters.counter("tcp.connections.open", CounterType.GAUGE);
        connectionsAccepted = counters.counter("tcp.connections.accepted");
        connectionsConnected = counters.counter("tcp.connections.connected");
        connectionsTimedOut = counters.counter("tcp.connections.timed-out");
        connectionsSlow = remedies.add(
                "tcp.connections.ended.slow",
                peer -> "frames are few, and peers such as " + address(peer)
                        + " did not take what was pushed to them, and"
                        + " were reset: raise --frames (StackConfig.frames), or give them longer"
                        + " (--set tcp.stalled-peer, tcp.slow-peer)");
        listenOverflow = counters.counter("tcp.listen.overflow");
        backlogFull = remedies.add(
                "tcp.listen.overflow.backlog",
                detail -> "TCP port " + (detail & 0xffff) + " has " + (detail >>> 16)
                        + " connections that wait for an accept, as many as its backlog lets: accept sooner (keep an accept"
                        + " waiting), or listen with a larger backlog");
        connectionsFull = remedies.add(
                "api.refused.connections",
                _ -> "there are as many TCP connections as there may be (" + maxConnections
                        + "): close those that are over, or raise --set tcp.max-connections"
                        + " (StackConfig.maxConnections)");
        halfOpen = counters.counter("tcp.half-open", CounterType.GAUGE);
        halfOpenEvicted = remedies.add(
                "tcp.half-open.evicted",
                port -> "more connections to TCP port " + port + " are begun than ended their handshake: look who sends"
                        + " SYNs to it (a flood from false addresses?) and have a router in front filter them");
        resetsSent = counters.counter("tcp.resets.sent");
        resetsReceived = counters.counter("tcp.resets.received");
        challengeAcks = counters.counter("tcp.challenge-acks");
        keepAlivesSent = counters.counter("tcp.keep-alives.sent");
        keepAlivesAnswered = counters.counter("tcp.keep-alives.answered");
        timeWait = counters.counter("tcp.time-wait", CounterType.GAUGE);
        timeWaitOverflow = counters.counter("tcp.time-wait.overflow");
    }

    private static String address(long low) {
        return Endpoint.ipv4ToString((int) low);
    }
}
