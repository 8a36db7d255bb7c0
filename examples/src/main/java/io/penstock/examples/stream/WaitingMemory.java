package io.penstock.examples.stream;

import io.penstock.datapath.ConfigurationException;
import java.util.function.LongSupplier;

/**
 * How much a server's connections may hold apart from frames, all together and each: requests that are not whole, and
 * replies that their peers do not read.
 *
 * <p>Each may hold a quarter of what is left (Choudhury and Hahne's dynamic thresholds, 1998): one alone gets much, many
 * leave each other something, and no number of them uses up all of it before it has stopped them. Whoever has reached that
 * is no longer read from. A single reply that is larger is granted as long as there is
 * room at all, a request up to half of it.
 */
public final class WaitingMemory {
    private static final long LEAST_BYTES = 1 << 20;
    private static final int PART = 4;
    /** Who holds less is never in others' way. */
    static final long HARMLESS_BYTES = 64 << 10;

    private final long mostBytes;
    private final LongSupplier clockNanos;
    private long usedBytes;

    /**
     * For one server.
     *
     * @param mostBytes for all connections together, at least 1 MiB
     * @param clockNanos any clock's nanoseconds, for connections that stand still
     * @throws ConfigurationException if it is less
     */
    public WaitingMemory(long mostBytes, LongSupplier clockNanos) {
        if (mostBytes < LEAST_BYTES) {
            throw new ConfigurationException("memory of " + mostBytes
                    + " bytes for requests and replies that wait: expected at least " + LEAST_BYTES);
        }
        this.mostBytes = mostBytes;
        this.clockNanos = clockNanos;
    }

    long nowNanos() {
        return clockNanos.getAsLong();
    }

    boolean hasRoom(long moreBytes) {
        return usedBytes + moreBytes <= mostBytes;
    }

    /** Whether one connection's input may grow: one alone up to half of all. */
    boolean mayGrow(long fromBytes, long toBytes) {
        return toBytes <= HARMLESS_BYTES ? hasRoom(toBytes) : toBytes <= (mostBytes - usedBytes + fromBytes) / 2;
    }

    /** From where on a connection has to wait for its peer. */
    long shareBytes() {
        return Math.max(HARMLESS_BYTES, (mostBytes - usedBytes) / PART);
    }

    /** Whether those who hold much and do not move are in the way of others. */
    boolean isScarce() {
        return usedBytes > mostBytes / 2;
    }

    long usedBytes() {
        return usedBytes;
    }

    void use(long moreBytes) {
        usedBytes += moreBytes;
    }
}
