package io.penstock.benchmarks.embed;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.memory.Buffer;
import io.penstock.testkit.ForwardingLibOs;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The stack of an echo server, whose client has its turn on the same thread, before each turn of the server's loop. What a request
 * takes is the thread's own processor time, whoever else runs on the machine: it is the sum of what client, both stacks and
 * server do, and two servers differ by what they do themselves.
 */
final class EchoInTurn extends ForwardingLibOs {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int SIZE_BYTES = 64;
    private static final AtomicInteger WIRES = new AtomicInteger();

    private final Stack server;
    private final Stack client;
    private final int connections;
    private final Completion completion = new Completion();
    private Runnable stop;
    private long warmUpAnswers;
    private long leftAnswers;
    private final long measuredAnswers;
    private long beginNanos;
    private long elapsedNanos;
    private int connecting;
    private boolean isOver;

    private EchoInTurn(Stack server, Stack client, int connections, long answers) {
        super(server);
        this.server = server;
        this.client = client;
        this.connections = connections;
        this.warmUpAnswers = answers / 4;
        this.leftAnswers = answers;
        this.measuredAnswers = answers;
    }

    /** A server in some style, on the calling thread. */
    interface Server {
        /**
         * Serves until it is stopped.
         *
         * @param os {@link #onStop} is told what stops it
         */
        void run(EchoInTurn os) throws Exception;
    }

    /** Processor time of one request, nanoseconds, of so many. */
    static double nanosPerRequest(Server style, int connections, long answers) throws Exception {
        String wire = "shm:fiber-turns-" + ProcessHandle.current().pid() + "-" + WIRES.incrementAndGet();
        try (Stack server = Stack.open(config(wire, "198.18.0.2/24"));
                Stack client = Stack.open(config(wire, "198.18.0.1/24"))) {
            EchoInTurn os = new EchoInTurn(server, client, connections, answers);
            style.run(os);
            return (double) os.elapsedNanos / os.measuredAnswers;
        }
    }

    private static StackConfig config(String wire, String address) {
        return StackConfig.builder()
                .device(wire)
                .address(address)
                .probeAddress(false)
                .frames(8192)
                .build();
    }

    /** What stops the server. */
    void onStop(Runnable action) {
        stop = action;
    }

    @Override
    public WaitResult waitNext(Completion out, long timeoutNanos) {
        if (!isOver) {
            turnOfTheClient();
        }
        return server.waitNext(out, isOver ? timeoutNanos : 0);
    }

    private void turnOfTheClient() {
        if (connecting < connections) {
            int queue = client.socket(Transport.TCP);
            client.connect(queue, Endpoint.of("198.18.0.2", EchoRun.PORT));
            connecting++;
        }
        if (client.waitNext(completion, 0) != WaitResult.COMPLETED) {
            return;
        }
        switch (completion.opcode()) {
            case CONNECT -> {
                if (completion.isOk()) {
                    request(completion.queue());
                } else { // it does not listen yet
                    client.abort(completion.queue());
                    connecting--;
                }
            }
            case POP -> answered();
            default -> {}
        }
    }

    private void answered() {
        if (!completion.isOk() || completion.lengthBytes() != SIZE_BYTES) {
            throw new IllegalStateException("instead of an answer: " + completion);
        }
        completion.buffer().release();
        if (warmUpAnswers > 0) {
            warmUpAnswers--;
            if (warmUpAnswers == 0) {
                beginNanos = THREADS.getCurrentThreadCpuTime();
            }
        } else if (--leftAnswers == 0) {
            elapsedNanos = THREADS.getCurrentThreadCpuTime() - beginNanos;
            isOver = true;
            stop.run();
            return;
        }
        request(completion.queue());
    }

    private void request(int queue) {
        Buffer request = client.allocate(SIZE_BYTES);
        if (client.push(queue, request) == LibOs.NO_TOKEN || client.pop(queue) == LibOs.NO_TOKEN) {
            throw new IllegalStateException("the client's stack takes no more requests");
        }
        request.release();
    }
}
