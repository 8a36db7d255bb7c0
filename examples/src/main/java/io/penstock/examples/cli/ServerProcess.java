package io.penstock.examples.cli;

import io.penstock.control.cli.StopSignals;
import io.penstock.datapath.counters.Counters;
import io.penstock.libos.tcp.Stack;
import java.io.PrintWriter;
import java.util.List;
import java.util.function.LongToIntFunction;
import java.util.stream.Collectors;

/** A server's life: opens what it needs, says {@code ready}, runs on this thread, and ends in order. */
final class ServerProcess {
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
     * @param finish after {@code loop}: answers what has come, gives clients so many nanoseconds, and returns how many of
     *     them have not got all
     * @param counted the counters that it says at its end
     */
    record Service(String ports, Runnable loop, Runnable stop, LongToIntFunction finish, List<String> counted) {}

    /** Serves until SIGTERM, SIGINT or SIGHUP. Returns in good order, also if one comes before it serves. */
    static void run(ServerOptions options, String name, List<Integer> ports, PrintWriter out, Factory factory) {
        long drainNanos = options.drainNanos();
        StopSignals signals = new StopSignals(name, drainNanos);
        try (Stack stack = options.openStack(name, ports)) {
            Service service = factory.open(stack, stack.counters());
            if (!signals.beginService(service.stop())) {
                out.println("stopped " + name + " before it was ready");
                return;
            }
            if (!stack.notice().isEmpty()) {
                System.err.println("penstock: " + stack.notice());
            }
            out.println("ready " + name + ": " + service.ports() + " at " + options.describe(stack));
            out.flush();
            service.loop().run();
            int left = service.finish().applyAsInt(drainNanos);
            out.println("stopped " + name + ": " + total(service.counted(), stack.counters()) + ", connections reset "
                    + left);
        } finally {
            out.flush();
            signals.ended();
        }
    }

    private static String total(List<String> counted, Counters counters) {
        return counted.stream()
                .map(counter -> counter + " " + counters.counter(counter).get())
                .collect(Collectors.joining(", "));
    }
}
