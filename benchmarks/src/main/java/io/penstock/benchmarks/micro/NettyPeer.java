package io.penstock.benchmarks.micro;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;

/** Netty's allocators at their best, and the proof that they are. */
final class NettyPeer {
    private NettyPeer() {}

    /** The one that Netty 4.1 uses; direct memory, with a cache for each thread. */
    static PooledByteBufAllocator pooled() {
        if (!PlatformDependent.hasUnsafe()) {
            throw new IllegalStateException("Netty runs without Unsafe and would be slower than it can be");
        }
        return PooledByteBufAllocator.DEFAULT;
    }

    /** The one that Netty 4.2 uses unless told otherwise; the second flag gives threads outside event loops a cache. */
    static ByteBufAllocator adaptive() {
        return new AdaptiveByteBufAllocator(true, true);
    }

    /** Fails the measurement if the thread-local caches were not what served. */
    static void requireCacheWasUsed(PooledByteBufAllocator allocator, long maxMisses) {
        if (allocator.metric().numThreadLocalCaches() == 0) {
            throw new IllegalStateException("Netty's thread-local cache is off");
        }
        // An arena counts what its caches could not serve.
        long misses = allocator.metric().directArenas().stream()
                .mapToLong(PoolArenaMetric::numAllocations)
                .sum();
        if (misses > maxMisses) {
            throw new IllegalStateException("Netty's thread-local cache missed " + misses + " times");
        }
    }
}
