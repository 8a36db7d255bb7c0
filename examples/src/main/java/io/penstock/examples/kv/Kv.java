package io.penstock.examples.kv;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;
import io.penstock.examples.resp.Request;
import io.penstock.examples.resp.Resp;
import io.penstock.server.Framing;
import io.penstock.server.Handler;
import io.penstock.server.Limits;
import io.penstock.server.Message;
import io.penstock.server.Reply;
import io.penstock.server.Server;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * A key-value store that speaks Redis's protocol. Requests are read where the NIC put them, replies are written where it
 * will read them, and a large value never leaves the frame in which it came.
 */
public final class Kv {
    private final LibOs os;
    private final Counters counters;
    private final Store store;
    private final Commands commands;
    private final Counter executed;
    private final Counter keys;
    private final Counter usedBytes;
    private long lastId;

    /**
     * An empty store.
     *
     * @param os whose heap values lie in
     * @param maxBytes how much memory keys and values may take, roughly
     * @param clockMillis milliseconds since 1970
     */
    public Kv(LibOs os, long maxBytes, LongSupplier clockMillis, Counters counters) {
        this.os = os;
        this.counters = counters;
        store = new Store(maxBytes, os.heap(), clockMillis);
        executed = counters.counter("kv.commands");
        keys = counters.counter("kv.keys", CounterType.GAUGE);
        usedBytes = counters.counter("kv.memory.bytes", CounterType.GAUGE_BYTES);
        commands = new Commands(store, new ServerCommands(store, executed));
    }

    /**
     * Its server, on the stack that was given. As in Redis, a client may take its time for a request.
     *
     * @param waitingBytes how much requests and replies may take that wait
     * @param pinnedBytes how much of that may lie in the stack's heap
     */
    public Server serve(int port, long waitingBytes, long pinnedBytes, LongSupplier clockNanos) {
        Limits limits = Limits.defaults()
                .waiting(waitingBytes, pinnedBytes)
                .outputBytes(waitingBytes)
                .request(Duration.ZERO);
        return Server.on(os)
                .name("kv")
                .counters(counters)
                .clock(clockNanos)
                .limits(limits)
                .ticker(this::tick)
                .tcp(
                        Endpoint.any(port),
                        Framing.own(Request::new),
                        connection -> new Client(new Session(++lastId, (Request) connection.framer())));
    }

    /** Gives all values' memory back, when nothing more is served. */
    public void close() {
        store.clear();
    }

    /** Has one client's commands executed. */
    private final class Client implements Handler {
        private final Session session;

        Client(Session session) {
            this.session = session;
        }

        @Override
        public void handle(Message message, Reply reply) {
            if (session.request.count() > 0) {
                executed.increment();
                commands.execute(session, reply, message.frame());
            }
        }

        @Override
        public void malformed(Reply last) {
            Resp.error(last, session.request.error());
        }
    }

    private void tick(boolean idle) {
        store.sweep(idle ? 1000 : 1);
        keys.set(store.size());
        usedBytes.set(store.usedBytes());
    }
}
