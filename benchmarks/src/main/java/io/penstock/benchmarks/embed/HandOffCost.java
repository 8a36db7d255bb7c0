package io.penstock.benchmarks.embed;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.server.Framing;
import io.penstock.server.Server;
import io.penstock.server.worker.StackExecutor;
import io.penstock.server.worker.Work;
import io.penstock.server.worker.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What it costs to go from one thread to another: a task and a call onto the stack's thread, and a request that a worker answers
 * against one that is answered at once, both kinds in turn. Measured in many short windows, so that on a machine that has
 * other things to do some are undisturbed: of all it prints the tenth part's border and the middle.
 *
 * <pre>
 *   java @penstock.jvmargs -Dlogback.configurationFile=.mvn/logback-test.xml -cp "$(cat target/launcher/class-path)" io.penstock.benchmarks.embed.HandOffCost [WINDOWS]
 * </pre>
 */
public final class HandOffCost {
    private static final int[] CONNECTIONS = {1, 64};
    private static final int TASKS = 1024;
    private static final int AT_ONCE = 64;
    private static final long REQUESTS = 1024;
    private static final Work ECHO = (request, answer) -> answer.putBytes(request);

    private final int windows;
    /** Written by the stack's thread, awaited by the other. */
    private volatile long seen;

    private HandOffCost(int windows) {
        this.windows = windows;
    }

    /** Prints what it measured. */
    public static void main(String[] arguments) {
        HandOffCost cost = new HandOffCost(arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1000);
        cost.ontoTheStack();
        for (int connections : CONNECTIONS) {
            cost.requests(connections);
        }
    }

    /** Measures nanoseconds for one. */
    private interface Measurement {
        double nanos();
    }

    /** In turn. The first half of the windows warms up. */
    private void measure(String[] what, Measurement... measurements) {
        double[][] nanos = new double[measurements.length][windows];
        for (int i = 0; i < 2 * windows; i++) {
            for (int j = 0; j < measurements.length; j++) {
                nanos[j][i % windows] = measurements[j].nanos();
            }
        }
        for (int j = 0; j < measurements.length; j++) {
            Arrays.sort(nanos[j]);
            System.out.printf(
                    "%-50s %6.0f ns, in the middle %6.0f ns%n", what[j], nanos[j][windows / 10], nanos[j][windows / 2]);
        }
    }

    // ---- onto the stack's thread

    private void ontoTheStack() {
        AtomicBoolean isOver = new AtomicBoolean();
        CompletableFuture<Stack> opened = new CompletableFuture<>();
        Thread loop = Thread.ofPlatform().start(() -> {
            try (Stack os = Stack.open(StackConfig.builder()
                    .device("shm:hand-off-" + ProcessHandle.current().pid())
                    .address("198.18.0.1/24")
                    .build())) {
                opened.complete(os);
                Completion ignored = new Completion();
                while (!isOver.get()) {
                    os.waitNext(ignored, LibOs.FOREVER);
                }
            } catch (RuntimeException e) {
                opened.completeExceptionally(e);
                throw e;
            }
        });
        Stack os = opened.join();
        StackExecutor stack = StackExecutor.of(os);
        measure(
                new String[] {
                    "execute, there and back",
                    "call, and look until it is done",
                    "call, and join",
                    "call, " + AT_ONCE + " at a time, each"
                },
                () -> executes(os),
                () -> calls(stack, false),
                () -> calls(stack, true),
                () -> manyCalls(stack));
        isOver.set(true);
        os.wake();
        try {
            loop.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private double executes(LibOs os) {
        long begin = System.nanoTime();
        long from = seen;
        for (long i = from + 1; i <= from + TASKS; i++) {
            long number = i;
            while (!os.execute(() -> seen = number)) {
                Thread.onSpinWait();
            }
            while (seen != number) {
                Thread.onSpinWait();
            }
        }
        return (System.nanoTime() - begin) / (double) TASKS;
    }

    private static double calls(StackExecutor stack, boolean joins) {
        int count = TASKS / 4;
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            int number = i;
            CompletableFuture<Integer> call = stack.call(() -> number);
            while (!joins && !call.isDone()) {
                Thread.onSpinWait();
            }
            require(call.join() == number);
        }
        return (System.nanoTime() - begin) / (double) count;
    }

    private static double manyCalls(StackExecutor stack) {
        List<CompletableFuture<Integer>> calls = new ArrayList<>(AT_ONCE);
        long begin = System.nanoTime();
        for (int i = 0; i < TASKS; i += AT_ONCE) {
            int number = i;
            for (int j = 0; j < AT_ONCE; j++) {
                calls.add(stack.call(() -> number));
            }
            while (!calls.getLast().isDone()) {
                Thread.onSpinWait();
            }
            require(calls.getLast().join() == number);
            calls.clear();
        }
        return (System.nanoTime() - begin) / (double) TASKS;
    }

    private static void require(boolean isSo) {
        if (!isSo) {
            throw new IllegalStateException("a call has brought another one's result");
        }
    }

    // ---- requests

    private void requests(int connections) {
        try (RequestsInTurn atOnce = new RequestsInTurn("at-once", connections, HandOffCost::answering);
                RequestsInTurn byWorker = new RequestsInTurn("by-worker", connections, HandOffCost::handingOff)) {
            measure(
                    new String[] {
                        "a request, " + connections + " connections, answered at once",
                        "a request, " + connections + " connections, by a worker"
                    },
                    () -> atOnce.nanosPerRequest(REQUESTS),
                    () -> byWorker.nanosPerRequest(REQUESTS));
        }
    }

    private static Server answering(LibOs os) {
        return Server.on(os)
                .tcp(
                        Endpoint.any(RequestsInTurn.PORT),
                        Framing.lengthPrefix(4),
                        (request, reply) -> reply.write(request));
    }

    private static Server handingOff(LibOs os) {
        Workers workers = Workers.on(os).start(1);
        return Server.on(os)
                .whenFinished(workers::close)
                .tcp(
                        Endpoint.any(RequestsInTurn.PORT),
                        Framing.lengthPrefix(4),
                        (request, reply) -> require(workers.answer(request, reply, ECHO)));
    }
}
