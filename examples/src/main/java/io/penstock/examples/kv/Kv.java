package io.penstock.examples.kv;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;
import io.penstock.examples.resp.Reply;
import io.penstock.examples.resp.Request;
import io.penstock.examples.stream.Connection;
import io.penstock.examples.stream.Protocol;
import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import java.util.function.LongSupplier;

/**
 * A key-value store that speaks Redis's protocol. Requests are read where the NIC put them, replies are written where it
 * will read them, and a large value never leaves the frame in which it came.
 */
public final class Kv implements Protocol<Session> {
    private final Store store;
    private final Commands commands;
    private final Counter executed;
    private final Counter keys;
    private final Counter usedBytes;
    private long lastId;

    /**
     * An empty store.
     *
     * @param maxBytes how much memory keys and values may take, roughly
     * @param heap where values lie
     * @param clockMillis milliseconds since 1970
     */
    public Kv(long maxBytes, CoreHeap heap, LongSupplier clockMillis, Counters counters) {
        store = new Store(maxBytes, heap, clockMillis);
        executed = counters.counter("kv.commands");
        keys = counters.counter("kv.keys", CounterType.GAUGE);
        usedBytes = counters.counter("kv.memory.bytes", CounterType.GAUGE_BYTES);
        commands = new Commands(store, new ServerCommands(store, executed));
    }

    /** Gives all values' memory back, when nothing more is served. */
    public void close() {
        store.clear();
    }

    @Override
    public Session open() {
        return new Session(++lastId);
    }

    @Override
    public int execute(Connection<Session> connection, long address, int length, Buffer frame) {
        Request request = connection.state().request;
        int done = 0;
        while (done < length && !connection.output().isFull() && !connection.isClosing()) {
            switch (request.parse(address + done, length - done)) {
                case INCOMPLETE -> {
                    return done;
                }
                case MALFORMED -> {
                    Reply.error(connection.output(), request.error());
                    connection.closeAfterReplies();
                }
                case COMPLETE -> {
                    done += request.lengthBytes();
                    if (request.count() > 0) {
                        executed.increment();
                        commands.execute(request, connection, frame);
                    }
                    request.reset();
                }
            }
        }
        return done;
    }

    @Override
    public void tick(boolean idle) {
        store.sweep(idle ? 1000 : 1);
        keys.set(store.size());
        usedBytes.set(store.usedBytes());
    }
}
