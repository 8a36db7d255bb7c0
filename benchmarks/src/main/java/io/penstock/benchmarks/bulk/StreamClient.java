package io.penstock.benchmarks.bulk;

import io.penstock.benchmarks.load.LoadException;
import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Transport;
import io.penstock.memory.Buffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;

/** A client on Penstock that sends streams through an echo server. */
final class StreamClient {
    /** As much as one push carries: a chain of a few segments. */
    private static final int PUSH_BYTES = 8 * 1024;
    /** So many pushes wait on each connection at most; what waits beyond fills the pool and helps nobody. */
    private static final int PUSHES = 4;

    private final LibOs os;
    private final Endpoint server;
    private final Int2ObjectHashMap<Connection> byQueue = new Int2ObjectHashMap<>();
    private final List<HashedStream> streams = new ArrayList<>();
    /** Connections that have room for another push, as far as is known. */
    private final ArrayDeque<Connection> willing = new ArrayDeque<>();

    private final byte[] scratch = new byte[PUSH_BYTES];
    private int active;

    private static final class Connection {
        final int queue;
        final HashedStream stream;
        int pushes;
        boolean shutDown;

        Connection(int queue, HashedStream stream) {
            this.queue = queue;
            this.stream = stream;
        }
    }

    StreamClient(LibOs os, String address, int port) {
        this.os = os;
        this.server = Endpoint.of(address, port);
    }

    void start(int connections, long totalBytes, long seed) {
        long share = totalBytes / connections;
        for (int i = 0; i < connections; i++) {
            long length = i == 0 ? totalBytes - share * (connections - 1) : share;
            HashedStream stream = new HashedStream(seed + i, length);
            int queue = os.socket(Transport.TCP);
            check(
                    queue != 0 && os.connect(queue, server) != LibOs.NO_TOKEN,
                    "the stack has no room for connection " + i);
            streams.add(stream);
            byQueue.put(queue, new Connection(queue, stream));
        }
        active = connections;
    }

    boolean isActive() {
        return active > 0;
    }

    void handle(Completion c) {
        Connection connection = byQueue.get(c.queue());
        if (connection == null) {
            return; // a close that has ended
        }
        check(c.isOk(), c + " after " + connection.stream.receivedBytes() + " bytes");
        switch (c.opcode()) {
            case CONNECT -> {
                pop(connection);
                willing.add(connection);
            }
            case PUSH -> {
                if (connection.pushes-- == PUSHES) {
                    willing.add(connection);
                }
            }
            case POP -> popped(connection, c);
            default -> throw new LoadException("unexpected " + c);
        }
    }

    private void popped(Connection connection, Completion c) {
        if (c.lengthBytes() == 0) {
            byQueue.remove(connection.queue);
            os.closeQueue(connection.queue);
            active--;
            return;
        }
        for (Buffer b = c.buffer(); b != null; b = b.next()) {
            b.getBytes(0, scratch, 0, b.length());
            connection.stream.consume(scratch, b.length());
        }
        c.buffer().release();
        pop(connection);
    }

    private void pop(Connection connection) {
        check(os.pop(connection.queue) != LibOs.NO_TOKEN, "the stack has no room for a pop");
    }

    /** Pushes on one connection that has room. */
    void pushMore() {
        Connection connection = willing.poll();
        if (connection == null) {
            return;
        }
        HashedStream stream = connection.stream;
        while (connection.pushes < PUSHES && !stream.isProduced()) {
            Buffer buffer = os.allocate(PUSH_BYTES);
            if (buffer == null) {
                willing.add(connection); // no frame is free: acknowledgements will bring some
                return;
            }
            fill(buffer, stream);
            check(os.push(connection.queue, buffer) != LibOs.NO_TOKEN, "the stack has no room for a push");
            buffer.release();
            connection.pushes++;
        }
        if (stream.isProduced() && !connection.shutDown) {
            connection.shutDown = true;
            os.shutdown(connection.queue);
        }
    }

    private void fill(Buffer chain, HashedStream stream) {
        int count = stream.produce(scratch, PUSH_BYTES);
        int at = 0;
        Buffer last = chain;
        for (Buffer b = chain; b != null && at < count; b = b.next()) {
            int part = Math.min(b.length(), count - at);
            b.length(part);
            b.putBytes(0, scratch, at, part);
            at += part;
            last = b;
        }
        Buffer surplus = last.next();
        if (surplus != null) {
            last.next(null);
            surplus.release();
        }
    }

    BulkResult result(long totalBytes, long elapsedNanos) {
        return BulkResult.of(streams, totalBytes, elapsedNanos);
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new LoadException(otherwise);
        }
    }
}
