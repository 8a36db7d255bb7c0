package io.penstock.benchmarks.stack;

import io.penstock.testkit.Garbage;
import io.penstock.testkit.process.HarnessException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The process that measures one row. A main class of its own and without libraries, so that it can be put behind another
 * build's jars: a build that has no such bench is measured by this one's.
 *
 * <p>Each line of standard input is a number of milliseconds to measure for; the answer is a line of
 * {@code round NANOS_A_ROUND_TRIP GARBAGE_BYTES ROUND_TRIPS}. The end of input is its end.
 */
public final class StackWorker {
    private static final int CHECKED_EVERY = 1_000;
    private static final int WARM_UP_PARTS = 10;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    private StackWorker() {}

    /** Measures as it is told.
     *
     * @param arguments connections, bytes of a request, milliseconds to warm up for */
    public static void main(String[] arguments) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
        int connections = Integer.parseInt(arguments[0]);
        long heapBefore = javaHeapBytes();
        try (TwoStacks stacks = new TwoStacks(connections, Integer.parseInt(arguments[1]))) {
            stacks.echo(1);
            int framesIdle = stacks.framesInUse();
            long heapAfter = javaHeapBytes();
            warmUp(stacks, Long.parseLong(arguments[2]));
            out.println("ready " + (heapAfter - heapBefore) + " " + framesIdle);
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.println(measure(stacks, Long.parseLong(line)));
            }
        } catch (HarnessException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    /** With pauses, as there are between rounds: what happens after one (late timers) must be compiled too. */
    private static void warmUp(TwoStacks stacks, long millis) {
        for (int i = 0; i < WARM_UP_PARTS; i++) {
            measure(stacks, millis / WARM_UP_PARTS);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static String measure(TwoStacks stacks, long millis) {
        long start = System.nanoTime();
        long end = start + TimeUnit.MILLISECONDS.toNanos(millis);
        long allocated = Garbage.allocatedBytes();
        long requests = 0;
        long now;
        do {
            stacks.echo(CHECKED_EVERY);
            requests += CHECKED_EVERY;
            now = System.nanoTime();
        } while (now < end);
        long garbage = Garbage.allocatedBytes() - allocated;
        return "round " + (double) (now - start) / requests + " " + garbage + " " + requests;
    }

    private static long javaHeapBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
