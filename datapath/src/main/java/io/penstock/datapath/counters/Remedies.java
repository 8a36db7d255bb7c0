package io.penstock.datapath.counters;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reasons for loss and refusal that an operator can mend, and the lines that say how.
 *
 * <pre>
 *   Remedy noRoute = remedies.add(
 *           "tx.dropped.no-route",
 *           address -&gt; "no route to " + Endpoint.ipv4ToString((int) address) + ": give --gateway ADDRESS");
 *   ...
 *   noRoute.count(destination);           // on the packet path: a counter and a plain store
 * </pre>
 *
 * <p>Once a second the loop calls {@link #report}, which looks at what rose and logs a line at level WARN for it: at once
 * when it happens first, then at most once a minute for each reason, with how many there were since. The text is formed
 * only then; it also goes beside the counter ({@link Counters#remedy}), where {@code penstock stat} shows it.
 *
 * <p>Made once for each stack, which carries it to its layers and its device. All of it is the stack's thread's.
 */
public final class Remedies {
    private static final Logger LOG = LoggerFactory.getLogger(Remedies.class);

    private static final long REPORT_INTERVAL_NANOS = 1_000_000_000L;
    private static final long QUIET_NANOS = 60_000_000_000L;

    private final Counters counters;
    private final Consumer<String> log;
    private final List<Remedy> all = new ArrayList<>();
    private final List<Runnable> polls = new ArrayList<>();
    private long reportedNanos = Remedy.NEVER;

    /** Counts in {@code counters} and logs. */
    public Remedies(Counters counters) {
        this(counters, LOG::warn);
    }

    /** Counts in {@code counters} and gives its lines to {@code log}. */
    public Remedies(Counters counters, Consumer<String> log) {
        this.counters = counters;
        this.log = log;
    }

    /** Counts in private memory: for devices and stacks that nobody watches. */
    public static Remedies inMemory() {
        return new Remedies(Counters.inMemory());
    }

    /** Where everything is counted, this and what needs no remedy. */
    public Counters counters() {
        return counters;
    }

    /**
     * Registers a reason. One that is registered already is returned as it is.
     *
     * @param counterName the counter's name, such as {@code tx.dropped.no-route}
     * @param line what is wrong and how to mend it, in one line without the count, for the detail of the last event; called
     *     out of the packet path, at most once a minute
     */
    public Remedy add(String counterName, LongFunction<String> line) {
        Remedy known = find(counterName);
        if (known != null) {
            return known;
        }
        Remedy remedy = new Remedy(counterName, counters.counter(counterName), line);
        all.add(remedy);
        return remedy;
    }

    /** The counters that have a line. */
    public List<String> counterNames() {
        List<String> names = new ArrayList<>();
        for (Remedy remedy : all) {
            names.add(remedy.name());
        }
        return names;
    }

    /** Has something looked at before each report, once a second: what the kernel or a pool has counted by then. */
    public void beforeReport(Runnable poll) {
        polls.add(poll);
    }

    /** What was last logged of a reason; null if nothing was, or nobody registered it. */
    public String lastLine(String counterName) {
        Remedy remedy = find(counterName);
        return remedy == null ? null : remedy.lastLine();
    }

    private Remedy find(String counterName) {
        for (Remedy remedy : all) {
            if (remedy.name().equals(counterName)) {
                return remedy;
            }
        }
        return null;
    }

    /**
     * Logs what has happened for the first time, or again after a minute. May be called often: it polls once a second.
     *
     * @param nowNanos the stack's clock
     */
    public void report(long nowNanos) {
        if (reportedNanos == Remedy.NEVER || nowNanos - reportedNanos >= REPORT_INTERVAL_NANOS) {
            reportNow(nowNanos);
        }
    }

    /** The same without waiting for the second to pass: what a stack that ends has to say. */
    public void reportNow(long nowNanos) {
        reportedNanos = nowNanos;
        for (int i = 0; i < polls.size(); i++) {
            polls.get(i).run();
        }
        for (int i = 0; i < all.size(); i++) {
            Remedy remedy = all.get(i);
            if (remedy.isDue(nowNanos, QUIET_NANOS)) {
                String text = remedy.say(nowNanos);
                counters.remedy(remedy.name(), remedy.lastLine());
                log.accept(text);
            }
        }
    }
}
