package io.penstock.server.fiber;

import io.penstock.datapath.LibOs;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.TimerWheel;
import io.penstock.memory.FramePool;
import java.util.concurrent.locks.LockSupport;

/**
 * What the loop and its fibers share. All of it belongs to the loop's thread, which is a fiber's as long as it runs: never two
 * at once, so nothing here is locked.
 */
final class Carrier {
    private static final long LOG_NANOS = 1_000_000_000;
    private static final LoopOperation NOTHING = new LoopOperation() {
        @Override
        void advance() {
            // Of a wait whose operation is a queue's, which is posted.
        }
    };

    final LibOs os;
    final RunQueue ready;
    /** Fibers whose connection the peer or the network has ended, and those that threw what nobody expected. */
    final Counter lost;

    final Counter failed;

    private final FramePool frames;
    private final Clock clock;
    private final TimerWheel<FiberThread> timers;
    private final Counter forked;
    private final Counter ended;

    private FiberQueue firstPosted;
    private FiberQueue lastPosted;
    private FiberQueue firstStarved;
    private FiberQueue firstOpen;
    private FiberThread firstFiber;
    private int fibers;
    private int openQueues;
    private boolean isEnding;
    private boolean hasLogged;
    private long loggedNanos;

    Carrier(LibOs os, Clock clock, Counters counters) {
        this.os = os;
        this.frames = os.pool();
        this.ready = new RunQueue(os, Thread.currentThread());
        this.clock = clock;
        this.timers = new TimerWheel<>(clock.update());
        this.forked = counters.counter("fiber.forked");
        this.ended = counters.counter("fiber.ended");
        this.lost = counters.counter("fiber.lost");
        this.failed = counters.counter("fiber.failed");
    }

    // ---- fibers

    /** Has a fiber run from one of the next turns on. */
    void start(FiberThread fiber) {
        fiber.nextOfLoop = firstFiber;
        if (firstFiber != null) {
            firstFiber.previousOfLoop = fiber;
        }
        firstFiber = fiber;
        fibers++;
        forked.increment();
        if (isEnding) {
            fiber.isCancelled = true;
            fiber.thread.interrupt();
        }
        fiber.thread.start();
    }

    /** A fiber's body is over: nothing here knows it any more. In that fiber. */
    void forget(FiberThread fiber) {
        if (fiber.timerId != FiberThread.NO_TIMER) {
            timers.forget(fiber.timerId);
            fiber.timerId = FiberThread.NO_TIMER;
        }
        if (fiber.previousOfLoop == null) {
            firstFiber = fiber.nextOfLoop;
        } else {
            fiber.previousOfLoop.nextOfLoop = fiber.nextOfLoop;
        }
        if (fiber.nextOfLoop != null) {
            fiber.nextOfLoop.previousOfLoop = fiber.previousOfLoop;
        }
        fiber.nextOfLoop = null;
        fiber.previousOfLoop = null;
        fibers--;
        ended.increment();
    }

    /** How many have not ended. */
    int fibers() {
        return fibers;
    }

    /** Tells all of them to end, those as well that are started from now on. */
    void interruptAll() {
        isEnding = true;
        for (FiberThread fiber = firstFiber; fiber != null; fiber = fiber.nextOfLoop) {
            fiber.isCancelled = true;
            fiber.thread.interrupt();
        }
    }

    /** One that has not ended, or null. */
    FiberThread anyFiber() {
        return firstFiber;
    }

    /**
     * The fiber that calls.
     *
     * @throws IllegalStateException if it is none of this loop's
     */
    FiberThread current() {
        if (ready.running() instanceof FiberThread fiber && fiber.thread == Thread.currentThread()) {
            return fiber;
        }
        throw new IllegalStateException(
                "called from thread '" + Thread.currentThread().getName()
                        + "', which is no fiber of this loop: only those that its scopes have forked can wait here");
    }

    /** Runs a ready task until it waits, and then does what it has asked for. The loop. */
    void run(RunTask task) {
        Thread owner = task.thread;
        ready.begin(task);
        if (owner == null) {
            task.proceed();
        } else {
            frames.ownedBy(owner);
            try {
                task.proceed();
            } finally {
                frames.ownedBy(ready.pollThread());
            }
        }
        ready.end();
        advancePosted();
        LoopOperation request = task.request;
        task.request = null;
        if (request != null && request != NOTHING) {
            request.advance();
        }
    }

    // ---- waits

    /**
     * Waits until {@link RunTask#wake}.
     *
     * @param me the caller
     * @param first what the loop begins as soon as this fiber has yielded, or null
     * @param timeoutNanos {@link LibOs#FOREVER} for no limit
     * @return false if the time was over first
     * @throws InterruptedException the caller is to end; its interrupt status is clear again
     */
    boolean await(FiberThread me, LoopOperation first, long timeoutNanos) throws InterruptedException {
        begin(me, first, timeoutNanos);
        do {
            LockSupport.park(); // what is live here, each fiber that waits keeps on the heap
        } while (me.waits && mayGoOn(me));
        return end(me);
    }

    private void begin(FiberThread me, LoopOperation first, long timeoutNanos) {
        me.request = first == null ? NOTHING : first;
        me.waits = true;
        me.hasTimedOut = false;
        if (me.isPinned) {
            me.isPinned = false; // found so in another wait, which is over
        }
        if (timeoutNanos != LibOs.FOREVER) {
            arm(me, timeoutNanos);
        }
    }

