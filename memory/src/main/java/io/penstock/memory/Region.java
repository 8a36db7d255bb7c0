package io.penstock.memory;

import io.penstock.memory.os.Errno;
import io.penstock.memory.os.FileDescriptors;
import io.penstock.memory.os.Mmap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A stretch of pinned memory: what a NIC is given as its DMA area.
 *
 * <p>A region is backed by a memory file, so that it can be handed to another process by its descriptor. Huge pages are
 * used where enough of them are free, else small pages, locked and touched now, so that the packet path never takes a
 * page fault. {@link #notice()} says when the second best was taken.
 *
 * <p>Opening and closing are for one thread; reading the properties is for any. Close a region only after every pool
 * that was cut from it and every device that was given it: {@link FramePool#close()} makes later use of its buffers an
 * exception, but a raw view of memory that is no longer mapped is a crash.
 */
public final class Region implements AutoCloseable {
    private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/hugepages");

    private final long address;
    private final long lengthBytes;
    private final PageKind pageKind;
    private final int fd;
    private final String notice;
    private boolean closed;

    private Region(long address, long lengthBytes, PageKind pageKind, int fd, String notice) {
        this.address = address;
        this.lengthBytes = lengthBytes;
        this.pageKind = pageKind;
        this.fd = fd;
        this.notice = notice;
    }

    /**
     * Maps a region on the best pages there are.
     *
     * @param lengthBytes at least this many bytes; rounded up to whole pages
     * @throws OutOfMemoryRegionException if the kernel has no memory for it
     */
    public static Region map(long lengthBytes) {
        if (lengthBytes <= 0) {
            throw new IllegalArgumentException("a region's length must be positive, not " + lengthBytes);
        }
        if (freeHugePages(PageKind.HUGE_2M) * PageKind.HUGE_2M.sizeBytes()
                >= roundUp(lengthBytes, PageKind.HUGE_2M.sizeBytes())) {
            Region huge = tryMap(lengthBytes, PageKind.HUGE_2M);
            if (huge != null) {
                return huge;
            }
        }
        return mapSmall(lengthBytes);
    }

    /** Maps a region on 4 KiB pages although huge ones may be free. */
    public static Region mapSmall(long lengthBytes) {
        Region small = tryMap(lengthBytes, PageKind.SMALL_LOCKED);
        if (small == null) {
            throw new OutOfMemoryRegionException("no memory for a region of " + (lengthBytes >> 20)
                    + " MiB: free some, or ask for fewer frames (--frames)");
        }
        return small;
    }

    private static Region tryMap(long requestedBytes, PageKind kind) {
        long lengthBytes = roundUp(requestedBytes, kind.sizeBytes());
        boolean huge = kind == PageKind.HUGE_2M || kind == PageKind.HUGE_1G;
        if (!huge && lengthBytes > availableBytes()) {
            // Populating would invite the kernel's out-of-memory killer, which takes whole processes.
            return null;
        }
        int flags = Mmap.MFD_CLOEXEC | (huge ? Mmap.MFD_HUGETLB | kind.shift() << Mmap.HUGE_SHIFT : 0);
        int fd = Mmap.memoryFile("penstock-region", flags, lengthBytes);
        if (fd < 0) {
            return null;
        }
        long address =
                Mmap.map(lengthBytes, Mmap.PROT_READ | Mmap.PROT_WRITE, Mmap.MAP_SHARED | Mmap.MAP_POPULATE, fd, 0);
        if (address < 0) {
            FileDescriptors.close(fd);
            return null;
        }
        if (huge) {
            return new Region(address, lengthBytes, kind, fd, "");
        }
        int locked = Mmap.lock(address, lengthBytes);
        if (locked == 0) {
            return new Region(
                    address,
                    lengthBytes,
                    PageKind.SMALL_LOCKED,
                    fd,
                    "no free huge pages: using locked 4 KiB pages (reserve some with: echo "
                            + roundUp(lengthBytes, PageKind.HUGE_2M.sizeBytes()) / PageKind.HUGE_2M.sizeBytes()
                            + " > /proc/sys/vm/nr_hugepages)");
        }
        return new Region(
                address,
                lengthBytes,
                PageKind.SMALL_UNLOCKED,
                fd,
                "memory is not locked (mlock: " + Errno.describe(-locked) + "): raise RLIMIT_MEMLOCK (ulimit -l) to "
                        + (lengthBytes >> 10) + " KiB");
    }

    /** How many huge pages of this kind nobody uses or has reserved. */
    public static long freeHugePages(PageKind kind) {
        Path pool = HUGE_PAGES.resolve("hugepages-" + (kind.sizeBytes() >> 10) + "kB");
        try {
            long free = Long.parseLong(
                    Files.readString(pool.resolve("free_hugepages")).strip());
            long reserved = Long.parseLong(
                    Files.readString(pool.resolve("resv_hugepages")).strip());
            return Math.max(0, free - reserved);
        } catch (IOException | NumberFormatException e) {
            return 0; // a kernel without huge pages of this size has none free
        }
    }

    private static long availableBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemAvailable:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) << 10;
                }
            }
        } catch (IOException | NumberFormatException e) {
            return Long.MAX_VALUE; // cannot tell: let the kernel decide
        }
        return Long.MAX_VALUE;
    }

    private static long roundUp(long value, long powerOfTwo) {
        return (value + powerOfTwo - 1) & -powerOfTwo;
    }

    /** Where the region begins; a multiple of the page size. */
    public long address() {
        return address;
    }

    /** How long it is, in whole pages. */
    public long lengthBytes() {
        return lengthBytes;
    }

    /** What it lies on. */
    public PageKind pageKind() {
        return pageKind;
    }

    /** The memory file's descriptor; belongs to the region. */
    public int fd() {
        return fd;
    }

    /** What an operator should know about this region, in one line; empty when all is as it should be. */
    public String notice() {
        return notice;
    }

    /** Unmaps the region. Closing twice does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Mmap.unmap(address, lengthBytes);
            FileDescriptors.close(fd);
        }
    }

    @Override
    public String toString() {
        return "Region[" + (lengthBytes >> 20) + " MiB, " + pageKind + "]";
    }
}
