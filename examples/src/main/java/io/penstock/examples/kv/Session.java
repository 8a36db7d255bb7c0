package io.penstock.examples.kv;

import io.penstock.examples.resp.Request;
import io.penstock.examples.resp.Resp;
import io.penstock.server.Handler;
import io.penstock.server.Message;
import io.penstock.server.Reply;

/** One client: what the store remembers of it. */
final class Session implements Handler {
    final long id;
    /** The command that is executed: the connection's framer has read it. */
    final Request request;

    String name = "";
    /** Whether it asked for replies in RESP3. */
    boolean resp3;

    private final Kv kv;

    Session(Kv kv, long id, Request request) {
        this.kv = kv;
        this.id = id;
        this.request = request;
    }

    @Override
    public void handle(Message message, Reply reply) {
        if (request.count() > 0) {
            kv.execute(this, reply, message.frame());
        }
    }

    @Override
    public void malformed(Reply last) {
        Resp.error(last, request.error());
    }
}
