package io.penstock.benchmarks.memory;

import io.penstock.benchmarks.micro.AccessBenchmark;
import io.penstock.benchmarks.micro.AllocationBenchmark;
import io.penstock.benchmarks.micro.HandOverBenchmark;
import io.penstock.benchmarks.micro.JmhFork;
import io.penstock.benchmarks.micro.ReferenceBenchmark;
import java.util.Arrays;
import java.util.List;

/** One row: a JMH benchmark. Peers stand beside each other, so that they are measured within seconds of each other. */
enum MicroCase {
    HEAP_PAIR(Topic.ONE_CORE, "Penstock, CoreHeap", AllocationBenchmark.class, "penstockHeap"),
    FRAME_PAIR(Topic.ONE_CORE, "Penstock, FramePool", AllocationBenchmark.class, "penstock"),
    POOLED_PAIR(Topic.ONE_CORE, "Netty, PooledByteBufAllocator", AllocationBenchmark.class, "nettyPooled"),
    ADAPTIVE_PAIR(Topic.ONE_CORE, "Netty, AdaptiveByteBufAllocator", AllocationBenchmark.class, "nettyAdaptive"),
    ARENA_PAIR(Topic.ONE_CORE, "JDK, Arena.ofConfined", AllocationBenchmark.class, "arena"),
    HEAP_CROSS(Topic.TWO_CORES, "Penstock, CoreHeap", HandOverBenchmark.class, "penstockHeap", "heapRelease"),
    FRAME_CROSS(Topic.TWO_CORES, "Penstock, FramePool", HandOverBenchmark.class, "penstock", "penstockRelease"),
    POOLED_CROSS(
            Topic.TWO_CORES, "Netty, PooledByteBufAllocator", HandOverBenchmark.class, "nettyPooled", "pooledRelease"),
    ADAPTIVE_CROSS(
            Topic.TWO_CORES,
            "Netty, AdaptiveByteBufAllocator",
            HandOverBenchmark.class,
            "nettyAdaptive",
            "adaptiveRelease"),
    NOTHING_CROSS(Topic.TWO_CORES, "the hand-over alone", HandOverBenchmark.class, "nothing", "take"),
    RETAIN(Topic.REFERENCE, "Penstock, retain + release", ReferenceBenchmark.class, "retainAndRelease"),
    NETTY_RETAIN(Topic.REFERENCE, "Netty, retain + release", ReferenceBenchmark.class, "nettyRetainAndRelease"),
    BUFFER_READ(Topic.READ, "Penstock, Buffer", AccessBenchmark.class, "penstockRead"),
    SEGMENT_READ(Topic.READ, "JDK, constant MemorySegment", AccessBenchmark.class, "segmentRead"),
    NETTY_READ(Topic.READ, "Netty, ByteBuf", AccessBenchmark.class, "nettyRead"),
    BUFFER_WRITE(Topic.WRITE, "Penstock, Buffer", AccessBenchmark.class, "penstockWrite"),
    SEGMENT_WRITE(Topic.WRITE, "JDK, constant MemorySegment", AccessBenchmark.class, "segmentWrite"),
    NETTY_WRITE(Topic.WRITE, "Netty, ByteBuf", AccessBenchmark.class, "nettyWrite");

    /** What peers are compared in. */
    enum Topic {
        ONE_CORE("2 KiB allocated and released on one core"),
        TWO_CORES("2 KiB allocated on one core and released on another, 192 at most under way"),
        REFERENCE("one reference more and one less"),
        READ("nine header fields read (Ethernet, IPv4, TCP)"),
        WRITE("six header fields written (TCP)");

        private final String title;

        Topic(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }

        /** The one that the others are compared with: Penstock's. */
        MicroCase reference() {
            return switch (this) {
                case ONE_CORE -> FRAME_PAIR;
                case TWO_CORES -> FRAME_CROSS;
                case REFERENCE -> RETAIN;
                case READ -> BUFFER_READ;
                case WRITE -> BUFFER_WRITE;
            };
        }

        /** In the order in which they are measured: what a claim compares stands side by side. */
        List<MicroCase> cases() {
            return Arrays.stream(MicroCase.values())
                    .filter(c -> c.topic == this)
                    .toList();
        }
    }

    private final Topic topic;
    private final String label;
    private final String benchmark;
    private final String measuredThread;

    MicroCase(Topic topic, String label, Class<?> benchmark, String method) {
        this(topic, label, benchmark, method, "");
    }

    /** @param measuredThread of a group of threads, the one whose operations count; empty if there is one thread */
    MicroCase(Topic topic, String label, Class<?> benchmark, String method, String measuredThread) {
        this.topic = topic;
        this.label = label;
        this.benchmark = JmhFork.nameOf(benchmark, method);
        this.measuredThread = measuredThread;
    }

    Topic topic() {
        return topic;
    }

    String label() {
        return label;
    }

    /** As JMH calls it. */
    String benchmark() {
        return benchmark;
    }

    boolean hasTwoThreads() {
        return !measuredThread.isEmpty();
    }

    String measuredThread() {
        return measuredThread;
    }
}
