package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;

/** TCP's counters, looked up by name once. */
final class TcpCounters {
    final Counter rxSegments;
    final Counter rxBadChecksum;
    final Counter rxMalformed;
    final Counter rxOutOfOrder;
    final Counter rxDuplicate;
    final Counter rxOutOfWindow;
    final Counter rxDroppedMemory;
    final Counter rxCoalescedBytes;
    final Counter txSegments;
    final Counter txCopiedBytes;
    final Counter txGatheredBytes;
    final Counter txCutPackets;
    final Counter txBlocked;
    final Counter retransmits;
    final Counter fastRetransmits;
    final Counter timeouts;
    final Counter zeroWindowProbes;
    final Counter connectionsOpen;
    final Counter connectionsAccepted;
    final Counter connectionsConnected;
    final Counter connectionsTimedOut;
    final Counter connectionsSlow;
    final Counter listenOverflow;
    final Counter halfOpen;
    final Counter halfOpenEvicted;
    final Counter resetsSent;
    final Counter resetsReceived;
    final Counter challengeAcks;
    final Counter timeWait;
    final Counter timeWaitOverflow;

    TcpCounters(Counters counters) {
        rxSegments = counters.counter("tcp.rx.segments");
        rxBadChecksum = counters.counter("tcp.rx.bad-checksum");
        rxMalformed = counters.counter("tcp.rx.malformed");
        rxOutOfOrder = counters.counter("tcp.rx.out-of-order");
        rxDuplicate = counters.counter("tcp.rx.duplicate");
        rxOutOfWindow = counters.counter("tcp.rx.out-of-window");
        rxDroppedMemory = counters.counter("tcp.rx.dropped.memory");
        rxCoalescedBytes = counters.counter("tcp.rx.coalesced.bytes", CounterType.TOTAL_BYTES);
        txSegments = counters.counter("tcp.tx.segments");
        txCopiedBytes = counters.counter("tcp.tx.copied.bytes", CounterType.TOTAL_BYTES);
        txGatheredBytes = counters.counter("tcp.tx.gathered.bytes", CounterType.TOTAL_BYTES);
        txCutPackets = counters.counter("tcp.tx.cut.packets");
        txBlocked = counters.counter("tcp.tx.blocked");
        retransmits = counters.counter("tcp.retransmits");
        fastRetransmits = counters.counter("tcp.retransmits.fast");
        timeouts = counters.counter("tcp.timeouts");
        zeroWindowProbes = counters.counter("tcp.zero-window-probes");
        connectionsOpen = counters.counter("tcp.connections.open", CounterType.GAUGE);
        connectionsAccepted = counters.counter("tcp.connections.accepted");
        connectionsConnected = counters.counter("tcp.connections.connected");
        connectionsTimedOut = counters.counter("tcp.connections.timed-out");
        connectionsSlow = counters.counter("tcp.connections.ended.slow");
        listenOverflow = counters.counter("tcp.listen.overflow");
        halfOpen = counters.counter("tcp.half-open", CounterType.GAUGE);
        halfOpenEvicted = counters.counter("tcp.half-open.evicted");
        resetsSent = counters.counter("tcp.resets.sent");
        resetsReceived = counters.counter("tcp.resets.received");
        challengeAcks = counters.counter("tcp.challenge-acks");
        timeWait = counters.counter("tcp.time-wait", CounterType.GAUGE);
        timeWaitOverflow = counters.counter("tcp.time-wait.overflow");
    }
}
