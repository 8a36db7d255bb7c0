package io.penstock.benchmarks.embed;

import io.penstock.benchmarks.report.Median;
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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/**
 * What it costs to go from one thread to another: a task and a call onto the stack's thread, and a request that a worker answers
 * against one that is answered at once. Both kinds of answer in turn, as the machine's speed changes.
 *
 * <pre>
 *   java @penstock.jvmargs -Dlogback.configurationFile=.mvn/logback-test.xml -cp "$(cat target/launcher/class-path)" io.penstock.benchmarks.embed.HandOffCost [ROUNDS]
 * </pre>
 */
public final class HandOffCost {
    private static final int[] CONNECTIONS = {1, 64};
    private static final int TASKS = 200_000;
    private static final int AT_ONCE = 64;
    private static final long REQUESTS = 100_000;
    private static final Work ECHO = (request, answer) -> answer.putBytes(request);

    private final int rounds;
    /** Written by the stack's thread, awaited by the other. */
    private volatile long seen;

    private HandOffCost(int rounds) {
        this.rounds = rounds;
    }

    /** Prints what it measured. */
    public static void main(String[] arguments) {
        HandOffCost cost = new HandOffCost(arguments.length > 0 ? Integer.parseInt(arguments[0]) : 7);
        cost.ontoTheStack();
        for (int connections : CONNECTIONS) {
            cost.requests(connections);
        }
    }

    /** Measures nanoseconds for one. */
    private interface Measurement {
        double nanos();
    }

    /** The first one warms up. */
    private double median(Measurement measurement) {
        List<Double> each = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            double nanos = measurement.nanos();
            if (round > 0) {
                each.add(nanos);
            }
        }
        return Median.of(each, Double::doubleValue);
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
        System.out.printf("execute, there and back: %.0f ns%n", median(() -> executes(os)));
        System.out.printf("call and spin until it is done: %.0f ns%n", median(() -> calls(stack, false)));
        System.out.printf("call and join: %.0f ns%n", median(() -> calls(stack, true)));
        System.out.printf("call, %d at a time: %.0f ns each%n", AT_ONCE, median(() -> manyCalls(stack)));
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
        int count = joins ? TASKS / 4 : TASKS;
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
        List<Double> atOnce = new ArrayList<>();
        List<Double> byWorkers = new ArrayList<>();
        List<Double> more = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            double inPlace = nanosPerRequest(connections, HandOffCost::answering);
            double handedOff = nanosPerRequest(connections, HandOffCost::handingOff);
            if (round > 0) {
                atOnce.add(inPlace);
                byWorkers.add(handedOff);
                more.add(handedOff - inPlace);
            }
        }
        System.out.printf(
                "a request of 64 B, %d connections: at once %.0f ns, by a worker %.0f ns, %.0f ns more%n",
                connections,
                Median.of(atOnce, Double::doubleValue),
                Median.of(byWorkers, Double::doubleValue),
                Median.of(more, Double::doubleValue));
    }

    private static double nanosPerRequest(int connections, Function<LibOs, Server> serve) {
        try (RequestsInTurn requests = new RequestsInTurn(connections, serve)) {
            double _ = requests.nanosPerRequest(REQUESTS / 2);
            return requests.nanosPerRequest(REQUESTS);
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
