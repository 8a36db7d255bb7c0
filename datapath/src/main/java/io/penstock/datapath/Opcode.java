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
    /** There is room for a push, or never will be: {@link LibOs#awaitRoom}. */
    ROOM,
    /** The queue is gone: all sent and acknowledged, or given up. */
    CLOSE
}
