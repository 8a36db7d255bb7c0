package io.penstock.benchmarks.micro;

import io.netty.util.concurrent.FastThreadLocalThread;
import io.penstock.datapath.poll.CorePinning;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that JMH measures on ({@code -Djmh.executor=CUSTOM}): of Netty's own kind, as only these have its
 * thread-local cache, and each on a core of its own.
 */
public final class FastThreads extends ThreadPoolExecutor {

    /** The signature that JMH asks for: how many threads, and what they are called. */
    public FastThreads(int threads, String prefix) {
        super(threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory(prefix));
    }

    private static java.util.concurrent.ThreadFactory factory(String prefix) {
        List<Integer> cores = AllowedCores.ofThisProcess();
        AtomicInteger started = new AtomicInteger();
        return work -> {
            int number = started.getAndIncrement();
            // From the last core on: the first is where a machine's interrupts tend to go.
            int core = cores.isEmpty() ? -1 : cores.get(Math.floorMod(-1 - number, cores.size()));
            Thread thread = new FastThreadLocalThread(
                    () -> {
                        if (core >= 0) {
                            CorePinning.pinCurrentThread(core);
                        }
                        work.run();
                    },
                    prefix + "-" + number);
            thread.setDaemon(true);
            return thread;
        };
    }
}
