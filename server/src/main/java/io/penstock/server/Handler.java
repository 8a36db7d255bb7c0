package io.penstock.server;

/**
 * What a server does with a message. One for all connections, or, made by a {@link HandlerFactory}, one for each, which then
 * keeps what there is to know of it.
 *
 * <p>The stack's thread calls it, and must not be kept: what blocks, blocks every connection. What it throws ends its own
 * connection alone ({@link EndReason#FAILED}).
 */
@FunctionalInterface
public interface Handler {
    /**
     * Answers one message.
     *
     * @param request its bytes; the server's, valid until this returns: {@link Message#keep()} keeps them for longer
     * @param reply where the answer goes. What was put there when this returns is sent as one message. A framed request must
     *     be answered so, or {@linkplain Reply#defer() later}, or {@linkplain Reply#none() not at all}
     * @throws Exception ends the connection
     */
    void handle(Message request, Reply reply) throws Exception;

    /**
     * What came can be no message, or is too long a one: what is put into {@code last} is the last that the peer gets.
     *
     * @throws Exception ends the connection at once
     */
    default void malformed(Reply last) throws Exception {}

    /** The connection has ended, and nothing of it comes or goes any more. Its deferred answers are cancelled. */
    default void ended(EndReason why) {}
}