    /** It was unparked, and not by {@link RunTask#wake}. */
    private static boolean mayGoOn(FiberThread me) throws InterruptedException {
        if (Thread.interrupted()) {
            end(me);
            throw new InterruptedException();
        }
        if (me.isPinned && me.request != null) {
            end(me);
            throw new IllegalStateException(
                    "fiber '" + me + "' cannot wait here: it cannot leave the loop's thread below"
                            + " a native method or a class initializer");
        }
        return true;
    }

    /** Returns false if the time was over. */
    private static boolean end(FiberThread me) {
        me.request = null;
        me.waits = false;
        me.deadlineNanos = TimerWheel.NEVER;
        return !me.hasTimedOut;
    }

    /** Lets those run that are ready, and then the caller again. */
    @SuppressWarnings("ThreadPriorityCheck") // of this loop's own scheduler, which is fair
    static void yieldToOthers() throws InterruptedException {
        Thread.yield();
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private void arm(FiberThread me, long timeoutNanos) {
        if (me.timerId == FiberThread.NO_TIMER) {
            me.timerId = timers.introduce(me);
        }
        long deadline = clock.update() + Math.max(0, timeoutNanos);
        me.deadlineNanos = deadline < 0 && timeoutNanos > 0 ? TimerWheel.NEVER : deadline;
        timers.arm(me.timerId, me.deadlineNanos);
    }

    /** Ends the waits whose time is over. The loop. */
    void fireTimers() {
        if (timers.nextNanos() == TimerWheel.NEVER) {
            return;
        }
        long now = clock.update();
        for (FiberThread fiber = timers.poll(now); fiber != null; fiber = timers.poll(now)) {
            if (fiber.deadlineNanos > now) {
                timers.arm(fiber.timerId, fiber.deadlineNanos); // of a wait that began after the one that armed it
            } else if (fiber.waits) {
                fiber.hasTimedOut = true;
                fiber.wake();
            }
        }
    }

    /** How long the loop may wait for the next completion. */
    long nanosToNextTimer() {
        long next = timers.nextNanos();
        return next == TimerWheel.NEVER ? LibOs.FOREVER : Math.max(0, next - clock.update());
    }

    /** The time now. */
    long nanos() {
        return clock.update();
    }

    /** Whether a line may be logged now: one a second, whatever fails. */
    boolean mayLog() {
        long now = clock.update();
        if (hasLogged && now - loggedNanos < LOG_NANOS) {
            return false;
        }
        hasLogged = true;
        loggedNanos = now;
        return true;
    }

    // ---- queues

    /** Has a queue advanced as soon as the fiber that runs has yielded. */
    void post(FiberQueue queue) {
        if (queue.isPosted) {
            return;
        }
        queue.isPosted = true;
        if (firstPosted == null) {
            firstPosted = queue;
        } else {
            lastPosted.nextPosted = queue;
        }
        lastPosted = queue;
    }

    /** A queue got no token: it is advanced again after the next completion. */
    void starve(FiberQueue queue) {
        if (!queue.isPosted) {
            queue.isPosted = true;
            queue.nextPosted = firstStarved;
            firstStarved = queue;
        }
    }

    boolean anyStarves() {
        return firstStarved != null;
    }

    /** A slot may be free again. */
    void advanceStarved() {
        FiberQueue queue = firstStarved;
        firstStarved = null;
        while (queue != null) {
            FiberQueue following = queue.nextPosted;
            advance(queue);
            queue = following;
        }
    }

    void advancePosted() {
        while (firstPosted != null) {
            FiberQueue queue = firstPosted;
            firstPosted = queue.nextPosted;
            advance(queue);
        }
    }

    private static void advance(FiberQueue queue) {
        queue.isPosted = false;
        queue.nextPosted = null;
        try {
            queue.advance();
        } catch (RuntimeException e) { // of one queue, and no reason to end all others
            queue.broken(e);
        }
    }

    /** A queue was opened. */
    void opened(FiberQueue queue) {
        queue.nextOpen = firstOpen;
        if (firstOpen != null) {
            firstOpen.previousOpen = queue;
        }
        firstOpen = queue;
        openQueues++;
    }

    /** The last completion of a queue has come. */
    void closed(FiberQueue queue) {
        if (queue.previousOpen == null) {
            firstOpen = queue.nextOpen;
        } else {
            queue.previousOpen.nextOpen = queue.nextOpen;
        }
        if (queue.nextOpen != null) {
            queue.nextOpen.previousOpen = queue.previousOpen;
        }
        queue.nextOpen = null;
        queue.previousOpen = null;
        openQueues--;
    }

    /** How many queues are open, or not yet wholly closed. */
    int openQueues() {
        return openQueues;
    }

    /** Closes those that fibers have left open. */
    void closeAll() {
        for (FiberQueue queue = firstOpen; queue != null; queue = queue.nextOpen) {
            queue.closeAtEnd();
        }
        advancePosted();
    }

    /** Gives up those that are open still. */
    void abortAll() {
        FiberQueue queue = firstOpen;
        while (queue != null) {
            FiberQueue following = queue.nextOpen;
            queue.abortAtEnd();
            queue = following;
        }
        advancePosted();
    }
}
