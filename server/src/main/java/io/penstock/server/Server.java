package io.penstock.server;

import io.penstock.datapath.Completion;
import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.Counters;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Serves requests over TCP and UDP, to any number of peers on one thread, on any libOS.
 *
 * <pre>{@code
 * Server.on(os).tcp(Endpoint.any(7000), Framing.lengthPrefix(4), (request, reply) -> reply.write(request)).run();
 * }</pre>
 *
 * <p>First what it is ({@link #name}, {@link #counters}, {@link #limits}, {@link #clock}, {@link #anyOrder}), then what it
 * serves ({@link #tcp}, {@link #udp}), then {@link #run}; {@link #stop} from any thread, and {@link #finish}. Everything else
 * is for the thread that opened the stack, which also calls the handlers.
 *
 * <p>Framing, back-pressure and limits are inside: a handler never sees that a push is refused or memory is out. What ends
 * connections says {@link EndReason}; each reason has a counter.
 */
public final class Server implements Service {
    private static final int BACKLOG = 1024;
    private static final long TICK_NANOS = 100_000_000;
    private static final long ARRIVED_NANOS = 10_000_000;
    /** Under load nothing ever times out: then the clock is looked at after so many completions. */
    private static final int POLL_COMPLETIONS = 1024;

    private final LibOs os;
    private final Completion completion = new Completion();
    private final List<Integer> listeners = new ArrayList<>();
    private final List<String> served = new ArrayList<>();
    private final List<DatagramService> datagrams = new ArrayList<>();
    private String name = "server";
    private Counters counters;
    private Limits limits = Limits.defaults();
    private LongSupplier clockNanos = System::nanoTime;
    private boolean anyOrder;
    private Ticker ticker = _ -> {};
    private Runnable whenFinished = () -> {};

    /** From the first service on. */
    private WaitingMemory memory;

    private StreamService streams;
    private long waitNanos = TICK_NANOS;
    private int untilPoll = POLL_COMPLETIONS;
    private volatile boolean running = true;

    private Server(LibOs os) {
        this.os = os;
    }

    /** A server on this stack, which stays its opener's. */
    public static Server on(LibOs os) {
        return new Server(os);
    }

    // ---- what it is

    /** What its counters' names begin with; {@code server} if nothing is said. */
    public Server name(String serverName) {
        requireNothingServed();
        name = serverName;
        return this;
    }

    /** Where its counters are, such as the stack's own; in private memory if nothing is said. */
    public Server counters(Counters where) {
        requireNothingServed();
        counters = where;
        return this;
    }

    /** What its peers may take; {@link Limits#defaults()} if nothing is said. */
    public Server limits(Limits max) {
        requireNothingServed();
        limits = max;
        return this;
    }

    /** Whose nanoseconds time-outs are measured with; {@link System#nanoTime} if nothing is said. */
    public Server clock(LongSupplier nanos) {
        requireNothingServed();
        clockNanos = nanos;
        return this;
    }

    /** Deferred answers go when they come: requests and answers carry what matches them. Else they go in order. */
    public Server anyOrder() {
        requireNothingServed();
        anyOrder = true;
        return this;
    }

    /** What is done besides, a little at a time. */
    public Server ticker(Ticker work) {
        ticker = work;
        return this;
    }

    /** What is done once nothing more is served, such as to give kept buffers back. */
    public Server whenFinished(Runnable work) {
        whenFinished = work;
        return this;
    }

    private void requireNothingServed() {
        if (streams != null) {
            throw new IllegalStateException("say first what the server is, then what it serves");
        }
    }

    private StreamService streams() {
        if (streams == null) {
            counters = counters == null ? Counters.inMemory() : counters;
            memory = new WaitingMemory(limits.waitingBytes(), limits.pinnedBytes(), clockNanos);
            streams = new StreamService(os, name, counters, memory, limits, anyOrder);
            waitNanos = Math.min(TICK_NANOS, streams.pollNanos());
        }
        return streams;
    }

    // ---- what it serves

    /**
     * Serves TCP with one handler for all connections.
     *
     * @throws ConfigurationException if the address cannot be had
     */
    public Server tcp(Endpoint local, Framing framing, Handler handler) {
        return tcp(local, framing, (HandlerFactory) _ -> handler);
    }

    /**
     * Serves TCP with a handler for each connection.
     *
     * @throws ConfigurationException if the address cannot be had
     */
    public Server tcp(Endpoint local, Framing framing, HandlerFactory handlers) {
        StreamService _ = streams();
        int queue = bound(Transport.TCP, local);
        Status status = os.listen(queue, BACKLOG);
        if (status != Status.OK) {
            throw refused(Transport.TCP, local, status);
        }
        os.attach(queue, new Listener(queue, framing, handlers));
        listeners.add(queue);
        if (os.accept(queue) == LibOs.NO_TOKEN) {
            throw refused(Transport.TCP, local, Status.TRY_AGAIN);
        }
        return this;
    }

    /**
     * Serves UDP: each datagram is a request, and an answer is one datagram, which has to fit a frame.
     *
     * @throws ConfigurationException if the address cannot be had
     */
    public Server udp(Endpoint local, Handler handler) {
        StreamService service = streams();
        int queue = bound(Transport.UDP, local);
        Counter received = counters.counter(name + ".datagrams");
        Counter failed = counters.counter(name + ".datagrams.failed");
        Counter lost = counters.counter(name + ".datagrams.lost");
        DatagramService datagram = new DatagramService(os, queue, handler, service, memory, received, failed, lost);
        os.attach(queue, datagram);
        datagrams.add(datagram);
        datagram.pop();
        return this;
    }

    private int bound(Transport transport, Endpoint local) {
        int queue = os.socket(transport);
        Status status = queue == 0 ? Status.TRY_AGAIN : os.bind(queue, local);
        if (status != Status.OK) {
            throw refused(transport, local, status);
        }
        served.add(transport.name().toLowerCase(Locale.ROOT) + " " + local.port());
        return queue;
    }

    @Override
    public String serves() {
        return String.join(", ", served);
    }

    private static ConfigurationException refused(Transport transport, Endpoint local, Status status) {
        return new ConfigurationException(transport + " port " + local.port() + " cannot be served: " + status);
    }

    // ---- its life

    @Override
    public void run() {
        while (running) {
            turn(waitNanos);
        }
    }

    /**
     * Waits once, and handles what has completed: for a thread that has other things to do as well.
     *
     * @param timeoutNanos how long at most; 0 turns the stack's loop once
     * @return false if nothing had
     */
    public boolean turn(long timeoutNanos) {
        StreamService service = streams();
        boolean idle = os.waitNext(completion, timeoutNanos) != WaitResult.COMPLETED;
        if (!idle) {
            handle(service, completion);
        }
        ticker.tick(idle);
        if (idle || --untilPoll <= 0) {
            untilPoll = POLL_COMPLETIONS;
            service.poll();
        }
        return !idle;
    }

    private static void handle(StreamService service, Completion c) {
        switch (c.opcode()) {
            case ACCEPT -> service.accepted((Listener) c.attachment(), c);
            case POP -> {
                if (c.attachment() instanceof Connection connection) {
                    service.popped(connection, c);
                } else {
                    ((DatagramService) c.attachment()).popped(c);
                }
            }
            case ROOM -> service.hasRoom((Connection) c.attachment(), c);
            case PUSH -> {
                if (c.attachment() instanceof Connection connection) {
                    service.pushed(connection);
                } else {
                    ((DatagramService) c.attachment()).pop(); // it has left a place
                }
            }
            default -> {}
        }
    }

    @Override
    public void stop() {
        running = false;
        os.wake();
    }

    /**
     * After {@link #run()}: takes no more connections, answers the requests that have come in whole, sends all answers, and
     * ends each stream. What comes later is not answered.
     */
    @Override
    public int finish(long drainNanos) {
        long begin = System.nanoTime();
        StreamService service = streams();
        for (int listener : listeners) {
            Status _ = os.shutdown(listener);
        }
        while (turn(0) && System.nanoTime() - begin < ARRIVED_NANOS) {
            // What had come when the server was told to stop.
        }
        service.finish();
        while (service.blocked() > 0
                && System.nanoTime() - begin < drainNanos
                && !Thread.currentThread().isInterrupted()) {
            turn(waitNanos);
        }
        int left = os.drain(drainNanos - (System.nanoTime() - begin));
        service.discard();
        whenFinished.run();
        return left;
    }
}
