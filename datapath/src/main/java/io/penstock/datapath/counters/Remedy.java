package io.penstock.datapath.counters;

import java.util.function.LongFunction;

/**
 * One reason for loss or refusal that an operator can mend: a counter, and the line that says how ({@link Remedies#add}).
 *
 * <p>Counting costs what the counter costs, and one plain store. The stack's thread.
 */
public final class Remedy {
    static final long NEVER = Long.MIN_VALUE;

    private final String name;
    private final Counter counter;
    private final LongFunction<String> line;

    private long detail;
    /** The count when the last line was logged. */
    private long said;

    private long saidNanos = NEVER;
    private String lastLine;

    Remedy(String name, Counter counter, LongFunction<String> line) {
        this.name = name;
        this.counter = counter;
        this.line = line;
        this.said = counter.get();
    }

    /** It happened once more, for a reason of which nothing else need be known. */
    public void count() {
        counter.increment();
    }

    /**
     * It happened once more.
     *
     * @param detail what the line will speak of, such as an IPv4 address or a port; that of the last event is shown
     */
    public void count(long detail) {
        counter.increment();
        this.detail = detail;
    }

    /** How often it has happened by now, for a reason that somebody else counts, such as a kernel or a pool. */
    public void total(long count) {
        counter.set(count);
    }

    /** As {@link #total(long)}, with what the line will speak of. */
    public void total(long count, long detail) {
        counter.set(count);
        this.detail = detail;
    }

    /** How often it has happened. */
    public long get() {
        return counter.get();
    }

    /** What was logged last; null if nothing was. */
    public String lastLine() {
        return lastLine;
    }

    String name() {
        return name;
    }

    /** Whether there is something to say that has not been said, and a line may be logged again. */
    boolean isDue(long nowNanos, long quietNanos) {
        return counter.get() > said && (saidNanos == NEVER || nowNanos - saidNanos >= quietNanos);
    }

    /** Forms the line, which is the only thing here that makes garbage. */
    String say(long nowNanos) {
        long count = counter.get();
        String since = saidNanos == NEVER ? "" : " since the last line";
        lastLine = line.apply(detail);
        String text = lastLine + " (" + name + ": " + (count - said) + since + ")";
        said = count;
        saidNanos = nowNanos;
        return text;
    }
}
