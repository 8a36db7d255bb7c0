package io.penstock.benchmarks.stack;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.memory.Buffer;
import io.penstock.testkit.process.HarnessException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A client and an echo server, each on a stack of its own, in turn on the calling thread. One request is on its way at a
 * time; which connection asks next is random, so that many connections cost the caches what they cost a real server.
 *
 * <pre>
 *   client  push → TCP → IP → shm → IP → TCP → pop   server
 *           pop  ← TCP ← IP ← shm ← IP ← TCP ← push
 * </pre>
 */
public final class TwoStacks implements AutoCloseable {
    private static final String CLIENT = "198.18.0.1";
    private static final String SERVER = "198.18.0.2";
    private static final String PREFIX = "/24";
    private static final int FIRST_PORT = 7000;

    /** Below what one port can have from one address (28,232 ephemeral ports). */
    private static final int CONNECTIONS_A_PORT = 20_000;

    /** A default stack's own limit. */
    private static final int USUAL_CONNECTIONS = 16_000;

    private static final int CONNECTING_AT_ONCE = 64;
    private static final int WHOLE_CHECK_EVERY = 64;
    private static final int MAX_TURNS = 1_000_000;
    private static final int PATIENCE_TURNS = 256;
    private static final int SETTLING_TURNS = 100;
    private static final long SETUP_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final int sizeBytes;
    private final Stack client;
    private final Stack server;
    private final int[] queues;
    private final Completion done = new Completion();
    private long random = 0x9e3779b97f4a7c15L;
    private long sequence;
    /** Where the server took a request last. */
    private int requestQueue;

    /** Opens both, without connections as yet. */
    public TwoStacks(int connections, int sizeBytes) {
        this(connections, sizeBytes, config -> config);
    }

    /** The same in the time of a clock that the caller moves. */
    public TwoStacks(int connections, int sizeBytes, VirtualClock clock) {
        this(connections, sizeBytes, config -> config.clock(clock));
    }

    private TwoStacks(int connections, int sizeBytes, UnaryOperator<StackConfig.Builder> more) {
        this.sizeBytes = sizeBytes;
        this.queues = new int[connections];
        String wire = "stack-" + ProcessHandle.current().pid();
        this.client = Stack.open(more.apply(config(wire, CLIENT, connections)).build());
        this.server = Stack.open(more.apply(config(wire, SERVER, connections)).build());
        settle();
    }

    /** Until what stacks say by themselves has left, and the devices have given its frames back. */
    private void settle() {
        for (int turn = 0; turn < SETTLING_TURNS; turn++) {
            turnThatSends(client);
            turnThatSends(server);
        }
    }

    private static StackConfig.Builder config(String wire, String address, int connections) {
        StackConfig.Builder config = StackConfig.builder()
                .device("shm:" + wire)
                .address(address + PREFIX)
                .frames(1 << 14);
        if (connections <= USUAL_CONNECTIONS) {
            return config;
        }
        int max = connections + CONNECTING_AT_ONCE;
        return config.maxConnections(max).maxQueues(2 * max).maxOperations(4 * max);
    }

    /** Opens all connections. */
    public void connect() {
        int ports = 1 + (queues.length - 1) / CONNECTIONS_A_PORT;
        for (int port = FIRST_PORT; port < FIRST_PORT + ports; port++) {
            int listener = server.socket(Transport.TCP);
            server.bind(listener, Endpoint.of(SERVER, port));
            server.listen(listener, CONNECTING_AT_ONCE);
            server.accept(listener);
        }
        long deadline = System.nanoTime() + SETUP_NANOS;
        int begun = 0;
        int connected = 0;
        int accepted = 0;
        while (connected < queues.length || accepted < queues.length) {
            if (begun < queues.length && begun - Math.min(connected, accepted) < CONNECTING_AT_ONCE) {
                queues[begun] = client.socket(Transport.TCP);
                client.connect(queues[begun], Endpoint.of(SERVER, FIRST_PORT + begun % ports));
                begun++;
            }
            if (client.waitNext(done, 0) == WaitResult.COMPLETED) {
                requireOk();
                connected++;
            }
            if (server.waitNext(done, 0) == WaitResult.COMPLETED && done.opcode() == Opcode.ACCEPT) {
                requireOk();
                server.accept(done.queue());
                server.pop(done.newQueue());
                accepted++;
            }
            if (System.nanoTime() > deadline) {
                throw new HarnessException(
                        "only " + connected + " of " + queues.length + " connections stand after 60 s");
            }
        }
    }

    private void requireOk() {
        if (!done.isOk()) {
            throw new HarnessException(done.opcode() + " on connection setup: " + done.status());
        }
    }

    /** So many requests, each answered before the next. */
    public void echo(int requests) {
        for (int i = 0; i < requests; i++) {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
            ask(queues[(int) Long.remainderUnsigned(random, queues.length)]);
        }
    }

    /**
     * One request on each connection, in order: as far as the server's answers are acknowledged late, all of them have
     * something under way then. What connections have of pools is made by then, however many need it at once later.
     */
    void echoOnEach() {
        for (int queue : queues) {
            ask(queue);
        }
    }

    private void ask(int queue) {
        pushRequest(queue);
        popAnswer(queue);
        clientTurn();
        Buffer request = takeRequest();
        pushAnswer(request);
        popRequest();
        request.release();
        serverTurn();
        awaitAnswer(queue);
    }

    // ---- the steps of a request, for whoever looks at one of them

