package io.penstock.server;

import io.penstock.datapath.ConfigurationException;
import java.time.Duration;

/**
 * What a server lets its peers take, all together and each. Immutable: each setter returns another one.
 *
 * <p>Time-outs are looked at once a second, more often if one is shorter than eight seconds; {@link Duration#ZERO} is none.
 * How long a message may be says {@link Framing#maxBytes(int)}.
 */
public final class Limits {
    private static final Limits DEFAULTS = new Limits();

    private int connections = 100_000;
    private int outstanding = 64;
    private long waitingBytes = 64L << 20;
    private long pinnedBytes = 4L << 20;
    private long outputBytes = 64L << 20;
    private Duration idle = Duration.ZERO;
    private Duration request = Duration.ofSeconds(60);
    private Duration answer = Duration.ofSeconds(30);
    private Duration slowReader = Duration.ofSeconds(60);

    private Limits() {}

    private Limits(Limits from) {
        connections = from.connections;
        outstanding = from.outstanding;
        waitingBytes = from.waitingBytes;
        pinnedBytes = from.pinnedBytes;
        outputBytes = from.outputBytes;
        idle = from.idle;
        request = from.request;
        answer = from.answer;
        slowReader = from.slowReader;
    }

    /** Those of a server that is told nothing else. */
    public static Limits defaults() {
        return DEFAULTS;
    }

    /** How many connections are open at once; one more is reset and counted ({@code .connections.refused}). 100,000. */
    public int connections() {
        return connections;
    }

    /** Sets {@link #connections()}, at least 1. */
    public Limits connections(int max) {
        Limits changed = new Limits(this);
        changed.connections = atLeast("connections", 1, max);
        return changed;
    }

    /** How many requests of one connection may wait for deferred answers: nothing more of it is executed then. 64. */
    public int outstanding() {
        return outstanding;
    }

    /** Sets {@link #outstanding()}, at least 1. */
    public Limits outstanding(int max) {
        Limits changed = new Limits(this);
        changed.outstanding = atLeast("outstanding", 1, max);
        return changed;
    }

    /**
     * How much all connections may hold apart from frames: messages that are not whole, and answers that their peers do not
     * read. One alone may hold a quarter of what is left. 64 MiB.
     */
    public long waitingBytes() {
        return waitingBytes;
    }

    /** How much of {@link #waitingBytes()} may lie in the stack's heap, which must have room for it. 4 MiB. */
    public long pinnedBytes() {
        return pinnedBytes;
    }

    /** Sets {@link #waitingBytes()} and {@link #pinnedBytes()}: at least 1 MiB pinned, and no less in all. */
    public Limits waiting(long bytes, long ofThemPinned) {
        Limits changed = new Limits(this);
        changed.waitingBytes = bytes;
        changed.pinnedBytes = ofThemPinned;
        return changed;
    }

    /**
     * How much may wait to be sent on one connection, kept buffers among it: beyond that nothing more of it is executed until
     * its peer reads. 64 MiB, and never more than a quarter of the memory that is left.
     */
    public long outputBytes() {
        return outputBytes;
    }

    /** Sets {@link #outputBytes()}, at least 1. */
    public Limits outputBytes(long max) {
        Limits changed = new Limits(this);
        changed.outputBytes = atLeast("outputBytes", 1, max);
        return changed;
    }

    /** How long a connection may send nothing while nothing is owed to it. None: keep-alive finds peers that vanished. */
    public Duration idle() {
        return idle;
    }

    /** Sets {@link #idle()}. */
    public Limits idle(Duration max) {
        Limits changed = new Limits(this);
        changed.idle = notNegative("idle", max);
        return changed;
    }

    /** How long a message may take from its first byte to its last. 60 s. */
    public Duration request() {
        return request;
    }

    /** Sets {@link #request()}. */
    public Limits request(Duration max) {
        Limits changed = new Limits(this);
        changed.request = notNegative("request", max);
        return changed;
    }

    /** How long a handler may owe an answer. 30 s. */
    public Duration answer() {
        return answer;
    }

    /** Sets {@link #answer()}. */
    public Limits answer(Duration max) {
        Limits changed = new Limits(this);
        changed.answer = notNegative("answer", max);
        return changed;
    }

    /** How long a peer for which answers wait may neither take nor send anything. 60 s. */
    public Duration slowReader() {
        return slowReader;
    }

    /** Sets {@link #slowReader()}. */
    public Limits slowReader(Duration max) {
        Limits changed = new Limits(this);
        changed.slowReader = notNegative("slowReader", max);
        return changed;
    }

    private static int atLeast(String name, int min, int value) {
        atLeast(name, min, (long) value);
        return value;
    }

    private static long atLeast(String name, long min, long value) {
        if (value < min) {
            throw new ConfigurationException(name + " " + value + ": expected at least " + min);
        }
        return value;
    }

    private static Duration notNegative(String name, Duration value) {
        if (value.isNegative()) {
            throw new ConfigurationException(name + " " + value + ": expected a time, or zero for none");
        }
        return value;
    }
}
