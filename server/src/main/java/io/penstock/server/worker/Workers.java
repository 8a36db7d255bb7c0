package io.penstock.server.worker;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;
import io.penstock.server.Message;
import io.penstock.server.Reply;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads for handlers that must block: a request goes to one of them, its answer comes back to the stack's thread, and the
 * stack's thread has never waited.
 *
 * <pre>
 *   handler --answer()--&gt; bytes kept, reply deferred --&gt; ring --&gt; worker: Work.run
 *                                                                   |
 *   peer &lt;-- sent in the order of the requests &lt;-- ring, one wake for many
 * </pre>
 *
 * <p>Bounded: {@link Builder#underWay} in all. When so many are under way {@link #answer} does nothing and says false, and the
 * handler decides what its peer gets. Of one connection no more than {@link io.penstock.server.Limits#outstanding()}: then the
 * connection is held up, as by any deferred answer. Answers keep the order of their requests, whichever worker is done first,
 * unless the server is {@linkplain io.penstock.server.Server#anyOrder() told otherwise}.
 *
 * <p>A worker that throws ends the connection that asked, and no other ({@link Reply#fail}). The answer to a connection that is
 * gone is thrown away. {@code NAME.given}, {@code .answered}, {@code .failed}, {@code .dropped}, {@code .refused} and {@code
 * .under-way} count.
 *
 * <p>The stack's thread calls it. To end in good order, give {@link io.penstock.server.Server#whenFinished} its {@link #close}:
 * the server's {@code finish} waits for what is under way, and this ends what is left.
 */
public final class Workers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
    private static final long GRACE_NANOS = 1_000_000_000;
    private static final long LOOK_NANOS = 20_000;

    private final String name;
    private final long patienceNanos;
    private final int answerBytes;
    private final Returns<Job> returns;
    private final Job[] free;
    private int frees;
    private int jobs;
    private int underWay;
    /** Null: an executor that is somebody else's. */
    private final WorkerThreads threads;

    private final Executor executor;
    private boolean isClosed;

    private final Counter given;
    private final Counter answered;
    private final Counter failed;
    private final Counter dropped;
    private final Counter refused;
    private final Counter underWayNow;

    private Workers(Builder plan, int threadCount, Executor executor) {
        this.name = plan.name;
        this.patienceNanos = plan.patience.toNanos();
        this.answerBytes = plan.answerBytes;
        this.free = new Job[plan.underWay];
        this.returns = new Returns<>(plan.os, Math.max(2, plan.underWay), this::returned);
        this.executor = executor;
        this.threads = executor != null ? null : new WorkerThreads(name, threadCount, 2 * Math.max(2, plan.underWay));
        Counters counters = plan.counters == null ? Counters.inMemory() : plan.counters;
        this.given = counters.counter(name + ".given");
        this.answered = counters.counter(name + ".answered");
        this.failed = counters.counter(name + ".failed");
        this.dropped = counters.counter(name + ".dropped");
        this.refused = counters.counter(name + ".refused");
        this.underWayNow = counters.counter(name + ".under-way", CounterType.GAUGE);
    }

    /** Some for this stack: first what they are, then {@link Builder#start}. */
    public static Builder on(LibOs os) {
        return new Builder(os);
    }

    /** What workers are. */
    public static final class Builder {
        private final LibOs os;
        private String name = "workers";
        private Counters counters;
        private int underWay = 1024;
        private int answerBytes = 1 << 20;
        private Duration patience = Duration.ofSeconds(1);

        private Builder(LibOs os) {
            this.os = os;
        }

        /** What their counters' and threads' names begin with; {@code workers} if nothing is said. */
        public Builder name(String workersName) {
            name = workersName;
            return this;
        }

        /** Where their counters are, such as the stack's own; in private memory if nothing is said. */
        public Builder counters(Counters where) {
            counters = where;
            return this;
        }

        /** How many requests may be with the workers, or on the way there and back: 1 to 1,048,576; 1,024 if nothing is said. */
        public Builder underWay(int max) {
            underWay = inRange("requests under way", max, 1 << 20);
            return this;
        }

        /** How long an answer may be; 1 MiB if nothing is said. */
        public Builder answerBytes(int max) {
            answerBytes = inRange("answer bytes", max, 1 << 30);
            return this;
        }

        /** How long {@link Workers#close()} waits for what is under way before it interrupts; 1 s if nothing is said. */
        public Builder patience(Duration atMost) {
            if (atMost.isNegative()) {
                throw new ConfigurationException("patience " + atMost + ": expected a time, or zero for none");
            }
            patience = atMost;
            return this;
        }

        private static int inRange(String what, int value, int max) {
            if (value < 1 || value > max) {
                throw new ConfigurationException(what + " " + value + ": expected 1 to " + max);
            }
            return value;
        }

        /** Starts so many threads, 1 to 4,096, which end with {@link Workers#close()} or the process. */
        public Workers start(int threads) {
            return new Workers(this, inRange("threads", threads, 4096), null);
        }

        /** Has the work run by threads that are somebody else's, and not closed: such as virtual ones, a thread for each. */
        public Workers start(Executor executor) {
            return new Workers(this, 0, executor);
        }
    }

    /**
     * Has a worker answer a request: what was not read of it is kept, the reply {@linkplain Reply#defer() deferred}, and the
     * handler returns. Work that needs no more than the two is best one constant object, which makes no garbage.
     *
     * @return false if nothing was done, as too many are under way, there is no memory to keep the request, or the workers are
     *     closed: the handler may then answer that it is busy, or {@linkplain Reply#close() end} the connection
     * @throws IllegalStateException if an answer has begun
     */
    public boolean answer(Message request, Reply reply, Work work) {
        Job job = isClosed ? null : take();
        if (job == null) {
            refused.increment();
            return false;
        }
        if (!job.begin(request, work) || !start(job)) {
            giveBack(job);
            refused.increment();
            return false;
        }
        underWay++;
        underWayNow.set(underWay);
        given.increment();
        job.reply(reply.defer()); // nothing has come back before this thread looks
        Message _ = request.position(request.length());
        return true;
    }

    /** How many requests are under way. */
    public int underWay() {
        return underWay;
    }

    private Job take() {
        if (frees > 0) {
            return free[--frees];
        }
        if (jobs == free.length) {
            return null;
        }
        jobs++;
        return new Job(returns, answerBytes);
    }

    private void giveBack(Job job) {
        job.end();
        free[frees++] = job;
    }

    private boolean start(Job job) {
        if (threads != null) {
            return threads.offer(job);
        }
        try {
            executor.execute(job);
            return true;
        } catch (RejectedExecutionException _) {
            return false;
        }
    }

    /** On the stack's thread: one has come back. */
    private void returned(Job job) {
        Reply reply = job.reply();
        Throwable thrown = job.thrown();
        boolean isOwed = reply != null && !reply.isCancelled();
        boolean isNone = job.answer().isNone();
        underWay--;
        underWayNow.set(underWay);
        try {
            if (isOwed && thrown == null && !isNone) {
                job.answer().copyTo(reply);
            }
        } finally {
            giveBack(job); // before the answer goes: that may let a request be handled, which needs one
        }
        if (reply == null) {
            dropped.increment(); // an answer had begun before the workers were asked, which was thrown
        } else if (!isOwed) {
            dropped.increment();
            reply.none();
        } else if (thrown != null) {
            failed.increment();
            reply.fail(thrown);
        } else if (isNone) {
            answered.increment();
            reply.none();
        } else {
            send(reply);
        }
    }

    private void send(Reply reply) {
        try {
            reply.send();
            answered.increment();
        } catch (IllegalStateException e) { // an answer that its framing cannot carry
            failed.increment();
            reply.fail(e);
        }
    }

    /**
     * Takes no more, waits for what is under way, then interrupts it, and ends the threads. What does not heed that within a
     * second is left to itself, with the request that it reads; the log names it. To be called before the stack is closed.
     */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        try {
            await(patienceNanos);
            if (underWay > 0 && threads != null) {
                threads.interrupt();
            }
            await(GRACE_NANOS);
        } finally {
            returns.end();
            int left = threads == null ? 0 : threads.stop(underWay > 0 ? 0 : GRACE_NANOS);
            if (underWay > 0 || left > 0) {
                LOG.warn("{} requests are still with '{}', which did not end them in time", underWay, name);
            }
        }
    }

    private void await(long nanos) {
        long begin = System.nanoTime();
        while (underWay > 0
                && System.nanoTime() - begin < nanos
                && !Thread.currentThread().isInterrupted()) {
            if (returns.take(Integer.MAX_VALUE) == 0) {
                LockSupport.parkNanos(LOOK_NANOS);
            }
        }
    }
}
