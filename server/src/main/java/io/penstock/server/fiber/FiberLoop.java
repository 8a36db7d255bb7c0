package io.penstock.server.fiber;

import io.penstock.datapath.Completion;
import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counters;
import java.util.Objects;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs fibers on the thread that owns a stack, which is the stack's poll loop at the same time.
 *
 * <pre>{@code
 * FiberLoop.run(os, scope -> {
 *     Listener listener = scope.listen(Endpoint.any(7));
 *     while (true) {
 *         scope.serve(listener.accept(), connection -> echo(connection));
 *     }
 * });
 * }</pre>
 *
 * <p><b>A turn.</b> The stack hands out a completion; the fiber that waits for it becomes ready; all that are ready run, each until it waits
 * for something, at most {@link FiberConfig#runsPerTurn} of them; what they have written and asked for is pushed and popped; then
 * the stack goes on. Between two turns packets are received and sent.
 *
 * <p><b>Fibers are virtual threads.</b> Thread-locals, exceptions, stack traces, debuggers, {@link java.util.concurrent.locks.ReentrantLock},
 * {@code synchronized}, queues and futures work; whoever ends their wait from another thread wakes the loop. What blocks the thread
 * itself (a file, {@code java.net}, a long computation) holds up everything; a watchdog names it, with its stack: a line in
 * the log, at most one in ten seconds, an event {@code io.penstock.FiberBlocked} of Java's flight recorder, and the
 * counter {@code fiber.blocked}.
 *
 * <p><b>The end.</b> When the first fiber and all that it has forked have ended, or after {@link #stop}: all fibers are interrupted and run
 * to their end, connections that they have left open are closed, and what was written is waited for until the peers have
 * acknowledged it; all that within {@link FiberConfig#endNanos}. What is left then is reset, and fibers that have not ended are
 * named in the log and never continue. The stack stays open: it is closed by whoever opened it.
 *
 * <p><b>Threads.</b> {@link #run} on the stack's thread; {@link #stop} on any. An interrupt of the stack's thread stops it as well, but
 * Java loses one that comes while a fiber is mounted there.
 */
public final class FiberLoop {
    private static final Logger LOG = LoggerFactory.getLogger(FiberLoop.class);
    /** So often the clock is looked at while completions come one after the other. */
    private static final int COMPLETIONS_PER_LOOK = 16;
    /** How long the loop waits where somebody got no token, as memory or slots come back without a completion, too. */
    private static final long STARVING_NANOS = 200_000;

    private final LibOs os;
    private final FiberConfig config;
    private final Consumer<Completion> others;
    private final Completion completion = new Completion();
    private Carrier carrier;
    private int completions;
    private boolean isOver;
    private volatile boolean isStopped;

    /**
     * For a stack that the calling thread owns.
     *
     * @throws ConfigurationException in one line, if Java was started without a flag that fibers need
     */
    public FiberLoop(LibOs os) {
        this(os, FiberConfig.defaults());
    }

    /** As {@link #FiberLoop(LibOs)}. */
    public FiberLoop(LibOs os, FiberConfig config) {
        String missing = VirtualThreads.complaint();
        if (missing != null) {
            throw new ConfigurationException(missing);
        }
        this.os = Objects.requireNonNull(os);
        this.config = config;
        this.others = config.others();
    }

    /** Runs a task as {@link #run(FiberScope.Task)} does, with what is in force by itself. */
    public static void run(LibOs os, FiberScope.Task task) throws Exception {
        new FiberLoop(os).run(task);
    }

    /**
     * Runs a task in a first fiber, and all that it forks, to the end. Once.
     *
     * @throws java.util.concurrent.ExecutionException a fiber that was forked has thrown what is the cause
     * @throws io.penstock.datapath.DeviceLostException no packet will ever pass again; all fibers were interrupted
     * @throws Exception what the task throws; its {@link InterruptedException} after {@link #stop} is no failure
     */
    public void run(FiberScope.Task task) throws Exception {
        Objects.requireNonNull(task);
        if (carrier != null) {
            throw new IllegalStateException("a loop runs once");
        }
        Counters counters = config.counters();
        carrier = new Carrier(os, config.clock(), counters);
        FiberThread first = start(task);
        Watchdog watchdog = config.blockedNanos() == 0
                ? null
                : new Watchdog(carrier.ready, config.blockedNanos(), counters.counter("fiber.blocked"));
        try {
            boolean isEnded = false;
            try {
                runReady(config.runsPerTurn());
                loopUntilStopped();
                isEnded = true;
            } finally {
                if (!isEnded) {
                    endWithoutStack();
                }
            }
            end();
        } finally {
            if (watchdog != null) {
                watchdog.close();
            }
        }
        if (first.isEnded()) {
            throwFailure(first.failure());
        }
    }

    private FiberThread start(FiberScope.Task task) {
        FiberThread[] self = new FiberThread[1];
        self[0] =
                new TaskFiber(carrier.ready, "first fiber", () -> new FiberScope(carrier, self[0]).run(task), ended -> {
                    carrier.forget(ended);
                    isOver = true;
                });
        carrier.start(self[0]);
        return self[0];
    }

    private void throwFailure(Throwable failure) throws Exception {
        switch (failure) {
            case null -> {}
            case InterruptedException e -> {
                if (!isStopped) {
                    throw e;
                }
            }
            case Exception e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError("a task throws exceptions and errors", failure);
        }
    }

    /** Ends {@link #run} as the class says. Any thread, also before it has begun. */
    public void stop() {
        isStopped = true;
        try {
            os.wake();
        } catch (IllegalStateException _) {
            // The stack is closed, and the loop is over.
        }
    }

    // ---- turns

    private void loopUntilStopped() {
        while (!isOver && !isStopped) {
            turn(config.runsPerTurn(), timeoutNanos());
        }
    }

    private long timeoutNanos() {
        if (!carrier.ready.isEmpty()) {
            return 0;
        }
        long nanos = carrier.nanosToNextTimer();
        return carrier.anyStarves() ? Math.min(nanos, STARVING_NANOS) : nanos;
    }

    private void turn(int runs, long timeoutNanos) {
        WaitResult result = os.waitNext(completion, timeoutNanos);
        if (result == WaitResult.COMPLETED) {
            if (completion.attachment() instanceof FiberQueue queue) {
                queue.complete(completion);
            } else {
                others.accept(completion);
            }
            carrier.advancePosted();
            completions++;
        }
        if (Thread.interrupted()) { // before a fiber runs, which would clear it
            isStopped = true;
        }
        if (carrier.anyStarves()) {
            carrier.advanceStarved();
        }
        if (result != WaitResult.COMPLETED || completions % COMPLETIONS_PER_LOOK == 0) {
            carrier.fireTimers();
        }
        runReady(runs);
    }

    private void runReady(int runs) {
        for (int i = 0; i < runs; i++) {
            RunTask task = carrier.ready.poll();
            if (task == null) {
                return;
            }
            carrier.run(task);
        }
    }

    // ---- the end

    /** As long as something is left to do, and time. */
    private void end() {
        long untilNanos = carrier.nanos() + config.endNanos();
        if (carrier.fibers() > 0) {
            carrier.interruptAll();
            while (carrier.fibers() > 0 && turnUntil(untilNanos)) {
                // until all have ended
            }
            nameThoseLeft();
        }
        carrier.closeAll();
        while (carrier.openQueues() > 0 && turnUntil(untilNanos)) {
            // until the peers have what was written
        }
        if (carrier.openQueues() > 0) {
            carrier.abortAll();
            while (os.waitNext(completion, 0) == WaitResult.COMPLETED) {
                if (completion.attachment() instanceof FiberQueue queue) {
                    queue.complete(completion);
                } else {
                    others.accept(completion);
                }
            }
        }
    }

    /** Returns false if the time was over. */
    private boolean turnUntil(long untilNanos) {
        long left = untilNanos - carrier.nanos();
        if (left <= 0) {
            return false;
        }
        turn(config.runsPerTurn(), Math.min(left, timeoutNanos()));
        return true;
    }

    /** The stack's loop has thrown: fibers run to their end without it. */
    private void endWithoutStack() {
        carrier.interruptAll();
        for (int turns = 0; carrier.fibers() > 0 && !carrier.ready.isEmpty() && turns < 1000; turns++) {
            runReady(config.runsPerTurn());
        }
        nameThoseLeft();
        carrier.abortAll(); // what connections hold is given back
    }

    private void nameThoseLeft() {
        FiberThread fiber = carrier.anyFiber();
        if (fiber != null) {
            Throwable where = new Throwable("one of them waits here");
            where.setStackTrace(fiber.thread.getStackTrace());
            LOG.warn(
                    "{} fibers have not ended within {} ms of their interrupt, and never will, such as '{}'",
                    carrier.fibers(),
                    config.endNanos() / 1_000_000,
                    fiber,
                    where);
        }
    }
}
