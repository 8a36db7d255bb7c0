package io.penstock.examples.cli;

import io.penstock.datapath.counters.Counters;
import io.penstock.libos.tcp.Stack;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A server's life: opens what it needs, says {@code ready}, runs on this thread, and ends in order. */
final class ServerProcess {
    private static final long STOP_SECONDS = 5;

    private ServerProcess() {}

    /** Makes a server on a stack that is open. */
    @FunctionalInterface
    interface Factory {
        Service open(Stack stack, Counters counters);
    }

    /**
     * A server.
     *
     * @param ports what it serves, such as {@code tcp 7}
     * @param loop runs until {@code stop}
     * @param stop ends {@code loop}; called from another thread
     * @param counted the counters that it says at its end
     */
    record Service(String ports, Runnable loop, Runnable stop, List<String> counted) {}

    /**
     * Serves until SIGTERM, SIGINT or SIGHUP. The process then ends with exit code 0, as it ended in order: the Java
     * machine's own choice would be 128 and the signal's number.
     */
    static void run(ServerOptions options, String name, List<Integer> ports, PrintWriter out, Factory factory) {
        CountDownLatch ended = new CountDownLatch(1);
        try (Stack stack = options.openStack(name, ports)) {
            Service service = factory.open(stack, stack.counters());
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(service, ended, out), "penstock-stop"));
            if (!stack.notice().isEmpty()) {
                System.err.println("penstock: " + stack.notice());
            }
            out.println("ready " + name + ": " + service.ports() + " at " + options.describe(stack));
            out.flush();
            service.loop().run();
            out.println("stopped " + name + ": " + total(service.counted(), stack.counters()));
        } finally {
            ended.countDown();
        }
    }

    private static String total(List<String> counted, Counters counters) {
        return counted.stream()
                .map(counter -> counter + " " + counters.counter(counter).get())
                .collect(Collectors.joining(", "));
    }

    private static void stop(Service service, CountDownLatch ended, PrintWriter out) {
        if (ended.getCount() == 0) {
            return; // this is not a signal: the loop ended by itself, and the exit code is its own
        }
        service.stop().run();
        int code = 1;
        try {
            code = ended.await(STOP_SECONDS, TimeUnit.SECONDS) ? 0 : 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (code != 0) {
            System.err.println("penstock: the server did not stop within " + STOP_SECONDS + " s");
        }
        out.flush();
        Runtime.getRuntime().halt(code);
    }
}
