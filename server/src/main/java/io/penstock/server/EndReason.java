package io.penstock.server;

/**
 * Why a connection of a server ended. Each reason has a counter: the server's name, {@code .connections.ended.} and {@link
 * #suffix()}.
 */
public enum EndReason {
    /** The peer ended its stream and was sent all of its answers. */
    CLOSED("closed"),
    /** A handler asked for it ({@link Reply#close}), or the server was told to finish. */
    SERVER("server"),
    /** It was reset, or the peer fell silent for longer than the stack waits. */
    LOST("lost"),
    /** The peer ended its stream in the middle of a message. */
    CUT("cut"),
    /** What came cannot be a message: a negative length, a number that does not end, or what a {@link Framer} refused. */
    MALFORMED("malformed"),
    /** A message longer than {@link Framing#maxBytes(int)}. */
    TOO_LONG("too-long"),
    /** Its handler threw, or what was to find a deferred answer failed ({@link Reply#fail}). */
    FAILED("failed"),
    /** Its handler returned without an answer, or did not end a deferred one, for {@link Limits#answer}. */
    UNANSWERED("unanswered"),
    /** Nothing came for {@link Limits#idle}, and nothing was owed to it. */
    IDLE("idle"),
    /** A message began and was not whole after {@link Limits#request}. */
    SLOW_REQUEST("slow-request"),
    /** The peer took nothing of its answers for {@link Limits#slowReader}, or moved nothing while memory was scarce. */
    SLOW_READER("slow-reader"),
    /** There was no memory for what it sent, or for what it was to be sent. */
    NO_MEMORY("no-memory");

    private final String suffix;

    EndReason(String suffix) {
        this.suffix = suffix;
    }

    /** How its counter's name ends. */
    public String suffix() {
        return suffix;
    }

    /** Whether what was still to be sent is thrown away, and the peer reset. */
    boolean isAbrupt() {
        return switch (this) {
            case FAILED, UNANSWERED, IDLE, SLOW_REQUEST, SLOW_READER, NO_MEMORY -> true;
            default -> false;
        };
    }
}
