package io.penstock.server.fiber;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.memory.Buffer;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/**
 * Fibers that belong together: none of them outlives the block of code that has the scope.
 *
 * <pre>{@code
 * scope.nested(both -> {
 *     Fiber<Quote> a = both.fork(() -> ask(first));
 *     Fiber<Quote> b = both.fork(() -> ask(second));
 *     both.join();
 *     answer(a.join(), b.join());
 * });
 * }</pre>
 *
 * <p><b>Fail-fast.</b> If one that was {@linkplain #fork forked} throws, all others of the scope are interrupted, and so is the fiber
 * that has the scope; when all have ended, that one gets an {@link ExecutionException} with the cause. What a fiber that was
 * {@linkplain #serve handed a connection} throws is that connection's alone.
 *
 * <p><b>Cancellation</b> is an interrupt: each wait of a fiber, here and in Java's own locks and queues, ends with an
 * {@link InterruptedException}, and a fiber that lets it through has cleaned up by its own {@code finally}. An operation that it waited
 * for stays with its connection: what comes is the next reader's, or goes when the connection is closed.
 *
 * <p><b>Threads.</b> The fibers of the scope's loop. What several of them share needs no lock where nobody waits in between; where
 * somebody does, Java's locks work.
 */
public final class FiberScope {
    private static final String NAME = "fiber";

    private final Carrier carrier;
    private final FiberThread owner;
    private final FiberThread.End ofForked = this::endForked;
    private final FiberThread.End ofServing = this::end;
    private FiberThread first;
    private int alive;
    private Throwable failure;
    private boolean isCancelled;
    private boolean ownerWaits;
    private boolean isOver;

    /** What is done within a scope. */
    @FunctionalInterface
    public interface Task {
        /**
         * Runs to its end, and may fork.
         *
         * @throws Exception all that was forked is told to end
         */
        void run(FiberScope scope) throws Exception;
    }

    FiberScope(Carrier carrier, FiberThread owner) {
        this.carrier = carrier;
        this.owner = owner;
    }

    // ---- forking

    /**
     * Starts a fiber that returns something. It runs when this one waits.
     *
     * @throws IllegalStateException the scope is over
     */
    public <T> Fiber<T> fork(Callable<T> task) {
        return start(new CallFiber(carrier.ready, NAME, Objects.requireNonNull(task), ofForked));
    }

    /** As {@link #fork(Callable)}, for what returns nothing. */
    public Fiber<Void> fork(FiberTask task) {
        return fork(NAME, task);
    }

    /**
     * As {@link #fork(FiberTask)}.
     *
     * @param name of the thread, for dumps and for whoever holds up the loop
     */
    public Fiber<Void> fork(String name, FiberTask task) {
        return start(new TaskFiber(carrier.ready, name, Objects.requireNonNull(task), ofForked));
    }

    /**
     * Starts a fiber for a connection, which is closed when the task returns. What the task throws ends that connection and nothing
     * else: a lost peer is counted ({@code fiber.lost}); what nobody expected is counted ({@code fiber.failed}), logged, at most once a
     * second, and resets the connection.
     */
    public Fiber<Void> serve(Connection connection, ConnectionTask task) {
        Objects.requireNonNull(connection);
        Objects.requireNonNull(task);
        return start(new ServingFiber(carrier.ready, NAME, connection, task, ofServing));
    }

    private <T> Fiber<T> start(FiberThread fiber) {
        FiberThread _ = carrier.current();
        if (isOver) {
            throw new IllegalStateException("the scope is over: nothing can be forked in it any more");
        }
        carrier.start(fiber);
        fiber.nextOfScope = first;
        if (first != null) {
            first.previousOfScope = fiber;
        }
        first = fiber;
        alive++;
        if (isCancelled) {
            cancel(fiber);
        }
        return new Fiber<>(carrier, fiber);
    }

    // ---- ends of fibers, each in that fiber

    private void endForked(FiberThread fiber) {
        Throwable why = fiber.failure();
        boolean isFailure = why != null && !(why instanceof InterruptedException); // else it was told to end
        if (isFailure && failure == null && !isCancelled) {
            failure = why;
            cancelAll();
            if (!ownerWaits) {
                owner.thread.interrupt();
            }
        }
        end(fiber);
    }

    private void end(FiberThread fiber) {
        carrier.forget(fiber);
        if (fiber.previousOfScope == null) {
            first = fiber.nextOfScope;
        } else {
            fiber.previousOfScope.nextOfScope = fiber.nextOfScope;
        }
        if (fiber.nextOfScope != null) {
            fiber.nextOfScope.previousOfScope = fiber.previousOfScope;
        }
        fiber.nextOfScope = null;
        fiber.previousOfScope = null;
        alive--;
        if (alive == 0 && ownerWaits) {
            owner.wake();
        }
    }

    // ---- waiting for them

    /**
     * Waits until all fibers of this scope have ended. Only in the fiber that has the scope.
     *
     * @throws ExecutionException one that was forked has thrown what is the cause; the others were told to end and have ended
     * @throws InterruptedException the fiber was told to end: those of its scope are, when it leaves the scope
     */
    public void join() throws ExecutionException, InterruptedException {
        if (carrier.current() != owner) {
            throw new IllegalStateException("only the fiber that has the scope waits for all of it");
        }
        while (alive > 0) {
            awaitAll();
        }
        throwFailure();
    }

