package io.penstock.memory;

import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.mem.Mmap;
import io.penstock.linux.mem.Numa;
import io.penstock.linux.proc.MemoryCgroup;
import java.util.Arrays;

/**
 * How a region comes to be: memory file, mapping, memory node, pages, lock. Whatever fails, nothing is left.
 *
 * @param fd the memory file, or -1
 */
record RegionMapping(long address, long lengthBytes, int fd) {
    /** Whoever maps the file must be able to rely on its length. */
    private static final int FIXED_LENGTH =
            FileDescriptors.F_SEAL_SHRINK | FileDescriptors.F_SEAL_GROW | FileDescriptors.F_SEAL_SEAL;

    /**
     * A mapping that is ready for use.
     *
     * @param pageKind what it lies on
     * @param notice why that is the second best, or empty
     */
    record Pinned(RegionMapping mapping, PageKind pageKind, String notice) {}

    private static final int READ_WRITE = Mmap.PROT_READ | Mmap.PROT_WRITE;

    static Pinned open(RegionConfig config) {
        if (config.lengthBytes <= 0) {
            throw new IllegalArgumentException("a region's length must be positive, not " + config.lengthBytes);
        }
        if (!config.prefault && config.numaNode != RegionConfig.ANY_NODE) {
            throw new IllegalArgumentException("a region on memory node " + config.numaNode
                    + " is prefaulted: if that node has no page left, the first access would end the process");
        }
        if (config.pages == null) {
            return openBest(config);
        }
        return config.pages.isHuge() ? openHuge(config, config.pages) : openSmall(config);
    }

    private static Pinned openBest(RegionConfig config) {
        if (HugePages.free(PageKind.HUGE_2M) * PageKind.HUGE_2M.sizeBytes() >= config.lengthBytes) {
            try {
                return openHuge(config, PageKind.HUGE_2M);
            } catch (OutOfMemoryRegionException e) {
                // Somebody was faster, they are on another node, or a hugetlb control group allows no more.
                return openSmall(
                        config, "free huge pages were refused (" + e.getMessage() + "): using locked 4 KiB pages");
            }
        }
        return openSmall(config);
    }

    private static Pinned openSmall(RegionConfig config) {
        return openSmall(
                config,
                "no free huge pages: using locked 4 KiB pages (reserve some with: echo "
                        + PageKind.HUGE_2M.pages(PageKind.SMALL_LOCKED.roundUp(config.lengthBytes))
                        + " > /proc/sys/vm/nr_hugepages)");
    }

    private static Pinned openHuge(RegionConfig config, PageKind kind) {
        RegionMapping mapping = map(config, kind);
        if (mapping == null) {
            throw new OutOfMemoryRegionException("no " + kind.pages(config.lengthBytes) + " free huge pages of "
                    + (kind.sizeBytes() >> 20) + " MiB for a region (free: " + HugePages.free(kind)
                    + "): reserve them with: echo N > " + HugePages.reservation(kind));
        }
        int _ = mapping.prepareOrUndo(config, kind); // huge pages never leave the memory
        return new Pinned(mapping, kind, "");
    }

    private static Pinned openSmall(RegionConfig config, String notice) {
        PageKind kind = PageKind.SMALL_LOCKED;
        long lengthBytes = kind.roundUp(config.lengthBytes);
        if (config.prefault) {
            // Populating would invite the kernel's out-of-memory killer, which takes whole processes.
            if (lengthBytes > HugePages.availableBytes()) {
                throw noMemory(lengthBytes);
            }
            checkControlGroup(lengthBytes);
        }
        RegionMapping mapping = map(config, kind);
        if (mapping == null) {
            throw noMemory(lengthBytes);
        }
        boolean lock = config.pages != PageKind.SMALL_UNLOCKED && config.prefault;
        int locked = mapping.prepareOrUndo(config, lock ? kind : PageKind.SMALL_UNLOCKED);
        if (!lock) {
            return new Pinned(mapping, PageKind.SMALL_UNLOCKED, "memory is not locked, as was asked for");
        }
        if (locked == 0) {
            return new Pinned(mapping, kind, notice);
        }
        return new Pinned(
                mapping,
                PageKind.SMALL_UNLOCKED,
                "memory is not locked (mlock: " + Errno.describe(-locked) + "): raise RLIMIT_MEMLOCK (ulimit -l) to "
                        + (lengthBytes >> 10) + " KiB");
    }

    private static OutOfMemoryRegionException noMemory(long lengthBytes) {
        return new OutOfMemoryRegionException("no memory for a region of " + (lengthBytes >> 20)
                + " MiB: free some, or ask for fewer frames (StackConfig.frames)");
    }

    /**
     * A region that fits by itself is not enough: the Java heap grows as far as it may, and then it would be too late. Huge
     * pages do not count.
     */
    private static void checkControlGroup(long lengthBytes) {
        MemoryCgroup group = MemoryCgroup.tightest();
        Runtime java = Runtime.getRuntime();
        long growthBytes = Math.max(0, java.maxMemory() - (java.totalMemory() - java.freeMemory()));
        if (group.roomBytes() - lengthBytes < growthBytes) {
            throw new OutOfMemoryRegionException("a region of " + (lengthBytes >> 20)
                    + " MiB and a Java heap that may grow by " + (growthBytes >> 20) + " MiB do not fit into the "
                    + (group.roomBytes() >> 20) + " MiB that are left of the " + (group.limitBytes() >> 20)
                    + " MiB of " + group.limitFile()
                    + ": raise that limit, ask for fewer frames (StackConfig.frames), or give Java less (-Xmx)");
        }
    }

