package io.penstock.memory;

/** What pages a {@link Region} lies on. */
public enum PageKind {
    /** Pages of 1 GiB: one TLB entry for the whole region. Reserved by the operator at boot. */
    HUGE_1G(1L << 30, 30),
    /** Pages of 2 MiB, from {@code /proc/sys/vm/nr_hugepages}. */
    HUGE_2M(1L << 21, 21),
    /** Pages of 4 KiB, locked in memory so that they never move to swap. */
    SMALL_LOCKED(1L << 12, 12),
    /**
     * Pages of 4 KiB that could not be locked (an unprivileged process beyond RLIMIT_MEMLOCK). Good for TAP and for
     * simulated wires; a NIC must not be given such memory.
     */
    SMALL_UNLOCKED(1L << 12, 12);

    private final long sizeBytes;
    private final int shift;

    PageKind(long sizeBytes, int shift) {
        this.sizeBytes = sizeBytes;
        this.shift = shift;
    }

    /** The size of one page. */
    public long sizeBytes() {
        return sizeBytes;
    }

    /** Whether these are huge pages, reserved from the kernel's pool of them. */
    public boolean isHuge() {
        return sizeBytes > 4096;
    }

    long roundUp(long bytes) {
        return (bytes + sizeBytes - 1) & -sizeBytes;
    }

    long pages(long bytes) {
        return roundUp(bytes) / sizeBytes;
    }

    /** What a memory file with pages of this size lies on. */
    static PageKind ofSize(long pageBytes) {
        return pageBytes == HUGE_1G.sizeBytes ? HUGE_1G : pageBytes == HUGE_2M.sizeBytes ? HUGE_2M : SMALL_LOCKED;
    }

    int shift() {
        return shift;
    }

    /** Whether the kernel promises that the pages stay in memory. */
    public boolean pinned() {
        return this != SMALL_UNLOCKED;
    }
}
