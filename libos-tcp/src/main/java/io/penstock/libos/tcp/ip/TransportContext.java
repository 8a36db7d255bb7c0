package io.penstock.libos.tcp.ip;

import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.memory.FramePool;

/**
 * What every transport of one stack shares.
 *
 * @param operations the stack's tokens
 * @param pool the stack's frames
 * @param clock the stack's time
 * @param ip the layer below
 * @param remedies where statistics go, and what an operator can mend is said
 * @param secret the key of everything that a peer must not guess
 */
public record TransportContext(
        OperationTable operations, FramePool pool, Clock clock, IpLayer ip, Remedies remedies, Secret secret) {
    /** Where statistics go. */
    public Counters counters() {
        return remedies.counters();
    }
}
