package io.penstock.server.worker;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.ManyToManyConcurrentArrayQueue;

/**
 * A fixed number of threads that run what one thread gives them, through a bounded ring and without garbage.
 *
 * <p>To wake a thread is a system call, which the stack's thread should seldom make. So a worker that finds nothing looks a
 * little longer before it sleeps; while one is looking nobody is woken; and whoever stops looking because it has found something
 * wakes the next if there is more.
 */
final class WorkerThreads {
    /** How often an idle worker looks before it sleeps: some microseconds. */
    private static final int LOOKS = 200;

    private final ManyToManyConcurrentArrayQueue<Runnable> ring;
    private final Worker[] workers;
    /** How many look for work, or were woken to do so. */
    private final AtomicInteger looking = new AtomicInteger();

    private volatile boolean isStopped;

    /** Starts them. */
    WorkerThreads(String name, int count, int capacity) {
        ring = new ManyToManyConcurrentArrayQueue<>(capacity);
        workers = new Worker[count];
        for (int i = 0; i < count; i++) {
            workers[i] = new Worker();
            workers[i].thread =
                    Thread.ofPlatform().daemon().name(name + "-" + i).unstarted(workers[i]);
        }
        for (Worker worker : workers) {
            worker.thread.start();
        }
    }

    /** Has something run, which does not throw. Returns false if the ring is full. One thread. */
    boolean offer(Runnable work) {
        if (!ring.offer(work)) {
            return false;
        }
        VarHandle.fullFence(); // either who stops looking sees the work, or this sees that nobody looks
        if (looking.get() == 0) {
            wakeOne();
        }
        return true;
    }

    private void wakeOne() {
        while (isOneAsleep()) { // if none is, each looks at the ring once more before it sleeps
            looking.incrementAndGet(); // on behalf of who is woken, so that no second one is
            for (Worker worker : workers) {
                if (worker.isAsleep && Worker.IS_ASLEEP.compareAndSet(worker, true, false)) {
                    LockSupport.unpark(worker.thread);
                    return;
                }
            }
            if (looking.decrementAndGet() > 0 || ring.isEmpty()) {
                return;
            }
        }
    }

    private boolean isOneAsleep() {
        for (Worker worker : workers) {
            if (worker.isAsleep) {
                return true;
            }
        }
        return false;
    }

    /** Interrupts those that are at work. */
    void interrupt() {
        for (Worker worker : workers) {
            worker.thread.interrupt();
        }
    }

    /**
     * Ends them: each after what it is at, and nothing more is begun.
     *
     * @return how many have not ended in time
     */
    int stop(long nanos) {
        isStopped = true;
        long begin = System.nanoTime();
        int left = 0;
        for (Worker worker : workers) {
            LockSupport.unpark(worker.thread);
        }
        for (Worker worker : workers) {
            long leftNanos = Math.max(1, nanos - (System.nanoTime() - begin));
            left += isEnded(worker.thread, leftNanos) ? 0 : 1;
        }
        return left;
    }

    private static boolean isEnded(Thread thread, long nanos) {
        try {
            return thread.join(Duration.ofNanos(nanos));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return !thread.isAlive();
        }
    }

    /** One of the threads. */
    private final class Worker implements Runnable {
        private static final VarHandle IS_ASLEEP;

        static {
            try {
                IS_ASLEEP = MethodHandles.lookup().findVarHandle(Worker.class, "isAsleep", boolean.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private Thread thread;
        private volatile boolean isAsleep;

        @Override
        public void run() {
            while (!isStopped) {
                Runnable work = ring.poll();
                if (work == null) {
                    looking.incrementAndGet();
                    work = find();
                }
                if (work != null) {
                    work.run();
                    boolean _ = Thread.interrupted(); // meant for what is done now, or for nobody
                }
            }
        }

        /** Looks, and sleeps, until there is something. It counts as one that looks until this returns. */
        private Runnable find() {
            while (!isStopped) {
                for (int i = 0; i < LOOKS; i++) {
                    Runnable work = ring.poll();
                    if (work != null) {
                        stopLooking();
                        return work;
                    }
                    Thread.onSpinWait();
                }
                isAsleep = true;
                looking.decrementAndGet();
                VarHandle.fullFence();
                Runnable late = ring.poll();
                if (late != null) {
                    getUp();
                    return late;
                }
                while (isAsleep && !isStopped) {
                    LockSupport.park(this);
                    boolean _ = Thread.interrupted(); // else it would not sleep again
                }
            }
            return null;
        }

        /** Work came when it was about to sleep; perhaps it was woken at the same time. */
        private void getUp() {
            if (IS_ASLEEP.compareAndSet(this, true, false)) {
                if (!ring.isEmpty() && looking.get() == 0) {
                    wakeOne();
                }
            } else {
                stopLooking(); // it was woken for something else, which another one has to find
            }
        }

        private void stopLooking() {
            if (looking.decrementAndGet() == 0 && !ring.isEmpty()) {
                wakeOne();
            }
        }
    }
}
