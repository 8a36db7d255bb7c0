package io.penstock.benchmarks.dpdk;

import io.penstock.benchmarks.report.Median;
import io.penstock.datapath.poll.CorePinning;
import io.penstock.testkit.process.HarnessException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What it costs to pass a cache line from one core to another and back: below this no two processes can talk, whatever lies
 * between them.
 *
 * <p>Two threads, pinned, each waits for the other's number in a line of its own and answers with its own.
 */
final class CacheLine {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);
    /** Two lines apart: the processor fetches lines in pairs. */
    private static final int PING = 16;

    private static final int PONG = 48;
    private static final int SLOTS = 64;
    private static final int TRIPS = 200_000;
    private static final int BATCHES = 5;
    private static final long PATIENCE_MILLIS = 20_000;

    private final long[] lines = new long[SLOTS];

    private CacheLine() {}

    /** The median of some batches, in nanoseconds for there and back. Nothing else should run on the two cores. */
    static double roundTripNanos(int core, int otherCore) {
        CacheLine line = new CacheLine();
        double[] batches = new double[BATCHES];
        Thread answering = new Thread(() -> line.answer(otherCore), "cache-line-pong");
        Thread asking = new Thread(() -> line.ask(core, batches), "cache-line-ping");
        answering.setDaemon(true);
        asking.setDaemon(true);
        answering.start();
        asking.start();
        try {
            asking.join(PATIENCE_MILLIS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        if (asking.isAlive()) {
            throw new HarnessException("cores " + core + " and " + otherCore + " could not pass " + TRIPS * BATCHES
                    + " cache lines in " + PATIENCE_MILLIS / 1000 + " s: the machine is too busy");
        }
        return Median.of(batches);
    }

    private void ask(int core, double[] batches) {
        CorePinning.pinCurrentThread(core);
        long next = trips(0); // the compiler's
        for (int i = 0; i < batches.length; i++) {
            long start = System.nanoTime();
            next = trips(next);
            batches[i] = (System.nanoTime() - start) / (double) TRIPS;
        }
    }

    private long trips(long from) {
        for (long i = from + 1; i <= from + TRIPS; i++) {
            SLOT.setRelease(lines, PING, i);
            while ((long) SLOT.getAcquire(lines, PONG) != i) {
                // a pause would be measured, too
            }
        }
        return from + TRIPS;
    }

    private void answer(int core) {
        CorePinning.pinCurrentThread(core);
        long next = 0;
        for (int i = 0; i <= BATCHES; i++) {
            next = answers(next);
        }
    }

    private long answers(long from) {
        for (long i = from + 1; i <= from + TRIPS; i++) {
            while ((long) SLOT.getAcquire(lines, PING) != i) {
                // as above
            }
            SLOT.setRelease(lines, PONG, i);
        }
        return from + TRIPS;
    }
}
