package io.penstock.memory;

/**
 * What a {@link Region} is to be: set what differs from the defaults, then open it. A setting is checked when the region
 * is opened.
 *
 * <pre>
 *   Region region = Region.open(new RegionConfig().lengthBytes(4L &lt;&lt; 30).prefaultThreads(8).numaNode(1));
 * </pre>
 */
public final class RegionConfig {
    /** The kernel decides where the pages lie: near the thread that touches them first. */
    public static final int ANY_NODE = -1;

    /** Below this a second thread costs more than it saves. */
    private static final long BYTES_FOR_ONE_THREAD = 64L << 20;

    long lengthBytes;
    PageKind pages;
    boolean shareable = true;
    boolean prefault = true;
    int numaNode = ANY_NODE;
    private int prefaultThreads;

    /** The defaults: best pages there are, shareable, prefaulted on all cores; a length must be set. */
    public RegionConfig() {}

    /** At least this many bytes; rounded up to whole pages. */
    public RegionConfig lengthBytes(long bytes) {
        lengthBytes = bytes;
        return this;
    }

    /**
     * These pages and no others, but that small ones which may not be locked are had unlocked: {@link PageKind#HUGE_1G} is only ever used when asked for, as every region takes at least
     * one whole page of it. Unset: 2 MiB pages if enough are free, else locked small ones, else unlocked ones.
     */
    public RegionConfig pages(PageKind kind) {
        pages = kind;
        return this;
    }

    /**
     * Whether the region is a memory file, which another process can map through its descriptor; true unless set. Without,
     * it is anonymous memory, where the kernel may put huge pages under a region of small ones by itself
     * (madvise, MADV_HUGEPAGE).
     */
    public RegionConfig shareable(boolean memoryFile) {
        shareable = memoryFile;
        return this;
    }

    /**
     * Whether all pages are fetched and zeroed now, so that no later access waits for one; true unless set. Without, small
     * pages are not locked either: for large regions that are only tried out.
     */
    public RegionConfig prefault(boolean now) {
        prefault = now;
        return this;
    }

    /**
     * On how many threads the kernel zeroes pages at the same time. Unset: one for each core, but no more than one for
     * every 64 MiB.
     *
     * @param count 1 to 256
     */
    public RegionConfig prefaultThreads(int count) {
        if (count < 1 || count > 256) {
            throw new IllegalArgumentException("a region is prefaulted by 1 to 256 threads, not " + count);
        }
        prefaultThreads = count;
        return this;
    }

    /**
     * Pages from this memory node only (mbind, MPOL_BIND): the node that the NIC's PCI slot belongs to, as
     * {@code /sys/class/net/NAME/device/numa_node} says.
     *
     * @param node from 0, or {@link #ANY_NODE}
     */
    public RegionConfig numaNode(int node) {
        if (node < ANY_NODE) {
            throw new IllegalArgumentException("a memory node is 0 or more, not " + node);
        }
        numaNode = node;
        return this;
    }

    int prefaultThreads() {
        return prefaultThreads != 0
                ? prefaultThreads
                : Math.clamp(
                        lengthBytes / BYTES_FOR_ONE_THREAD,
                        1,
                        Runtime.getRuntime().availableProcessors());
    }
}