    private void awaitAll() throws InterruptedException {
        ownerWaits = true;
        try {
            boolean _ = carrier.await(owner, null, LibOs.FOREVER);
        } finally {
            ownerWaits = false;
        }
    }

    private void throwFailure() throws ExecutionException {
        if (failure != null) {
            throw new ExecutionException(failure);
        }
    }

    /** Tells all fibers of this scope to end, those as well that are forked from now on; waits for none. */
    public void cancel() {
        carrier.current();
        cancelAll();
    }

    private void cancelAll() {
        isCancelled = true;
        for (FiberThread fiber = first; fiber != null; fiber = fiber.nextOfScope) {
            cancel(fiber);
        }
    }

    private static void cancel(FiberThread fiber) {
        fiber.isCancelled = true;
        fiber.thread.interrupt();
    }

    /** The scope's whole life, in the fiber that has it. */
    void run(Task task) throws Exception {
        Throwable thrown = null;
        try {
            task.run(this);
        } catch (Throwable e) {
            thrown = e;
            cancelAll();
        }
        InterruptedException interrupt = awaitEnd();
        isOver = true;
        if (failure != null && (thrown == null || thrown instanceof InterruptedException)) {
            boolean _ = Thread.interrupted(); // by the failure; unless by somebody above as well
            if (owner.isCancelled) {
                owner.thread.interrupt();
            }
            throwFailure();
        }
        switch (thrown) {
            case null -> {
                if (interrupt != null) {
                    throw interrupt;
                }
            }
            case Error e -> throw e;
            case Exception e -> throw e;
            default -> throw new AssertionError("a task throws exceptions and errors", thrown);
        }
    }

    /** Returns the interrupt that came while it waited. */
    private InterruptedException awaitEnd() {
        InterruptedException interrupt = null;
        while (alive > 0) {
            try {
                awaitAll();
            } catch (InterruptedException e) {
                interrupt = e;
                cancelAll();
            }
        }
        return interrupt;
    }

    /**
     * Runs something in this fiber with a scope of its own, and waits until all that was forked there has ended. If the task
     * throws, or this fiber is interrupted, those fibers are told to end first.
     *
     * @throws ExecutionException a fiber that was forked there has thrown what is the cause
     * @throws Exception what the task throws
     */
    public void nested(Task task) throws Exception {
        Objects.requireNonNull(task);
        new FiberScope(carrier, carrier.current()).run(task);
    }

    // ---- what fibers wait for

    /**
     * Opens a listener for TCP.
     *
     * @param at {@link Endpoint#any}, or an address of the stack's; port 0 lets the stack choose
     * @throws OperationFailedException such as ADDRESS_IN_USE
     * @throws InterruptedException the fiber was told to end
     */
    public Listener listen(Endpoint at) throws IOException, InterruptedException {
        return listen(at, 1024);
    }

    /**
     * As {@link #listen(Endpoint)}.
     *
     * @param backlog how many connections may wait to be accepted, at least 1
     */
    public Listener listen(Endpoint at, int backlog) throws IOException, InterruptedException {
        LoopCall<Listener> call = new LoopCall<>(carrier.current(), () -> Listener.open(carrier, at, backlog));
        carrier.await(carrier.current(), call, LibOs.FOREVER);
        try {
            return call.result();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("it throws nothing else", e);
        }
    }

    /**
     * Opens a connection, which is the caller's to close.
     *
     * @throws OperationFailedException such as CONNECTION_REFUSED, HOST_UNREACHABLE, TIMED_OUT
     * @throws InterruptedException the fiber was told to end: it is given up
     */
    public Connection connect(Endpoint peer) throws IOException, InterruptedException {
        return connect(peer, LibOs.FOREVER);
    }

    /**
     * As {@link #connect(Endpoint)}, not for longer than so many nanoseconds.
     *
     * @throws java.net.SocketTimeoutException there was no answer in that time: it is given up
     */
    public Connection connect(Endpoint peer, long timeoutNanos) throws IOException, InterruptedException {
        return Connection.open(carrier, peer, timeoutNanos);
    }

    /**
     * Waits. To a few microseconds, and without the timer threads that {@link Thread#sleep} needs, which works as well.
     *
     * @param nanos 0 or less: lets others run
     * @throws InterruptedException the fiber was told to end
     */
    public void sleep(long nanos) throws InterruptedException {
        FiberThread me = carrier.current();
        if (nanos > 0) {
            boolean _ = carrier.await(me, null, nanos);
        } else {
            Carrier.yieldToOthers();
        }
    }

    /**
     * Room for so many bytes, as one buffer or a chain that can be written without a copy; the caller releases it. Waits until frames
     * are free.
     *
     * @throws IllegalArgumentException more than the stack could ever have free
     * @throws InterruptedException the fiber was told to end
     */
    public Buffer allocate(int lengthBytes) throws InterruptedException {
        return Frames.allocate(carrier, lengthBytes);
    }

    /**
     * Runs something on the loop's thread itself, where all of {@link LibOs} may be called, and waits for it. It must not wait for
     * anything.
     *
     * @return what it returned
     * @throws InterruptedException the fiber was told to end before it ran
     * @throws Exception what it threw
     */
    public <T> T onLoop(Callable<T> call) throws Exception {
        FiberThread me = carrier.current();
        LoopCall<T> onLoop = new LoopCall<>(me, Objects.requireNonNull(call));
        boolean _ = carrier.await(me, onLoop, LibOs.FOREVER);
        return onLoop.result();
    }
}
