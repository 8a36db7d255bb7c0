package io.penstock.examples.kv;

import io.penstock.examples.resp.Request;

/** What the store remembers of one client. */
final class Session {
    final long id;
    /** The command that is executed: the connection's framer has read it. */
    final Request request;

    String name = "";
    /** Whether it asked for replies in RESP3. */
    boolean resp3;

    Session(long id, Request request) {
        this.id = id;
        this.request = request;
    }
}
