package io.penstock.datapath;

/** Which operation a completion ends. */
public enum Opcode {
    /** A connection came in: {@link Completion#newQueue()}. */
    ACCEPT,
    /** The handshake ended, well or not. */
    CONNECT,
    /** Everything pushed was acknowledged by the peer (TCP) or handed to the device (UDP), or never will be. */
    PUSH,
    /** Bytes came: {@link Completion#buffer()}; or the stream ended: zero bytes. */
    POP,
    /** The queue is gone: all sent and acknowledged, or given up. */
    CLOSE
}
