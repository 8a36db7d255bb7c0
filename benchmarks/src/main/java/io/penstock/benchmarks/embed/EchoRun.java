package io.penstock.benchmarks.embed;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.memory.Buffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An echo server on a thread of its own, and a client on tokens on the caller's, over a wire in shared memory: on each
 * connection one request is on its way.
 */
final class EchoRun {
    static final int PORT = 7;
    private static final int SIZE_BYTES = 64;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final AtomicInteger WIRES = new AtomicInteger();

    private final String wire = "shm:fiber-cost-" + ProcessHandle.current().pid() + "-" + WIRES.incrementAndGet();
    private final CompletableFuture<Runnable> stop = new CompletableFuture<>();
    private final Thread thread;
    private final Stack client;
    private final Completion completion = new Completion();

    /** A server in some style. */
    interface Server {
        /**
         * Serves until it is stopped.
         *
         * @param stop gets what stops it, once it listens or is about to
         */
        void run(Stack os, CompletableFuture<Runnable> stop) throws Exception;
    }

    EchoRun(Server server, int connections) throws Exception {
        thread = Thread.ofPlatform().name("echo-server").start(() -> {
            try (Stack os = Stack.open(config("198.18.0.2/24"))) {
                server.run(os, stop);
            } catch (Throwable e) {
                stop.completeExceptionally(e);
            }
        });
        Runnable _ = stop.get(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
        client = Stack.open(config("198.18.0.1/24"));
        for (int i = 0; i < connections; i++) {
            request(connect());
        }
    }

    private StackConfig config(String address) {
        return StackConfig.builder()
                .device(wire)
                .address(address)
                .probeAddress(false)
                .frames(8192)
                .build();
    }

    private int connect() {
        long until = System.nanoTime() + PATIENCE_NANOS;
        while (System.nanoTime() < until) { // until it listens
            int queue = client.socket(Transport.TCP);
            long token = client.connect(queue, Endpoint.of("198.18.0.2", PORT));
            while (client.waitFor(token, completion, PATIENCE_NANOS) != WaitResult.COMPLETED) {
                // woken by nobody: again
            }
            if (completion.isOk()) {
                return queue;
            }
            client.abort(queue);
        }
        throw new IllegalStateException("the server does not listen");
    }

    private void request(int queue) {
        Buffer request = client.allocate(SIZE_BYTES);
        if (client.push(queue, request) == LibOs.NO_TOKEN || client.pop(queue) == LibOs.NO_TOKEN) {
            throw new IllegalStateException("the client's stack takes no more requests");
        }
        request.release();
    }

    /** Asks for a time. Returns how long a request took of it, nanoseconds: 1e9 by it is the number in a second. */
    double nanosPerRequest(long durationNanos) {
        long begin = System.nanoTime();
        long answers = 0;
        long now = begin;
        while (now - begin < durationNanos) {
            if (client.waitNext(completion, 1_000_000) == WaitResult.COMPLETED && completion.opcode() == Opcode.POP) {
                if (!completion.isOk() || completion.lengthBytes() != SIZE_BYTES) {
                    throw new IllegalStateException("instead of an answer: " + completion);
                }
                completion.buffer().release();
                request(completion.queue());
                answers++;
            }
            if ((answers & 63) == 0) {
                now = System.nanoTime();
            }
        }
        return (double) (now - begin) / answers;
    }

    /** Ends both. */
    void end() throws Exception {
        client.close();
        stop.get().run();
        thread.join();
    }
}
