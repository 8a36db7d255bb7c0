package io.penstock.examples;

import io.penstock.datapath.Completion;
import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.Counters;
import io.penstock.memory.Buffer;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The packet echo: sends back what it gets, over TCP and UDP. Read it as the tutorial.
 *
 * <p>A server is one loop over completions. Every operation returns at once; what became of it comes back from
 * {@link LibOs#waitNext}. Nothing is copied: the buffer that a pop brings is the frame that the NIC received into, and
 * pushing it sends that very frame back.
 */
public final class EchoServer implements Runnable {
    private static final int TRIES_A_TURN = 16;
    private static final long RETRY_NANOS = 1_000_000;
    private static final long ARRIVED_NANOS = 10_000_000;
    private static final int BACKLOG = 1024;
    /** So many datagrams are taken in one turn of the loop. */
    private static final int UDP_POPS = 64;

    private final LibOs os;
    private final Completion completion = new Completion();
    private final Counter tcpRequests;
    private final Counter udpRequests;
    private final Counter connections;
    private int listener;
    private int udp;

    /** Operations that the stack had no room for: tried again after the next completion. */
    private final Queue<Runnable> later = new ArrayDeque<>();

    private volatile boolean running = true;
    /** Whether streams are at their end: who has got its echo gets FIN. */
    private boolean finishing;

    /** What waits to be echoed now will not be. */
    private boolean isOver;

    /** For the thread that opened the stack; ports of 0 are not served. */
    public EchoServer(LibOs os, int tcpPort, int udpPort, Counters counters) {
        this.os = os;
        this.tcpRequests = counters.counter("echo.tcp.requests");
        this.udpRequests = counters.counter("echo.udp.requests");
        this.connections = counters.counter("echo.tcp.connections");
        if (tcpPort != 0) {
            listener = bound(Transport.TCP, tcpPort);
            os.listen(listener, BACKLOG);
            accept();
        }
        if (udpPort != 0) {
            udp = bound(Transport.UDP, udpPort);
            for (int i = 0; i < UDP_POPS; i++) {
                pop(udp);
            }
        }
    }

    private int bound(Transport transport, int port) {
        int queue = os.socket(transport);
        Status status = os.bind(queue, Endpoint.any(port));
        if (status != Status.OK) {
            throw new ConfigurationException(transport + " port " + port + " cannot be served: " + status);
        }
        return queue;
    }

    /** Serves until {@link #stop()}. Waiting is what drives the stack: it receives, transmits and fires timers. */
    @Override
    public void run() {
        while (running) {
            // What had no room is tried again even if nothing more completes that would tell of room.
            turn(later.isEmpty() ? LibOs.FOREVER : RETRY_NANOS);
        }
    }

    /** One wait and what it brings: for a caller that drives several stacks in one thread. */
    public void turn(long timeoutNanos) {
        boolean ignored = completes(timeoutNanos);
    }

    private boolean completes(long timeoutNanos) {
        boolean completed = os.waitNext(completion, timeoutNanos) == WaitResult.COMPLETED;
        if (completed) {
            handle(completion);
        }
        tryAgain();
        return completed;
    }

    /** Ends {@link #run()}. Any thread. */
    public void stop() {
        running = false;
        os.wake();
    }

    /**
     * After {@link #run()}: takes no more connections, echoes what has come, and ends each stream. Half of the time is for
     * echoes that wait until somebody reads, the rest for all to read what was sent and to close.
     *
     * @param drainNanos how long at most; it ends early if the thread is interrupted
     * @return how many connections have not got all
     */
    public int finish(long drainNanos) {
        long begin = System.nanoTime();
        if (listener != 0) {
            Status ignored = os.shutdown(listener);
        }
        while (completes(0) && System.nanoTime() - begin < ARRIVED_NANOS) {
            // What had come when the server was told to stop.
        }
        finishing = true;
        while (!later.isEmpty()
                && System.nanoTime() - begin < drainNanos / 2
                && !Thread.currentThread().isInterrupted()) {
            turn(RETRY_NANOS);
        }
        isOver = true;
        for (int waiting = later.size(); waiting > 0; waiting--) {
            later.remove().run();
        }
        return os.drain(drainNanos - (System.nanoTime() - begin));
    }

    private void handle(Completion c) {
        switch (c.opcode()) {
            case ACCEPT -> {
                if (c.isOk()) {
                    connections.increment();
                    pop(c.newQueue());
                }
                accept();
            }
            case POP -> {
                if (c.queue() == udp) {
                    echoDatagram(c);
                } else if (c.isOk() && c.lengthBytes() != 0) {
                    tcpRequests.increment();
                    echo(c.queue(), c.buffer());
                } else if (c.status() != Status.CANCELLED) {
                    close(c.queue()); // the end of the stream, or a connection that is lost
                }
            }
            // A push that failed shows in the pop that waits on the same connection; a close needs nothing more.
            default -> {}
        }
    }

    private void echo(int queue, Buffer buffer) {
        if (os.push(queue, buffer) == LibOs.NO_TOKEN) {
            // The peer sends faster than it reads. As long as nothing is popped, its window closes: it has to wait.
            later.add(() -> echoAgain(queue, buffer));
            return;
        }
        buffer.release(); // the stack holds it until the peer has acknowledged the bytes
        pop(queue);
    }

    private void echoAgain(int queue, Buffer buffer) {
        if (isOver) {
            buffer.release();
        } else {
            echo(queue, buffer);
        }
    }

    private void echoDatagram(Completion c) {
        if (c.isOk()) {
            udpRequests.increment();
            os.pushTo(udp, c.buffer(), c.peer()); // no token: the datagram is lost, as datagrams are
            c.buffer().release();
        }
        pop(udp);
    }

    private void accept() {
        if (!finishing && os.accept(listener) == LibOs.NO_TOKEN) {
            later.add(this::accept);
        }
    }

    private void pop(int queue) {
        if (finishing) {
            Status ignored = os.shutdown(queue);
        } else if (os.pop(queue) == LibOs.NO_TOKEN) {
            later.add(() -> pop(queue));
        }
    }

    private void close(int queue) {
        if (os.close(queue) == LibOs.NO_TOKEN) {
            later.add(() -> close(queue));
        }
    }

    private void tryAgain() {
        // A few a turn: with thousands of connections that wait, trying all of them each time would be the whole work.
        for (int tries = Math.min(later.size(), TRIES_A_TURN); tries > 0; tries--) {
            later.remove().run();
        }
    }
}
