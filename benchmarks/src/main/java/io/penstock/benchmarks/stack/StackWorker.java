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
import java.util.stream.Collectors;

/**
 * The process that measures one row. A main class of its own and without libraries, so that it can be put behind another
 * build's jars: a build that has no such bench is measured by this one's.
 *
 * <p>Each line of standard input is a number of milliseconds to measure for; the answer is a line of
 * {@code round NANOS_A_ROUND_TRIP GARBAGE_BYTES ROUND_TRIPS}. The end of input is its end. Before the first, when it is
 * warm, it says what it took: {@code ready JAVA_HEAP_BYTES FRAMES PINNED_BYTES}, and of the first and the last of these what
 * the connections took alone.
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
            long heapOpen = javaHeapBytes();
            long pinnedOpen = stacks.pinnedBytesInUse();
            stacks.connect();
            stacks.echo(1);
            int framesIdle = stacks.framesInUse();
            long pinnedIdle = stacks.pinnedBytesInUse();
            long heapIdle = javaHeapBytes();
            warmUp(stacks, Long.parseLong(arguments[2]));
            out.println("ready " + (heapIdle - heapBefore) + " " + framesIdle + " " + pinnedIdle + " "
                    + (heapIdle - heapOpen) + " " + (pinnedIdle - pinnedOpen));
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.println(measure(stacks, Long.parseLong(line)));
            }
        } catch (HarnessException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        } catch (RuntimeException | Error e) { // such as of another build, whose methods are not these
            System.err.println(e.toString().lines().collect(Collectors.joining(" ")));
            System.exit(1);
        }
    }

    /** With pauses, as there are between rounds: what happens after one (late timers) must be compiled too. */
    private static void warmUp(TwoStacks stacks, long millis) {
        for (int i = 0; i < WARM_UP_PARTS; i++) {
            measure(stacks, millis / WARM_UP_PARTS);
            stacks.echoOnEach();
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
