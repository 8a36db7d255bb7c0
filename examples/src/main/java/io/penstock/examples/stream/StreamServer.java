package io.penstock.examples.stream;

import io.penstock.datapath.Completion;
import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;
import io.penstock.memory.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * Serves requests and replies over TCP, to any number of connections on one thread.
 *
 * <p>One pop waits on each connection. All whole requests in what it brings are executed, and their replies pushed
 * together. A connection whose replies cannot go out is <em>blocked</em>: nothing of it is executed or popped until they
 * can, so that a peer which does not read fills its own window and nobody's memory. A connection that still holds much
 * memory when all together hold too much is aborted.
 *
 * @param <T> what the application keeps for each connection
 */
public final class StreamServer<T> implements Runnable {
    private static final int BACKLOG = 1024;
    private static final long TICK_NANOS = 100_000_000;
    private static final long RETRY_NANOS = 1_000_000;
    private static final long ARRIVED_NANOS = 10_000_000;
    /** Under load nothing ever times out: then blocked connections are tried after so many completions. */
    private static final int RETRY_COMPLETIONS = 1024;
    /** For cut requests and replies that wait, of all connections together. */
    private static final long MOST_HELD_BYTES = Output.MOST_HEAP_BYTES;
    /** Who holds less than this lives through the excess of others. */
    private static final long HARMLESS_BYTES = 256 << 10;

    private final LibOs os;
    private final Protocol<T> protocol;
    private final Completion completion = new Completion();
    private final Int2ObjectHashMap<Connection<T>> connections = new Int2ObjectHashMap<>();
    private final List<Connection<T>> blocked = new ArrayList<>();
    private final Counter accepted;
    private final Counter open;
    private final Counter aborted;
    private final int listener;
    private final int segmentBytes;
    private long heldBytes;
    private int untilRetry = RETRY_COMPLETIONS;
    private volatile boolean running = true;
    /** Whether streams are at their end: who has got all replies gets FIN. */
    private boolean finishing;

    /**
     * For the thread that opened the stack.
     *
     * @param name what the counters' names begin with
     * @throws ConfigurationException if the port cannot be had
     */
    public StreamServer(String name, LibOs os, int port, Protocol<T> protocol, Counters counters) {
        this.os = os;
        this.protocol = protocol;
        this.accepted = counters.counter(name + ".connections.accepted");
        this.open = counters.counter(name + ".connections.open", CounterType.GAUGE);
        this.aborted = counters.counter(name + ".connections.aborted");
        this.segmentBytes = segmentBytes(os);
        this.listener = os.socket(Transport.TCP);
        Status status = os.bind(listener, new Endpoint().set(0, 0, port));
        status = status == Status.OK ? os.listen(listener, BACKLOG) : status;
        if (status != Status.OK) {
            throw new ConfigurationException("TCP port " + port + " cannot be served: " + status);
        }
        os.accept(listener);
    }

    /** How much a frame carries at most to leave as one packet: the stack cuts what is longer so. */
    private static int segmentBytes(LibOs os) {
        Buffer chain = os.allocate(2 * os.pool().payloadBytes());
        if (chain == null) {
            throw new ConfigurationException("the pool has too few frames to serve: ask for more (StackConfig.frames)");
        }
        int length = chain.length();
        chain.release();
        return length;
    }

    /** Serves until {@link #stop()}. */
    @Override
    public void run() {
        while (running) {
            turn();
        }
    }

    /**
     * Waits once, and handles what has completed: for a thread that has other things to do as well.
     *
     * @return false if nothing had
     */
    public boolean turn() {
        return turn(blocked.isEmpty() ? TICK_NANOS : RETRY_NANOS);
    }

    private boolean turn(long timeoutNanos) {
        WaitResult result = os.waitNext(completion, timeoutNanos);
        boolean idle = result != WaitResult.COMPLETED;
        if (!idle) {
            handle(completion);
        }
        protocol.tick(idle);
        if (!blocked.isEmpty() && (idle || --untilRetry <= 0)) {
            retry();
        }
        return !idle;
    }

    /** Ends {@link #run()}. Any thread. */
    public void stop() {
        running = false;
        os.wake();
    }

    /**
     * After {@link #run()}: takes no more connections, answers the requests that have come in whole, sends all replies, and
     * ends each stream. What comes later is not answered.
     *
     * @param drainNanos how long at most; it ends early if the thread is interrupted
     * @return how many connections have not got all
     */
    public int finish(long drainNanos) {
        long begin = System.nanoTime();
        Status ignored = os.shutdown(listener);
        while (turn(0) && System.nanoTime() - begin < ARRIVED_NANOS) {
            // What had come when the server was told to stop.
        }
        finishing = true;
        for (Connection<T> connection : List.copyOf(connections.values())) {
            proceed(connection);
        }
        while (!blocked.isEmpty()
                && System.nanoTime() - begin < drainNanos
                && !Thread.currentThread().isInterrupted()) {
            turn();
        }
        return os.drain(drainNanos - (System.nanoTime() - begin));
    }

