package io.penstock.libos.tcp.tcp;

/**
 * The states of a connection (RFC 9293, section 3.3.2). LISTEN is a {@link TcpListener}, and TIME-WAIT is an entry of
 * the {@link TimeWaitTable}: neither needs a whole control block.
 */
enum TcpState {
    CLOSED,
    SYN_SENT,
    SYN_RECEIVED,
    ESTABLISHED,
    FIN_WAIT_1,
    FIN_WAIT_2,
    CLOSE_WAIT,
    CLOSING,
    LAST_ACK;

    /** Whether the peer may still send data that has not come yet. */
    boolean mayReceive() {
        return this == ESTABLISHED || this == FIN_WAIT_1 || this == FIN_WAIT_2;
    }

    /** Whether the handshake is over and the connection not yet gone. */
    boolean isSynchronized() {
        return this != CLOSED && !isHandshake();
    }

    boolean isHandshake() {
        return this == SYN_SENT || this == SYN_RECEIVED;
    }
}
