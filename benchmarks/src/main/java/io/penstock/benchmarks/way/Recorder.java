package io.penstock.benchmarks.way;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What instrumented code calls: it notes each site that is passed while a passage is recorded, in the order of the first
 * time. One thread records; what others pass meanwhile is not the passage's.
 *
 * <pre>
 *   off -- begin() ----------------------------------&gt; on -- pause(), end(), a burst sent --&gt; off
 *   off -- armForBurst() --&gt; armed -- a burst received --&gt; on
 * </pre>
 */
public final class Recorder {
    private static final Set<Integer> PASSED = new LinkedHashSet<>();

    private static volatile Thread recording; // null while off
    private static Thread armed;

    private Recorder() {}

    /** From now on. */
    public static void begin() {
        PASSED.clear();
        goOn();
    }

    /** From when the stack asks its device for packets next. */
    public static void armForBurst() {
        PASSED.clear();
        armed = Thread.currentThread();
    }

    /** What comes now belongs to something else. */
    public static void pause() {
        recording = null;
    }

    /** After a pause. */
    public static void goOn() {
        recording = Thread.currentThread();
    }

    /** Ends the passage. Returns the sites that it passed. */
    public static int[] end() {
        recording = null;
        armed = null;
        return PASSED.stream().mapToInt(Integer::intValue).toArray();
    }

    // ---- from instrumented code

    /** A site is passed. */
    public static void passed(int site) {
        if (recording == Thread.currentThread()) {
            PASSED.add(site);
        }
    }

    /** A device is about to receive a burst. */
    public static void receives() {
        if (armed == Thread.currentThread()) {
            recording = armed;
            armed = null;
        }
    }

    /** A device has sent a burst. */
    public static void hasSent() {
        if (recording == Thread.currentThread()) {
            recording = null;
        }
    }
}