    private void handle(Completion c) {
        switch (c.opcode()) {
            case ACCEPT -> {
                // The slot of the operation that just ended is free, so this one is never refused.
                os.accept(listener);
                if (c.isOk()) {
                    open(c.newQueue());
                }
            }
            case POP -> {
                Connection<T> connection = connections.get(c.queue());
                if (connection == null) {
                    release(c.buffer()); // closed or aborted in the meantime
                } else {
                    connection.waitsForPop = false;
                    take(connection, c);
                }
            }
            case PUSH -> {
                Connection<T> connection = connections.get(c.queue());
                if (connection != null && connection.isBlocked) {
                    proceed(connection);
                }
            }
            default -> {}
        }
    }

    private void open(int queue) {
        Connection<T> connection = new Connection<>(os, queue, segmentBytes, protocol.open());
        connections.put(queue, connection);
        accepted.increment();
        open.set(connections.size());
        proceed(connection);
    }

    private void take(Connection<T> connection, Completion c) {
        Buffer chain = c.buffer();
        if (connection.isFinished) {
            release(chain);
            return;
        }
        if (!c.isOk() || c.lengthBytes() == 0) {
            release(chain);
            forget(connection);
            if (os.close(connection.queue()) == LibOs.NO_TOKEN) {
                os.abort(connection.queue()); // cannot be: the pop's slot is free
            }
            return;
        }
        for (Buffer b = chain; b != null; b = b.next()) {
            int length = b.length();
            long address = b.address();
            boolean inPlace =
                    connection.inputBytes() == 0 && !connection.output().isBlocked();
            int used = 0;
            if (inPlace && !connection.isClosing()) {
                used = protocol.execute(connection, address, length, b == chain && b.next() == null ? b : null);
            }
            connection.keep(address + used, length - used);
            if (!inPlace) {
                executeKept(connection);
            }
        }
        chain.release();
        proceed(connection);
    }

    private void executeKept(Connection<T> connection) {
        if (!connection.output().isBlocked() && !connection.isClosing() && connection.inputBytes() > 0) {
            connection.drop(protocol.execute(connection, connection.inputAddress(), connection.inputBytes(), null));
        }
    }

    /** Sends what can be sent, executes what was held up by it, and asks for more. */
    private void proceed(Connection<T> connection) {
        Output output = connection.output();
        boolean heldUp = connection.isBlocked || output.isBlocked();
        boolean free = output.flush();
        while (free && heldUp) {
            executeKept(connection);
            heldUp = output.isBlocked();
            free = output.flush();
        }
        if (free && connection.isClosing()) {
            // Also with unread input: what follows a request to close is nobody's.
            free = os.close(connection.queue()) != LibOs.NO_TOKEN;
            if (free) {
                forget(connection);
                return;
            }
        } else if (free && finishing) {
            connection.isFinished = true;
            Status ignored = os.shutdown(connection.queue()); // not OK: it is lost, and has nothing to wait for
        } else if (free && !connection.waitsForPop) {
            connection.waitsForPop = os.pop(connection.queue()) != LibOs.NO_TOKEN;
            free = connection.waitsForPop;
        }
        if (!free && !connection.isBlocked) {
            connection.isBlocked = true;
            blocked.add(connection);
        } else if (free && connection.isBlocked) {
            connection.isBlocked = false;
            blocked.remove(connection);
        }
        checkMemory(connection);
    }

    private void retry() {
        untilRetry = RETRY_COMPLETIONS;
        for (int i = blocked.size() - 1; i >= 0; i--) {
            if (i < blocked.size()) {
                proceed(blocked.get(i));
            }
        }
    }

    private void checkMemory(Connection<T> connection) {
        long held = connection.heldBytes();
        heldBytes += held - connection.countedBytes;
        connection.countedBytes = held;
        if (connection.output().isOverflown() || (heldBytes > MOST_HELD_BYTES && held > HARMLESS_BYTES)) {
            aborted.increment();
            os.abort(connection.queue());
            forget(connection);
        }
    }

    private void forget(Connection<T> connection) {
        connection.output().discard();
        connections.remove(connection.queue());
        open.set(connections.size());
        heldBytes -= connection.countedBytes;
        connection.countedBytes = 0;
        if (connection.isBlocked) {
            blocked.remove(connection);
        }
    }

    private static void release(Buffer chain) {
        if (chain != null) {
            chain.release();
        }
    }
}
