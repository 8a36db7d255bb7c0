package io.penstock.server.worker;

/** What a worker does with a request: it may block, and knows nothing of the stack. */
@FunctionalInterface
public interface Work {
    /**
     * Answers one request. On a worker's thread.
     *
     * @param request what its handler had not read; valid until this returns
     * @param answer where the answer goes. What was put there when this returns is sent as one message
     * @throws Exception ends the connection, as if its handler had thrown it
     */
    void run(RequestBytes request, AnswerBytes answer) throws Exception;
}
