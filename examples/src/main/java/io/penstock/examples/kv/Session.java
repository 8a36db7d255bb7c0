package io.penstock.examples.kv;

import io.penstock.examples.resp.Request;

/** What the store remembers of one connection. */
final class Session {
    final long id;
    final Request request = new Request();
    String name = "";
    /** Whether it asked for replies in RESP3. */
    boolean resp3;

    Session(long id) {
        this.id = id;
    }
}
