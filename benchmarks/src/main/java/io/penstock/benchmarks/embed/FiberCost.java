package io.penstock.benchmarks.embed;

import io.penstock.benchmarks.report.Median;
import io.penstock.datapath.Endpoint;
import io.penstock.examples.FirstServer;
import io.penstock.libos.tcp.Stack;
import io.penstock.memory.Buffer;
import io.penstock.server.fiber.Connection;
import io.penstock.server.fiber.FiberLoop;
import io.penstock.server.fiber.FiberScope;
import io.penstock.server.fiber.Listener;
import io.penstock.testkit.MemoryOs;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What fibers cost: a wait and its end by itself, and an echo's request against the hand-written loop over tokens. Servers of both
 * styles run in turn, as the machine's speed changes: what counts is the difference, and the ratio, within a round.
 *
 * <pre>
 *   java @penstock.jvmargs -Dlogback.configurationFile=.mvn/logback-test.xml -cp "$(cat target/launcher/class-path)" io.penstock.benchmarks.embed.FiberCost [ROUNDS [MILLIS]]
 * </pre>
 */
public final class FiberCost {
    private static final int[] CONNECTIONS = {1, 16, 64};
    private static final int[] FIBERS = {2, 64, 1024};
    private static final int WAITS = 2_000_000;
    private static final long REQUESTS = 400_000;

    private FiberCost() {}

    /** Prints what it measured. */
    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 7;
        long nanos = TimeUnit.MILLISECONDS.toNanos(arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1000);
        for (int fibers : FIBERS) {
            List<Double> each = new ArrayList<>();
            for (int round = 0; round <= rounds; round++) {
                double waitNanos = waitNanos(fibers);
                if (round > 0) { // the first one warms up
                    each.add(waitNanos);
                }
            }
            System.out.printf(
                    "a wait and its end, %d fibers in turn: %.0f ns%n", fibers, Median.of(each, Double::doubleValue));
        }
        for (int connections : CONNECTIONS) {
            compare(
                    "client and server in turn on one thread",
                    rounds,
                    () -> EchoInTurn.nanosPerRequest(FiberCost::tokensInTurn, connections, REQUESTS),
                    () -> EchoInTurn.nanosPerRequest(FiberCost::fibersInTurn, connections, REQUESTS),
                    connections);
        }
        for (int connections : CONNECTIONS) {
            compare(
                    "client and server on a thread each",
                    rounds,
                    () -> run(FiberCost::tokens, connections, nanos),
                    () -> run(FiberCost::fibers, connections, nanos),
                    connections);
        }
    }

    /** Measures nanoseconds per request. */
    private interface Measurement {
        double nanosPerRequest() throws Exception;
    }

    private static void compare(String how, int rounds, Measurement ofTokens, Measurement ofFibers, int connections)
            throws Exception {
        List<Double> fibers = new ArrayList<>();
        List<Double> tokens = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        List<Double> more = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            double withTokens = ofTokens.nanosPerRequest();
            double withFibers = ofFibers.nanosPerRequest();
            if (round > 0) { // the first one warms up
                tokens.add(withTokens);
                fibers.add(withFibers);
                ratios.add(withTokens / withFibers);
                more.add(withFibers - withTokens);
            }
        }
        System.out.printf(
                "echo of 64 B, %d connections, %s: tokens %.0f ns, fibers %.0f ns a request; %.0f ns more, %.3f x the requests/s%n",
                connections,
                how,
                Median.of(tokens, Double::doubleValue),
                Median.of(fibers, Double::doubleValue),
                Median.of(more, Double::doubleValue),
                Median.of(ratios, Double::doubleValue));
    }

    private static double run(EchoRun.Server server, int connections, long nanos) throws Exception {
        EchoRun run = new EchoRun(server, connections);
        try {
            double _ = run.nanosPerRequest(nanos / 2);
            return run.nanosPerRequest(nanos);
        } finally {
            run.end();
        }
    }

    static void tokensInTurn(EchoInTurn os) {
        FirstServer server = new FirstServer(os, EchoRun.PORT);
        os.onStop(server::stop);
        server.run();
    }

    static void fibersInTurn(EchoInTurn os) throws Exception {
        FiberLoop loop = new FiberLoop(os);
        os.onStop(loop::stop);
        loop.run(FiberCost::serve);
    }

    private static void tokens(Stack os, CompletableFuture<Runnable> stop) {
        FirstServer server = new FirstServer(os, EchoRun.PORT);
        stop.complete(server::stop);
        server.run();
    }

    private static void fibers(Stack os, CompletableFuture<Runnable> stop) throws Exception {
        FiberLoop loop = new FiberLoop(os);
        stop.complete(loop::stop);
        loop.run(FiberCost::serve);
    }

    private static void serve(FiberScope scope) throws Exception {
        Listener listener = scope.listen(Endpoint.any(EchoRun.PORT));
        while (true) {
            scope.serve(listener.accept(), FiberCost::echo);
        }
    }

    private static void echo(Connection connection) throws Exception {
        for (Buffer request = connection.read(); request != null; request = connection.read()) {
            connection.write(request);
            request.release();
        }
    }

    /** Round a ring: each fiber makes the next one ready and waits. */
    private static double waitNanos(int fibers) throws Exception {
        long[] elapsed = new long[1];
        try (MemoryOs os = new MemoryOs()) {
            FiberLoop.run(os, scope -> {
                Thread[] ring = new Thread[fibers];
                int each = WAITS / fibers;
                for (int i = 0; i < fibers; i++) {
                    int own = i;
                    scope.fork(() -> {
                        ring[own] = Thread.currentThread();
                        LockSupport.park();
                        for (int k = 0; k < each; k++) {
                            LockSupport.unpark(ring[(own + 1) % fibers]);
                            LockSupport.park();
                        }
                        LockSupport.unpark(ring[(own + 1) % fibers]);
                    });
                }
                scope.sleep(0);
                long begin = System.nanoTime();
                LockSupport.unpark(ring[0]);
                scope.join();
                elapsed[0] = System.nanoTime() - begin;
            });
        }
        return (double) elapsed[0] / WAITS;
    }
}