    /** Reserves the addresses and, for huge pages, the pages too. Returns null if there are not as many. */
    private static RegionMapping map(RegionConfig config, PageKind kind) {
        long lengthBytes = kind.roundUp(config.lengthBytes);
        int pageSize = kind.isHuge() ? kind.shift() << Mmap.HUGE_SHIFT : 0;
        if (!config.shareable) {
            int flags = Mmap.MAP_PRIVATE | Mmap.MAP_ANONYMOUS | (kind.isHuge() ? Mmap.MAP_HUGETLB | pageSize : 0);
            long address = Mmap.map(lengthBytes, READ_WRITE, flags, -1, 0);
            return address < 0 ? null : new RegionMapping(address, lengthBytes, -1);
        }
        int flags = Mmap.MFD_CLOEXEC | Mmap.MFD_ALLOW_SEALING | (kind.isHuge() ? Mmap.MFD_HUGETLB | pageSize : 0);
        int fd = Mmap.memoryFile("penstock-region", flags, lengthBytes);
        if (fd < 0) {
            return null;
        }
        int sealed = FileDescriptors.seal(fd, FIXED_LENGTH);
        long address = sealed < 0 ? sealed : Mmap.map(lengthBytes, READ_WRITE, Mmap.MAP_SHARED, fd, 0);
        if (address < 0) {
            FileDescriptors.close(fd);
            return null;
        }
        return new RegionMapping(address, lengthBytes, fd);
    }

    private int prepareOrUndo(RegionConfig config, PageKind kind) {
        try {
            return prepare(config, kind);
        } catch (RuntimeException | Error e) {
            undo();
            throw e;
        }
    }

    /**
     * The memory node is chosen before the first page is touched: pages do not move afterwards. And the lock is set before
     * too, so that the threads which fetch pages also lock them: mlock at the end would walk all of them once more, alone.
     *
     * @return 0, or the negative errno if the pages could not be locked
     */
    private int prepare(RegionConfig config, PageKind kind) {
        if (config.numaNode != RegionConfig.ANY_NODE) {
            int bound = Numa.bind(address, lengthBytes, config.numaNode);
            if (bound < 0) {
                throw new IllegalArgumentException(
                        "memory node " + config.numaNode + " cannot be used (mbind: " + Errno.describe(-bound)
                                + "): this machine has the nodes " + Arrays.toString(Numa.onlineNodes()));
            }
        }
        if (!kind.isHuge() && fd < 0) {
            int _ = Mmap.advise(address, lengthBytes, Mmap.MADV_HUGEPAGE); // a kernel without them goes on with small
        }
        int locked = kind == PageKind.SMALL_LOCKED ? Mmap.lockOnFault(address, lengthBytes) : 0;
        if (config.prefault) {
            int populated = Prefault.run(address, lengthBytes, kind.sizeBytes(), config.prefaultThreads());
            if (populated < 0) {
                throw new OutOfMemoryRegionException("the kernel has no pages for a region of " + (lengthBytes >> 20)
                        + " MiB on " + kind + (config.numaNode < 0 ? "" : " on memory node " + config.numaNode) + " ("
                        + Errno.describe(-populated) + "): free some memory, or ask for less");
            }
        }
        return locked;
    }

    private void undo() {
        Mmap.unmap(address, lengthBytes);
        if (fd >= 0) {
            FileDescriptors.close(fd);
        }
    }

    static Pinned attach(int fd) {
        int seals = FileDescriptors.seals(fd);
        if (seals < 0 || (seals & FileDescriptors.F_SEAL_SHRINK) == 0) {
            FileDescriptors.close(fd);
            throw new IllegalArgumentException("descriptor " + fd + " is not a region: "
                    + (seals < 0
                            ? "it is no memory file (" + Errno.describe(-seals) + ")"
                            : "its owner could shorten it, and the next access would end this process"));
        }
        long lengthBytes = FileDescriptors.lengthBytes(fd);
        long address = lengthBytes <= 0 ? -Errno.EINVAL : Mmap.map(lengthBytes, READ_WRITE, Mmap.MAP_SHARED, fd, 0);
        if (address < 0) {
            FileDescriptors.close(fd);
            throw new OutOfMemoryRegionException("a region of " + (lengthBytes >> 20) + " MiB cannot be mapped here ("
                    + Errno.describe((int) -address) + ")");
        }
        PageKind kind = PageKind.ofSize(FileDescriptors.hugePageBytes(fd));
        if (!kind.isHuge() && Mmap.lock(address, lengthBytes) != 0) {
            kind = PageKind.SMALL_UNLOCKED; // perhaps its maker has locked them: that cannot be known here
        }
        return new Pinned(new RegionMapping(address, lengthBytes, fd), kind, "");
    }
}
