package io.penstock.datapath.stack;

import io.penstock.datapath.Completion;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.StackTask;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.Idle;
import java.lang.invoke.VarHandle;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * The run-to-completion loop, driven by the application's waits.
 *
 * <pre>
 *        +--&gt; receive -&gt; [ hand out completions, one a wait; the application runs ]
 *        |                                                   |
 *        +--- idle, if nothing happened &lt;- mailbox &lt;- transmit &lt;- clock &lt;- timers
 * </pre>
 *
 * <p>What completes while the application runs (a pop that finds bytes) is handed out in the next turn, so that one
 * busy queue cannot keep the others from the wire.
 *
 * <p>One thread, which is the one that made it; {@link #wake()} and {@link #execute} from any.
 */
public final class PollLoop implements AutoCloseable {
    private static final int MAILBOX_CAPACITY = 1024;
    /** How many submitted tasks run in a turn. */
    private static final int TASKS = 64;
    /** How often a spinning loop looks for packets in a turn that finds none. */
    private static final int POLLS = 8;

    private final LoopWork work;
    private final OperationTable operations;
    private final Clock clock;
    private final Idle idle;
    private final boolean spins;
    private final ManyToOneConcurrentArrayQueue<Runnable> mailbox =
            new ManyToOneConcurrentArrayQueue<>(MAILBOX_CAPACITY);
    private final Counter turns;
    private final Counter busyNanos;
    private final Counter longestTurnNanos;
    /** Null in virtual time, where nothing that the kernel counts explains a pause. */
    private final Pauses pauses;

    private Thread owner = Thread.currentThread();

    /** Completions still to hand out in this turn. */
    private int batch;

    private int workThisTurn;
    private boolean inTurn;
    private long turnStartNanos;
    private volatile boolean woken;
    private volatile boolean closed;

    public PollLoop(LoopWork work, OperationTable operations, Clock clock, Idle idle, Remedies remedies) {
        this(work, operations, clock, idle, remedies, clock.isVirtual() ? null : new Pauses(remedies));
    }

    PollLoop(LoopWork work, OperationTable operations, Clock clock, Idle idle, Remedies remedies, Pauses pauses) {
        Counters counters = remedies.counters();
        this.work = work;
        this.operations = operations;
        this.clock = clock;
        this.idle = idle;
        this.spins = idle.spins();
        this.turns = counters.counter("loop.turns");
        this.busyNanos = counters.counter("loop.busy.nanos", CounterType.TOTAL_NANOS);
        this.longestTurnNanos = counters.counter("loop.longest-turn.nanos", CounterType.GAUGE_NANOS);
        this.turnStartNanos = clock.nanos();
        this.pauses = pauses;
        if (pauses != null) {
            remedies.beforeReport(pauses::judge);
        }
    }

    /** See {@link LibOs#waitNext}. */
    public WaitResult waitNext(Completion out, long timeoutNanos) {
        checkOwner();
        long deadlineNanos = 0;
        boolean turned = false;
        while (true) {
            if (batch > 0) {
                int slot = operations.firstDone();
                if (slot != OperationTable.NONE) {
                    batch--;
                    operations.take(slot, out);
                    return WaitResult.COMPLETED;
                }
                batch = 0;
            }
            if (turned) {
                WaitResult reason = reasonToReturn(deadlineNanos);
                if (reason != null) {
                    return reason;
                }
            } else {
                turned = true;
                deadlineNanos = deadline(timeoutNanos);
            }
            turn(deadlineNanos);
        }
    }

    /** See {@link LibOs#waitFor}. */
    public WaitResult waitFor(long token, Completion out, long timeoutNanos) {
        checkOwner();
        int slot = operations.slotOf(token);
        long deadlineNanos = deadline(timeoutNanos);
        boolean turned = false;
        while (!operations.isDone(slot)) {
            if (turned) {
                WaitResult reason = reasonToReturn(deadlineNanos);
                if (reason != null) {
                    return reason;
                }
            }
            turned = true;
            turn(deadlineNanos);
        }
        if (batch > 0) {
            batch--;
        }
        operations.take(slot, out);
        return WaitResult.COMPLETED;
    }

    private long deadline(long timeoutNanos) {
        if (timeoutNanos == LibOs.FOREVER) {
            return Long.MAX_VALUE;
        }
        // From now on, not from the beginning of the turn: the application may have worked for long since then.
        long at = timeoutNanos <= 0 ? clock.nanos() : clock.update() + timeoutNanos;
        return at < 0 ? Long.MAX_VALUE : at;
    }

    private WaitResult reasonToReturn(long deadlineNanos) {
        if (woken) {
            checkOpen(); // a close wakes as well
            woken = false;
            return WaitResult.WOKEN;
        }
        if (Thread.currentThread().isInterrupted()) {
            return WaitResult.WOKEN;
        }
        return deadlineNanos != Long.MAX_VALUE && clock.nanos() >= deadlineNanos ? WaitResult.TIMED_OUT : null;
    }

    /** Ends the turn that goes on and begins the next: what stands between two batches of completions. */
    private void turn(long deadlineNanos) {
        int done = workThisTurn;
        if (inTurn) {
            done += work.fireTimers(
                    clock.nanos()); // as of when packets were received: they may answer what is due by now
        }
        // The one reading of a turn. The application may have worked for long: what goes now must not seem to have gone
        // before.
        long now = clock.update();
        if (inTurn) {
            done += work.transmit();
            done += drainMailbox();
            if (done == 0 && deadlineNanos > now && operations.done() == 0 && !woken) {
                long untilNanos = spins ? deadlineNanos : Math.min(deadlineNanos, work.nextDeadlineNanos());
                if (idle.idle(now, untilNanos)) {
                    now = clock.update();
                    turnStartNanos = now;
                }
            } else {
                idle.reset();
            }
        }
        long lasted = now - turnStartNanos;
        if (lasted >= Pauses.LONG_NANOS && inTurn && pauses != null) {
            pauses.add(lasted);
        }
        if (done != 0) {
            busyNanos.add(lasted);
            longestTurnNanos.raiseTo(lasted);
        }
        turns.increment();
        turnStartNanos = now;
        inTurn = true;
        workThisTurn = receive(deadlineNanos > now);
        batch = operations.done();
        workThisTurn += batch;
    }

    /**
     * A packet that comes while the loop goes round idly waits for half a turn, which is a tenth of a round trip to a process
     * next door. So an idle loop looks several times, which costs a few nanoseconds each, before it looks at the clock and at
     * everything else again.
     */
    private int receive(boolean mayPollAgain) {
        int received = work.receive();
        if (spins && mayPollAgain) {
            for (int i = 1; i < POLLS && received == 0 && operations.done() == 0 && !woken; i++) {
                received = work.poll();
            }
        }
        return received;
    }

    /** Not what tasks submit while they run, and some at a time: packets do not wait for whoever submits without end. */
    private int drainMailbox() {
        if (mailbox.isEmpty()) {
            return 0;
        }
        int count = 0;
        int max = Math.min(mailbox.size(), TASKS);
        for (Runnable r = mailbox.poll(); r != null; r = count < max ? mailbox.poll() : null) {
            r.run();
            checkOpen();
            count++;
        }
        return count;
    }

    /** See {@link LibOs#wake}. */
    public void wake() {
        checkOpen();
        woken = true;
        idle.wake();
    }

    /** See {@link LibOs#execute}. */
    public boolean execute(Runnable task) {
        checkOpen();
        return post(task);
    }

    /** As {@link #execute} for one who cannot know whether the loop is closed: then nothing comes of it. */
    public boolean post(Runnable task) {
        boolean taken = mailbox.offer(task);
        VarHandle.fullFence(); // either this sees that the loop is closed, or who closes it sees the task
        if (closed) {
            abandonMailbox();
        }
        idle.wake();
        return taken;
    }

    /** Once the loop is closed nobody runs what is in the mailbox, and several threads may find something there. */
    private void abandonMailbox() {
        synchronized (mailbox) {
            for (Runnable r = mailbox.poll(); r != null; r = mailbox.poll()) {
                if (r instanceof StackTask task) {
                    task.abandoned();
                }
            }
        }
    }

    /** Gives the loop to the calling thread; the old owner must have handed it over safely. */
    public void adopt() {
        owner = Thread.currentThread();
    }

    /**
     * Throws if the caller is not the loop's thread, or the loop is closed: nobody is its thread then, so that one comparison
     * answers both.
     */
    public void checkOwner() {
        if (Thread.currentThread() != owner) {
            throw refused("use execute() or wake()");
        }
    }

    private IllegalStateException refused(String whatToDo) {
        checkOpen();
        return new IllegalStateException("called from thread '"
                + Thread.currentThread().getName() + "': this stack belongs to '" + owner.getName() + "'; " + whatToDo);
    }

    /** Throws if the loop is closed. Any thread. */
    public void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the stack is closed");
        }
    }

    /**
     * Whether there is anything to close, and the caller may. A loop whose thread has ended is the caller's from then on.
     *
     * @return false if it is closed already
     * @throws IllegalStateException on any other thread than the owner's as long as that is alive
     */
    public boolean mayClose() {
        Thread of = owner;
        if (closed || of == null) {
            return false;
        }
        if (Thread.currentThread() != of && of.isAlive()) {
            throw refused("only that thread can close it: execute(os::close) has it do so, and ends its wait");
        }
        adopt();
        return true;
    }

    @Override
    public void close() {
        closed = true;
        owner = null;
        woken = true;
        if (pauses != null) {
            pauses.close();
        }
        idle.close();
        VarHandle.fullFence();
        abandonMailbox();
    }
}
