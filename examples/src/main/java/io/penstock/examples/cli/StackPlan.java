package io.penstock.examples.cli;

import io.penstock.datapath.counters.Counters;
import io.penstock.libos.tcp.Stack;
import io.penstock.server.Service;
import io.penstock.server.process.Plan;
import io.penstock.server.process.ServerProcess;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A server on the stack that its options ask for. */
final class StackPlan implements Plan<Stack> {
    private final ServerOptions options;
    private final String name;
    private final List<Integer> ports;
    private final Function<Stack, Service> service;
    private final List<String> counted;

    /**
     * @param ports that it serves, for those who take no others from the interface
     * @param counted the counters that it says at its end
     */
    StackPlan(
            ServerOptions options,
            String name,
            List<Integer> ports,
            Function<Stack, Service> service,
            List<String> counted) {
        this.options = options;
        this.name = name;
        this.ports = ports;
        this.service = service;
        this.counted = counted;
    }

    /** Serves until a signal comes. */
    void run(PrintWriter out) {
        ServerProcess.named(name)
                .drain(Duration.ofNanos(options.drainNanos()))
                .prints(out)
                .run(this);
    }

    @Override
    public Stack open() {
        return options.openStack(name, ports);
    }

    @Override
    public Service serve(Stack stack) {
        return service.apply(stack);
    }

    @Override
    public String where(Stack stack) {
        if (!stack.notice().isEmpty()) {
            System.err.println("penstock: " + stack.notice());
        }
        return "at " + options.describe(stack);
    }

    @Override
    public String total(Stack stack) {
        return counted.stream()
                .map(counter ->
                        counter + " " + stack.counters().counter(counter).get())
                .collect(Collectors.joining(", "));
    }

    @Override
    public Counters counters(Stack stack) {
        return stack.counters();
    }
}
