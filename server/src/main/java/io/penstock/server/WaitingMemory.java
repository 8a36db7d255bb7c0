package io.penstock.server;

import io.penstock.datapath.ConfigurationException;
import java.util.function.LongSupplier;

/**
 * How much a server's connections may hold apart from frames, all together and each: requests that are not whole, and
 * replies that their peers do not read.
 *
 * <p>Replies, and requests that are not long, lie in the pinned heap, of which there is a part of its own for them. Long
 * requests have pages that come and go.
 *
 * <p>Each may hold a quarter of what is left (Choudhury and Hahne's dynamic thresholds, 1998): one alone gets much, many
 * leave each other something, and no number of them uses up all of it before it has stopped them. Whoever has reached that
 * is no longer read from. A single reply that is larger is granted as long as there is
 * room at all, a request up to half of it.
 */
final class WaitingMemory {
    private static final long MIN_BYTES = 1 << 20;
    private static final int PART = 4;
    /** Who holds less is never in others' way. */
    static final long HARMLESS_BYTES = 64 << 10;

    private final long maxBytes;
    private final long maxPinnedBytes;
    private final LongSupplier clockNanos;
    private long usedBytes;
    private long pinnedBytes;

    /**
     * For one server.
     *
     * @param maxBytes for all connections together, at least 1 MiB
     * @param maxPinnedBytes how much of that may lie in the stack's heap, which has to have room for it; at least 1 MiB, at
     *     most all of it
     * @param clockNanos any clock's nanoseconds, for connections that stand still
     * @throws ConfigurationException if it is less
     */
    WaitingMemory(long maxBytes, long maxPinnedBytes, LongSupplier clockNanos) {
        if (maxPinnedBytes < MIN_BYTES || maxPinnedBytes > maxBytes) {
            throw new ConfigurationException("memory of " + maxBytes + " bytes, of which " + maxPinnedBytes
                    + " are pinned, for requests and replies that wait: expected at least " + MIN_BYTES
                    + " that are pinned, and no fewer in all");
        }
        this.maxBytes = maxBytes;
        this.maxPinnedBytes = maxPinnedBytes;
        this.clockNanos = clockNanos;
    }

    long nowNanos() {
        return clockNanos.getAsLong();
    }

    /** Whether there is room for more of a reply. */
    boolean hasPinnedRoom(long moreBytes) {
        return usedBytes + moreBytes <= maxBytes && pinnedBytes + moreBytes <= maxPinnedBytes;
    }

    /** Whether a request may lie in pinned memory: not where it would leave the replies too little. */
    boolean mayPin(long bytes) {
        return bytes <= (maxPinnedBytes - pinnedBytes) / PART;
    }

    /** Whether one connection's request may grow: one alone up to half of all. */
    boolean mayGrow(long fromBytes, long toBytes) {
        return toBytes <= HARMLESS_BYTES
                ? usedBytes + toBytes <= maxBytes
                : toBytes <= (maxBytes - usedBytes + fromBytes) / 2;
    }

    /** The longest request that there could ever be room for. */
    long longestRequestBytes() {
        return maxBytes / 2;
    }

    /** From where on a connection has to wait for its peer. */
    long shareBytes() {
        return Math.max(HARMLESS_BYTES, Math.min(maxBytes - usedBytes, maxPinnedBytes - pinnedBytes) / PART);
    }

    /** Whether those who hold much and do not move are in the way of others. */
    boolean isScarce() {
        return usedBytes > maxBytes / 2 || pinnedBytes > maxPinnedBytes / 2;
    }

    long usedBytes() {
        return usedBytes;
    }

    /** Notes that so much more, or less, is used that is not pinned. */
    void use(long moreBytes) {
        usedBytes += moreBytes;
    }

    /** The same of pinned memory. */
    void usePinned(long moreBytes) {
        usedBytes += moreBytes;
        pinnedBytes += moreBytes;
    }
}
