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
import java.util.ArrayList;
import java.util.List;

/**
 * The packet echo: sends back what it gets, over TCP and UDP. Read it as the tutorial.
 *
 * <p>A server is one loop over completions. Every operation returns at once; what became of it comes back from
 * {@link LibOs#waitNext}. Nothing is copied: the buffer that a pop brings is the frame that the NIC received into, and
 * pushing it sends that very frame back.
 */
public final class EchoServer implements Runnable {
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

    /** How many pops of datagrams wait. */
    private int udpPops;

    /** The streams with an echo that waits for room. */
    private final List<Stream> unsent = new ArrayList<>();

    private volatile boolean running = true;
    /** Whether streams are at their end: who has got its echo gets FIN. */
    private boolean finishing;

    /** What there is to know of one connection: attached to its queue, it comes back with every completion. */
    private static final class Stream {
        final int queue;
        /** What came and there was no room to send; nothing is popped meanwhile, so that the peer has to wait, too. */
        Buffer echo;
        /** Where it stands in the list of those that have one. */
        int place;

        boolean pops;

        Stream(int queue) {
            this.queue = queue;
        }
    }

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
            popDatagrams();
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
            turn(LibOs.FOREVER);
        }
    }

    /** One wait and what it brings: for a caller that drives several stacks in one thread. */
    public void turn(long timeoutNanos) {
        boolean _ = completes(timeoutNanos);
    }

    private boolean completes(long timeoutNanos) {
        boolean completed = os.waitNext(completion, timeoutNanos) == WaitResult.COMPLETED;
        if (completed) {
            handle(completion);
        }
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
            Status _ = os.shutdown(listener);
        }
        while (completes(0) && System.nanoTime() - begin < ARRIVED_NANOS) {
            // What had come when the server was told to stop.
        }
        finishing = true;
        for (long left = drainNanos / 2;
                !unsent.isEmpty() && left > 0 && !Thread.currentThread().isInterrupted();
                left = drainNanos / 2 - (System.nanoTime() - begin)) {
            turn(left);
        }
        for (Stream stream : unsent) {
            stream.echo.release();
        }
        unsent.clear();
        return os.drain(drainNanos - (System.nanoTime() - begin));
    }

    private void handle(Completion c) {
        switch (c.opcode()) {
            case ACCEPT -> {
                accept(); // before all else: the operation that just ended has left its place
                if (c.isOk()) {
                    connections.increment();
                    Stream stream = new Stream(c.newQueue());
                    os.attach(stream.queue, stream);
                    pop(stream);
                    if (!stream.pops && !finishing) {
                        os.abort(stream.queue); // no place for an operation more: StackConfig.maxOperations
                    }
                }
            }
            case POP -> {
                if (c.queue() == udp) {
                    udpPops--;
                    echoDatagram(c);
                } else if (c.attachment() instanceof Stream stream) {
                    popped(stream, c);
                }
            }
            case ROOM -> {
                if (c.attachment() instanceof Stream stream && stream.echo != null) {
                    Buffer echo = stream.echo;
                    forgetEcho(stream);
                    if (c.isOk()) {
                        echo(stream, echo);
                    } else {
                        echo.release();
                        close(stream); // the connection is lost
                    }
                }
            }
            case PUSH -> {
                // One that failed shows in the pop that waits on the same connection. Each leaves a place for a pop.
                if (c.queue() == udp) {
                    popDatagrams();
                } else if (c.isOk() && c.attachment() instanceof Stream stream && stream.echo == null && !stream.pops) {
                    pop(stream);
                }
            }
            default -> {} // a close needs nothing more
        }
    }

    private void popped(Stream stream, Completion c) {
        stream.pops = false;
        if (c.isOk() && c.lengthBytes() != 0) {
            tcpRequests.increment();
            echo(stream, c.buffer());
        } else if (c.status() != Status.CANCELLED) {
            close(stream); // the end of the stream, or a connection that is lost
        }
    }

    private void echo(Stream stream, Buffer buffer) {
        if (os.push(stream.queue, buffer) == LibOs.NO_TOKEN) {
            stream.echo = buffer;
            stream.place = unsent.size();
            unsent.add(stream);
            os.awaitRoom(stream.queue); // in the place of the operation that brought us here
            return;
        }
        buffer.release(); // the stack holds it until the peer has acknowledged the bytes
        pop(stream);
    }

    private void forgetEcho(Stream stream) {
        stream.echo = null;
        Stream last = unsent.removeLast();
        if (last != stream) {
            unsent.set(stream.place, last);
            last.place = stream.place;
        }
    }

    private void echoDatagram(Completion c) {
        if (c.isOk()) {
            udpRequests.increment();
            os.pushTo(udp, c.buffer(), c.peer()); // no token: the datagram is lost, as datagrams are
            c.buffer().release();
        }
        popDatagrams();
    }

    private void popDatagrams() {
        while (udpPops < UDP_POPS && os.pop(udp) != LibOs.NO_TOKEN) {
            udpPops++;
        }
    }

    private void accept() {
        if (!finishing) {
            os.accept(listener);
        }
    }

    /** If there is no place for it, a push of the same connection has it, and this comes again when that has ended. */
    private void pop(Stream stream) {
        if (finishing) {
            Status _ = os.shutdown(stream.queue);
        } else {
            stream.pops = os.pop(stream.queue) != LibOs.NO_TOKEN;
        }
    }

    private void close(Stream stream) {
        os.attach(stream.queue, null);
        os.closeQueue(stream.queue); // in the place of the pop that has ended
    }
}
