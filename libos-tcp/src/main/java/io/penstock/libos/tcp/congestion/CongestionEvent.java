package io.penstock.libos.tcp.congestion;

/** What a connection's congestion control is told besides acknowledgements. */
public enum CongestionEvent {
    /** Something was lost, as duplicate acknowledgements say: recovery begins. */
    LOSS,
    /** All that was lost is repaired: recovery ends. */
    RECOVERED,
    /** The retransmission timer ran out. */
    TIMEOUT,
    /** It ran out again, without any progress since. */
    REPEATED_TIMEOUT,
    /** The network has marked packets instead of dropping them (ECN, RFC 3168). */
    ECN,
    /** Nothing was sent for longer than a retransmission timeout: what was known of the network is old. */
    IDLE
}
