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

/**
 * Serves requests and replies over TCP, to any number of connections on one thread.
 *
 * <p>One pop waits on each connection. All whole requests in what it brings are executed, and their replies pushed
 * together. Replies that cannot go out wait in pinned memory while requests are read on, as a client may send all of its
 * requests before it reads. When a connection's part of that memory ({@link WaitingMemory}) is full, nothing of it is executed
 * or popped: its peer fills its own window and nobody's memory. If it does not read then either, it is aborted after a time, as
 * is who holds much and stands still while memory is scarce.
 *
 * @param <T> what the application keeps for each connection
 */
public final class StreamServer<T> implements Runnable {
    private static final int BACKLOG = 1024;
    private static final long TICK_NANOS = 100_000_000;
    private static final long ARRIVED_NANOS = 10_000_000;
    /** Under load nothing ever times out: then the clock is looked at after so many completions. */
    private static final int POLL_COMPLETIONS = 1024;

    private static final long POLL_NANOS = 1_000_000_000;
    /** Who holds much while memory is scarce, and neither sends nor takes anything for so many polls, is aborted. */
    private static final int MAX_POLLS_WHEN_SCARCE = 10;
    /** The same for a peer that does not take its replies, and is no longer read from: both would wait for ever. */
    private static final int MAX_POLLS_WHEN_FULL = 60;

    private final LibOs os;
    private final Protocol<T> protocol;
    private final Completion completion = new Completion();
    /** All, each in its place; who does something is told by what is attached to its queue. */
    private final List<Connection<T>> connections = new ArrayList<>();

    private int blocked;
    private final Counter accepted;
    private final Counter open;
    private final Counter aborted;
    private final Counter stalled;
    private final Counter waitingBytes;
    private final WaitingMemory memory;
    private final int listener;
    private final int segmentBytes;
    private int polls;
    private long nextPollNanos;
    private int untilPoll = POLL_COMPLETIONS;
    private volatile boolean running = true;
    /** Whether streams are at their end: who has got all replies gets FIN. */
    private boolean finishing;

    /**
     * For the thread that opened the stack.
     *
     * @param name what the counters' names begin with
     * @param memory what connections may hold apart from frames
     * @throws ConfigurationException if the port cannot be had
     */
    public StreamServer(
            String name, LibOs os, int port, Protocol<T> protocol, Counters counters, WaitingMemory memory) {
        this.os = os;
        this.memory = memory;
        this.protocol = protocol;
        this.accepted = counters.counter(name + ".connections.accepted");
        this.open = counters.counter(name + ".connections.open", CounterType.GAUGE);
        this.aborted = counters.counter(name + ".connections.aborted");
        this.stalled = counters.counter(name + ".connections.aborted.stalled");
        this.waitingBytes = counters.counter(name + ".waiting.bytes", CounterType.GAUGE);
        this.nextPollNanos = memory.nowNanos() + POLL_NANOS;
        this.segmentBytes = segmentBytes(os);
        this.listener = os.socket(Transport.TCP);
        Status status = os.bind(listener, Endpoint.any(port));
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
        return turn(TICK_NANOS);
    }

