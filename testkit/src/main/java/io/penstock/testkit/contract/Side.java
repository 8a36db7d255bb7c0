package io.penstock.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.InvalidQueueException;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.memory.Buffer;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One stack, of a {@link Pair} or alone, with the completions that came and that nobody has looked at yet. */
public final class Side {
    public final LibOs os;
    public final Endpoint address;
    private final Map<Long, Done> done = new LinkedHashMap<>();
    private final Set<Long> everDone = new HashSet<>();
    private final Set<Integer> open = new HashSet<>();
    private final Completion completion = new Completion();
    private boolean closed;
    private final int framesAtRest;
    private final int slicesAtRest;

    /**
     * A stack that has just been opened: what it holds now is what it may hold at the end.
     *
     * @param os driven by {@link #turn()} from here on
     * @param address its own; the port does not matter
     */
    public Side(LibOs os, Endpoint address) {
        this.os = os;
        this.address = address;
        this.framesAtRest = os.pool().framesInUse();
        this.slicesAtRest = os.pool().slicesInUse();
    }

    /** Turns the stack's loop once. Returns whether a completion came. */
    public boolean turn() {
        if (closed || os.waitNext(completion, 0) != WaitResult.COMPLETED) {
            return false;
        }
        keep(completion);
        return true;
    }

    /** Notes a completion that a test took itself. */
    public void keep(Completion c) {
        assertThat(everDone.add(c.token()))
                .as("token 0x%x completed twice", c.token())
                .isTrue();
        done.put(c.token(), new Done(c));
        if (c.newQueue() != 0) {
            open.add(c.newQueue());
        }
    }

    public boolean isDone(long token) {
        return done.containsKey(token);
    }

    public Done take(long token) {
        return done.remove(token);
    }

    /** The tokens whose completions nobody has looked at, in the order in which they came. */
    public List<Long> unseen() {
        return List.copyOf(done.keySet());
    }

    // ---- short forms

    /** A queue that is aborted at the end of the test, unless it is closed before. */
    public int socket(Transport transport) {
        int queue = os.socket(transport);
        assertThat(queue).isPositive();
        open.add(queue);
        return queue;
    }

    /** A bound UDP queue. */
    public int udp(int port) {
        int queue = socket(Transport.UDP);
        assertThat(os.bind(queue, Endpoint.any(port))).isEqualTo(Status.OK);
        return queue;
    }

    /** A listener. */
    public int listen(int port, int backlog) {
        int queue = socket(Transport.TCP);
        assertThat(os.bind(queue, Endpoint.any(port))).isEqualTo(Status.OK);
        assertThat(os.listen(queue, backlog)).isEqualTo(Status.OK);
        return queue;
    }

    /** This side's address with a port. */
    public Endpoint at(int port) {
        return new Endpoint().set(address.high(), address.low(), port);
    }

    /** A buffer or chain that holds these bytes. */
    public Buffer buffer(byte[] bytes) {
        Buffer chain = os.allocate(bytes.length);
        assertThat(chain).as("frames are free").isNotNull();
        int at = 0;
        for (Buffer b = chain; b != null; b = b.next()) {
            b.putBytes(0, bytes, at, b.length());
            at += b.length();
        }
        return chain;
    }

    /** Pushes bytes and releases the buffer. */
    public long push(int queue, byte[] bytes) {
        Buffer b = buffer(bytes);
        try {
            return os.push(queue, b);
        } finally {
            b.release();
        }
    }

    /** As {@link #push} to a UDP peer. */
    public long pushTo(int queue, byte[] bytes, Endpoint remote) {
        Buffer b = buffer(bytes);
        try {
            return os.pushTo(queue, b, remote);
        } finally {
            b.release();
        }
    }

    /** Closes a queue. Returns the token. */
    public long close(int queue) {
        open.remove(queue);
        return os.closeQueue(queue);
    }

    /** Aborts a queue. */
    public void abort(int queue) {
        open.remove(queue);
        os.abort(queue);
    }

    // ---- the end of a test

    /** Closes the stack itself. */
    public void close() {
        closed = true;
        open.clear();
        done.clear();
        os.close();
    }

    /** Aborts every queue that is open still. */
    public void abortAll() {
        for (int queue : open) {
            try {
                os.abort(queue);
            } catch (InvalidQueueException _) {
                // A listener that a drain has ended.
            }
        }
        open.clear();
    }

    /** Gives back what came and nobody has looked at. */
    public void releaseUnseen() {
        for (Done d : done.values()) {
            if (d.buffer() != null) {
                d.buffer().release();
            }
        }
        done.clear();
    }

    /** Which frames somebody holds. */
    public String leakReport() {
        return closed ? "closed" : os.pool().leakReport();
    }

    /** Whether nothing is held that was not held at the beginning. */
    public boolean isAtRest() {
        return closed
                || (os.pool().framesInUse() <= framesAtRest
                        && os.pool().slicesInUse() <= slicesAtRest
                        && os.heap().bytesInUse() == 0);
    }
}