    /** The client's queue of a connection, counted from 0. */
    public int queue(int connection) {
        return queues[connection];
    }

    /** The client pushes its next request. */
    public void pushRequest(int queue) {
        Buffer request = client.allocate(sizeBytes);
        sequence++;
        int step = step();
        for (int at = 0; at < sizeBytes - Long.BYTES; at += step) {
            request.putLong(at, sequence + at);
        }
        request.putLong(sizeBytes - Long.BYTES, ~sequence);
        if (client.push(queue, request) == LibOs.NO_TOKEN) {
            throw new HarnessException("the client's stack took no more than " + sequence + " requests");
        }
        request.release();
    }

    /** The client is ready for an answer. */
    public void popAnswer(int queue) {
        if (client.pop(queue) == LibOs.NO_TOKEN) {
            throw new HarnessException("the client's stack had no room for the pop of answer " + sequence);
        }
    }

    /** The client's stack sends what it has. */
    public void clientTurn() {
        turnThatSends(client);
    }

    /** The server's stack sends what it has. */
    public void serverTurn() {
        turnThatSends(server);
    }

    /** Until there was a turn, not only completions of an earlier one: nothing can be there yet but those of pushes. */
    private void turnThatSends(Stack stack) {
        while (stack.waitNext(done, 0) == WaitResult.COMPLETED) {
            if (done.opcode() != Opcode.PUSH) {
                throw new HarnessException(done.opcode() + " " + done.status() + " before the other side had its turn");
            }
        }
    }

    /**
     * Takes the next completion. If none comes for long, the other side has turns as well: what it owed may not have found
     * room in its one turn, as after a pause, when all connections have something to say at once.
     */
    private void next(Stack stack) {
        for (int turn = 1; turn <= MAX_TURNS; turn++) {
            if (stack.waitNext(done, 0) == WaitResult.COMPLETED) {
                return;
            }
            if (turn % PATIENCE_TURNS == 0) {
                turnThatSends(stack == client ? server : client);
            }
        }
        throw new HarnessException("nothing came of request " + sequence + " in a million turns; client: "
                + told(client) + "; server: " + told(server));
    }

    /** What may say why. */
    private static String told(Stack stack) {
        return Stream.of(
                        "tcp.tx.segments",
                        "tcp.rx.segments",
                        "tcp.tx.blocked",
                        "tcp.timeouts",
                        "tcp.retransmits",
                        "tcp.rx.bad-checksum",
                        "tcp.rx.duplicate",
                        "rx.packets",
                        "tx.packets",
                        "tx.device-full",
                        "rx.dropped.device",
                        "pool.frames-in-use")
                .map(name -> name + " " + stack.counters().counter(name).get())
                .collect(Collectors.joining(", "));
    }

    /** Waits until the client has all of the answer, and looks at it. */
    public void awaitAnswer(int queue) {
        int received = 0;
        while (received < sizeBytes) {
            next(client);
            if (done.opcode() == Opcode.POP) {
                received += takeAnswer(queue, received);
            }
        }
    }

    private int takeAnswer(int queue, int receivedBefore) {
        int length = done.lengthBytes();
        if (!done.isOk() || length == 0) {
            throw new HarnessException("request " + sequence + " was answered by " + done.status());
        }
        Buffer answer = done.buffer();
        if (length == sizeBytes) {
            check(answer);
        } else if (receivedBefore + length < sizeBytes) {
            client.pop(queue);
        }
        answer.release();
        return length;
    }

    private int step() {
        return sequence % WHOLE_CHECK_EVERY == 0 ? Long.BYTES : sizeBytes;
    }

    /** First and last word always, all of them now and then: what is measured is the stack. */
    private void check(Buffer answer) {
        boolean right = answer.getLong(sizeBytes - Long.BYTES) == ~sequence;
        int step = step();
        for (int at = 0; at < sizeBytes - Long.BYTES; at += step) {
            right &= answer.getLong(at) == sequence + at;
        }
        if (!right) {
            throw new HarnessException("the answer to request " + sequence + " has other bytes");
        }
    }

    /** Waits until the server has the request. The caller releases it. */
    public Buffer takeRequest() {
        do {
            next(server);
        } while (done.opcode() != Opcode.POP);
        if (!done.isOk() || done.lengthBytes() == 0) {
            throw new HarnessException("the server got " + done.status() + " instead of request " + sequence);
        }
        requestQueue = done.queue();
        return done.buffer();
    }

    /** The server answers the request that it took last, with its own bytes. */
    public void pushAnswer(Buffer request) {
        if (server.push(requestQueue, request) == LibOs.NO_TOKEN) {
            throw new HarnessException("the server's stack took no more than " + sequence + " answers");
        }
    }

    /** The server is ready for another request where it took the last. */
    public void popRequest() {
        if (server.pop(requestQueue) == LibOs.NO_TOKEN) {
            throw new HarnessException("the server's stack had no room for a pop after request " + sequence);
        }
    }

    /** Frames of both stacks that something holds. */
    int framesInUse() {
        return client.pool().framesInUse() + server.pool().framesInUse();
    }

    /** Pinned memory of both stacks that something holds: frames as far apart as they lie, and objects of the heaps. */
    long pinnedBytesInUse() {
        return pinnedBytesInUse(client) + pinnedBytesInUse(server);
    }

    private static long pinnedBytesInUse(Stack stack) {
        return (long) stack.pool().framesInUse() * stack.pool().strideBytes()
                + stack.heap().bytesInUse();
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
