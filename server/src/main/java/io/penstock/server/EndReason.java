package io.penstock.server;

/** Why a server ended a connection. Each has a counter: the server's name, {@code .connections.ended.}, and {@link #suffix()}. */
public enum EndReason {
    /** The peer ended its stream, and has got all answers; or the server was told to close. */
    CLOSED("closed"),
    /** The connection was lost: reset, or the peer fell silent. */
    LOST("lost");

    private final String suffix;

    EndReason(String suffix) {
        this.suffix = suffix;
    }

    /** How its counter's name ends. */
    public String suffix() {
        return suffix;
    }
}