    private boolean turn(long timeoutNanos) {
        WaitResult result = os.waitNext(completion, timeoutNanos);
        boolean idle = result != WaitResult.COMPLETED;
        if (!idle) {
            handle(completion);
        }
        protocol.tick(idle);
        if (idle || --untilPoll <= 0) {
            untilPoll = POLL_COMPLETIONS;
            poll();
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
        Status _ = os.shutdown(listener);
        while (turn(0) && System.nanoTime() - begin < ARRIVED_NANOS) {
            // What had come when the server was told to stop.
        }
        finishing = true;
        for (Connection<T> connection : List.copyOf(connections)) {
            proceed(connection);
        }
        while (blocked > 0
                && System.nanoTime() - begin < drainNanos
                && !Thread.currentThread().isInterrupted()) {
            turn();
        }
        int left = os.drain(drainNanos - (System.nanoTime() - begin));
        connections.forEach(Connection::discard);
        return left;
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
                Connection<T> connection = connectionOf(c);
                if (connection.isForgotten) {
                    release(c.buffer()); // closed or aborted in the meantime
                } else {
                    connection.waitsForPop = false;
                    connection.lastMoved = polls;
                    take(connection, c);
                }
            }
            case ROOM -> {
                Connection<T> connection = connectionOf(c);
                connection.waitsForRoom = false;
                if (!connection.isForgotten) {
                    connection.lastMoved = c.isOk() ? polls : connection.lastMoved;
                    proceed(connection); // if it is lost, its pop says so
                }
            }
            case PUSH -> {
                Connection<T> connection = connectionOf(c);
                if (connection.isBlocked) {
                    connection.lastMoved = polls;
                    if (!connection.waitsForRoom) {
                        proceed(connection);
                    }
                }
            }
            default -> {}
        }
    }

    @SuppressWarnings("unchecked") // nothing else is attached to a connection's queue
    private Connection<T> connectionOf(Completion c) {
        return (Connection<T>) c.attachment();
    }

    private void open(int queue) {
        Connection<T> connection = new Connection<>(os, queue, protocol.open(), segmentBytes, memory);
        connection.lastMoved = polls;
        connection.place = connections.size();
        connections.add(connection);
        os.attach(queue, connection);
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
            if (os.closeQueue(connection.queue()) == LibOs.NO_TOKEN) {
                os.abort(connection.queue()); // cannot be: the pop's slot is free
            }
            return;
        }
        boolean isKept = true;
        for (Buffer b = chain; b != null && isKept; b = b.next()) {
            isKept = execute(connection, b, b == chain && b.next() == null);
        }
        chain.release();
        if (isKept) {
            proceed(connection);
        } else {
            abort(connection); // a request longer than there is memory for
        }
    }

    /** Executes what is whole in a buffer that has come, and keeps the rest. Returns whether there was memory for it. */
    private boolean execute(Connection<T> connection, Buffer come, boolean isAlone) {
        int length = come.length();
        boolean inPlace = connection.input().lengthBytes() == 0
                && !connection.isClosing()
                && !connection.output().isFull();
        int used = inPlace ? protocol.execute(connection, come.address(), length, isAlone ? come : null) : 0;
        if (used < length && !connection.input().add(come.address() + used, length - used)) {
            return false;
        }
        if (!inPlace) {
            executeKept(connection);
        }
        return true;
    }

    private void executeKept(Connection<T> connection) {
        Input input = connection.input();
        if (!connection.output().isFull() && !connection.isClosing() && input.lengthBytes() > 0) {
            input.drop(protocol.execute(connection, input.address(), input.lengthBytes(), null));
        }
    }

    /** Sends what can be sent, executes what was held up by it, and asks for more. */
    private void proceed(Connection<T> connection) {
        Output output = connection.output();
        boolean heldUp = connection.isHeldUp || output.isFull();
        boolean isSent = output.flush();
        while (heldUp && !output.isFull()) {
            executeKept(connection);
            heldUp = output.isFull();
            isSent = output.flush();
        }
        connection.isHeldUp = heldUp;
        if (output.isOverflown()) {
            abort(connection);
            return;
        }
        boolean isDone = isSent && !heldUp;
        if (isDone && connection.isClosing()) {
            // Also with unread input: what follows a request to close is nobody's.
            if (os.closeQueue(connection.queue()) != LibOs.NO_TOKEN) {
                forget(connection);
                return;
            }
            isDone = false;
        } else if (isDone && finishing) {
            connection.isFinished = true;
            Status _ = os.shutdown(connection.queue()); // not OK: it is lost, and has nothing to wait for
        } else if (!heldUp && !connection.isClosing() && !connection.waitsForPop) {
            // Also while replies wait: a client may send all its requests before it reads.
            connection.waitsForPop = os.pop(connection.queue()) != LibOs.NO_TOKEN;
            isDone &= connection.waitsForPop;
        }
        if (!isSent && !connection.waitsForRoom) {
            connection.waitsForRoom = os.awaitRoom(connection.queue()) != LibOs.NO_TOKEN;
        }
        block(connection, !isDone);
    }

    private void block(Connection<T> connection, boolean isBlocked) {
        if (connection.isBlocked != isBlocked) {
            connection.isBlocked = isBlocked;
            blocked += isBlocked ? 1 : -1;
        }
    }

    /**
     * Once a second: ends those who hold what others need and do not move, and tries again what no completion tells of, as
     * memory that others have given back.
     */
    private void poll() {
        long nowNanos = memory.nowNanos();
        if (nowNanos - nextPollNanos < 0) {
            return;
        }
        nextPollNanos = nowNanos + POLL_NANOS;
        polls++;
        waitingBytes.set(memory.usedBytes());
        List<Connection<T>> still = new ArrayList<>();
        List<Connection<T>> again = new ArrayList<>();
        for (Connection<T> connection : connections) {
            int since = polls - connection.lastMoved;
            boolean isInTheWay = memory.isScarce() && connection.heldBytes() > WaitingMemory.HARMLESS_BYTES;
            if (since > (isInTheWay ? MAX_POLLS_WHEN_SCARCE : MAX_POLLS_WHEN_FULL)
                    && (isInTheWay || connection.isHeldUp || connection.isClosing())) {
                still.add(connection);
            } else if (connection.isBlocked) {
                again.add(connection);
            }
        }
        stalled.add(still.size());
        still.forEach(this::abort);
        again.forEach(this::proceed);
    }

    private void abort(Connection<T> connection) {
        aborted.increment();
        os.abort(connection.queue());
        forget(connection);
    }

    private void forget(Connection<T> connection) {
        connection.discard();
        connection.isForgotten = true;
        Connection<T> last = connections.removeLast();
        if (last != connection) {
            connections.set(connection.place, last);
            last.place = connection.place;
        }
        open.set(connections.size());
        block(connection, false);
    }

    private static void release(Buffer chain) {
        if (chain != null) {
            chain.release();
        }
    }
}
