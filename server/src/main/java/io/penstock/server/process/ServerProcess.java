package io.penstock.server.process;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.DeviceLostException;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.poll.CorePinning;
import io.penstock.datapath.process.StopRequests;
import io.penstock.datapath.process.StopSignals;
import io.penstock.memory.OutOfMemoryRegionException;
import io.penstock.server.Service;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A server's life as a process: pins its core, opens the stack, says {@code ready}, serves on the calling thread until SIGTERM,
 * SIGINT or SIGHUP ({@link StopSignals} has what each of them does), gives its clients time, and says what it counted.
 *
 * <pre>{@code
 * public static void main(String[] args) {
 *     ServerProcess.named("values").core(1).main(() -> Stack.open(config), os -> new ValueServer().on(os, 7000));
 * }
 * }</pre>
 *
 * <p>Health: a process that lives and whose counters move is well. Readiness: the ready line on standard output; the counter
 * {@code NAME.ready}, 1 while it serves ({@link Plan#counters}); and a file that is there while it serves ({@link #readyFile}).
 */
public final class ServerProcess {
    /** It was told to stop, and did. */
    public static final int OK = 0;
    /** Something broke. */
    public static final int BROKEN = 1;
    /** What was asked for cannot be had: one line says why. */
    public static final int UNUSABLE = 2;
    /** The device was taken away: a supervisor may start it again. */
    public static final int DEVICE_LOST = 3;

    private final String name;
    private Duration drain = Duration.ofSeconds(5);
    private Integer core;
    private Path readyFile;
    private PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);

    private ServerProcess(String name) {
        this.name = name;
    }

    /**
     * One for this process.
     *
     * @param name what it is called in what it prints
     */
    public static ServerProcess named(String name) {
        return new ServerProcess(name);
    }

    /** How long clients may take at the end to read what was sent and to close; 5 s if nothing is said. */
    public ServerProcess drain(Duration max) {
        if (max.isNegative()) {
            throw new ConfigurationException("drain " + max + ": expected a time, or zero for none");
        }
        drain = max;
        return this;
    }

    /**
     * The core that the loop is pinned to, before the stack is opened; none if nothing is said.
     *
     * @param number as the kernel counts them
     */
    public ServerProcess core(int number) {
        core = number;
        return this;
    }

    /** A file that there is as long as it serves, for probes of readiness. One from before is removed. */
    public ServerProcess readyFile(Path file) {
        readyFile = file;
        return this;
    }

    /** Where it says {@code ready} and {@code stopped}; standard output if nothing is said. */
    public ServerProcess prints(PrintWriter where) {
        out = where;
        return this;
    }

    /**
     * Runs it, and ends the process with an exit code: {@link #OK}, {@link #BROKEN}, {@link #UNUSABLE} or {@link #DEVICE_LOST};
     * what went wrong stands on standard error, in one line if the user can mend it.
     */
    public <O extends LibOs> void main(Supplier<O> open, Function<? super O, ? extends Service> serve) {
        StopRequests.keep();
        System.exit(exitCodeOf(() -> run(open, serve)));
    }

    /** As {@link #main(Supplier, Function)}, with all that a plan says. */
    public <O extends LibOs> void main(Plan<O> plan) {
        StopRequests.keep();
        System.exit(exitCodeOf(() -> run(plan)));
    }

    private int exitCodeOf(Runnable life) {
        try {
            life.run();
            return OK;
        } catch (ConfigurationException | OutOfMemoryRegionException e) {
            System.err.println(name + ": " + e.getMessage());
            return UNUSABLE;
        } catch (DeviceLostException e) {
            System.err.println(name + ": " + e.getMessage());
            return DEVICE_LOST;
        } catch (RuntimeException | Error e) {
            e.printStackTrace();
            return BROKEN;
        }
    }

    /** As {@link #run(Plan)}, of a stack and a service of which there is nothing more to say. */
    public <O extends LibOs> void run(Supplier<O> open, Function<? super O, ? extends Service> serve) {
        run(new Plan<O>() {
            @Override
            public O open() {
                return open.get();
            }

            @Override
            public Service serve(O os) {
                return serve.apply(os);
            }
        });
    }

    /**
     * Serves until a signal comes. Returns in good order, also if one comes before it serves.
     *
     * @throws ConfigurationException if what was asked for cannot be had
     * @throws DeviceLostException if the device was taken away
     */
    public <O extends LibOs> void run(Plan<O> plan) {
        StopSignals signals = new StopSignals(name, drain.toNanos());
        try {
            if (core != null) {
                CorePinning.pinCurrentThread(core);
            }
            try (O os = plan.open()) {
                serve(plan, os, signals);
            }
        } finally {
            out.flush();
            signals.ended();
        }
    }

    private <O extends LibOs> void serve(Plan<O> plan, O os, StopSignals signals) {
        Service service = plan.serve(os);
        if (!signals.beginService(service::stop)) {
            out.println("stopped " + name + " before it was ready");
            return;
        }
        Counters counters = plan.counters(os);
        Counter ready = counters == null ? null : counters.counter(name + ".ready", CounterType.GAUGE);
        try {
            say("ready " + name + ": " + service.serves(), " ", plan.where(os));
            ready(ready, true);
            service.run();
        } finally {
            ready(ready, false);
        }
        int left = service.finish(drain.toNanos());
        String total = plan.total(os);
        say("stopped " + name + ": " + total, total.isEmpty() ? "" : ", ", "connections reset " + left);
    }

    private void say(String what, String between, String more) {
        out.println(more.isEmpty() ? what : what + between + more);
        out.flush();
    }

    private void ready(Counter counter, boolean isReady) {
        if (counter != null) {
            counter.set(isReady ? 1 : 0);
        }
        if (readyFile == null) {
            return;
        }
        try {
            Files.deleteIfExists(readyFile);
            if (isReady) {
                Files.writeString(readyFile, ProcessHandle.current().pid() + "\n");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the file that says that " + name + " is ready", e);
        }
    }
}
