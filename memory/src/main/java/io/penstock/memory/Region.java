package io.penstock.memory;

import io.penstock.linux.FileDescriptors;
import io.penstock.linux.StartConditions;
import io.penstock.linux.SystemCallException;
import io.penstock.linux.mem.Mmap;
import io.penstock.linux.mem.Numa;
import io.penstock.linux.mem.PageMap;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A stretch of pinned memory: what a NIC is given as its DMA area.
 *
 * <p>A region is backed by a memory file unless it was asked not to be, so that it can be handed to another process by
 * its descriptor, which maps the same pages with {@link #attach}. Huge pages are used where enough of them are free, else
 * small pages, locked and touched now, so that the packet path never takes a page fault. {@link #notice()} says when the
 * second best was taken.
 *
 * <p>Opening and closing are for one thread; reading the properties is for any. Close a region only after every pool
 * that was cut from it and every device that was given it: {@link FramePool#close()} makes later use of its buffers an
 * exception, a device that was {@linkplain #register registered} makes {@link #close()} one. A close gives the memory back at
 * once, and its addresses when nothing refers to region, pools, buffers and views any more: a view that another thread uses
 * at that moment shows empty pages then.
 */
public final class Region implements AutoCloseable {
    private static final long NO_PHYSICAL_ADDRESS = -1;

    private final long address;
    private final long lengthBytes;
    private final PageKind pageKind;
    private final int fd;
    private final String notice;
    private final List<Registration> registrations = new ArrayList<>();
    private boolean closed;

    private Region(RegionMapping.Pinned memory) {
        this.address = memory.mapping().address();
        this.lengthBytes = memory.mapping().lengthBytes();
        this.fd = memory.mapping().fd();
        this.pageKind = memory.pageKind();
        this.notice = memory.notice();
    }

    /**
     * Maps a region.
     *
     * @throws IllegalArgumentException if the configuration cannot be meant
     * @throws OutOfMemoryRegionException if the kernel has no such memory for it, in one line that says what to do
     * @throws IllegalStateException in one line that names it, if Java was started without a flag that Penstock needs
     */
    public static Region open(RegionConfig config) {
        StartConditions.require();
        return new Region(RegionMapping.open(config));
    }

    /**
     * Maps a region on the best pages there are.
     *
     * @param lengthBytes at least this many bytes; rounded up to whole pages
     * @throws OutOfMemoryRegionException if the kernel has no memory for it
     */
    public static Region map(long lengthBytes) {
        return open(new RegionConfig().lengthBytes(lengthBytes));
    }

    /** Maps a region on 4 KiB pages although huge ones may be free. */
    public static Region mapSmall(long lengthBytes) {
        return open(new RegionConfig().lengthBytes(lengthBytes).pages(PageKind.SMALL_LOCKED));
    }

    /**
     * Maps the pages of another process' region, whose descriptor came over a UNIX socket
     * (SCM_RIGHTS of unix(7)). They lie at another address here.
     *
     * @param fd the region's descriptor; belongs to the new region from now on, also if this fails
     * @throws IllegalArgumentException if it is no region's descriptor
     * @throws OutOfMemoryRegionException if it cannot be mapped
     * @throws IllegalStateException as {@link #open} does; then the descriptor stays open, as nothing here calls the kernel
     */
    public static Region attach(int fd) {
        StartConditions.require();
        return new Region(RegionMapping.attach(fd));
    }

    /** How much ordinary memory the kernel could give without swapping; Long.MAX_VALUE if it does not say. */
    public static long availableBytes() {
        return HugePages.availableBytes();
    }

    /** How many huge pages of this kind nobody uses or has reserved. */
    public static long freeHugePages(PageKind kind) {
        return HugePages.free(kind);
    }

    // ---- devices

    /**
     * What a device does to reach a region by itself, such as XDP_UMEM_REG of AF_XDP, {@code rte_extmem_register} and
     * {@code rte_dev_dma_map} of DPDK, or IORING_REGISTER_BUFFERS of io_uring.
     *
     * <p>Called by {@link #register}, on its caller's thread.
     */
    public interface Device {
        /** What messages call it, such as {@code afxdp:eth1}. */
        String name();

        /**
         * Makes the region's pages known to the device.
         *
         * @throws RuntimeException if the device refuses; then nothing is registered
         */
        void register(Region region);

        /** Makes the device forget the region; after this it must not touch its pages any more. */
        void unregister(Region region);
    }

    /**
     * Gives the region to a device.
     *
     * @return close it when the device is done with the region
     * @throws RuntimeException what the device throws if it refuses
     */
    public Registration register(Device device) {
        checkOpen();
        device.register(this);
        Registration registration = new Registration(this, device);
        registrations.add(registration);
        return registration;
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the region is closed");
        }
    }

    /** That a device reaches the region. Closing it ends that; closing twice does nothing. */
    public static final class Registration implements AutoCloseable {
        private final Region region;
        private final Device device;

        private Registration(Region region, Device device) {
            this.region = region;
            this.device = device;
        }

        @Override
        public void close() {
            if (region.registrations.remove(this)) {
                device.unregister(region);
            }
        }
    }

    // ---- where it is

    /** Where the region begins; a multiple of the page size. */
    public long address() {
        return address;
    }

    /** How long it is, in whole pages. */
    public long lengthBytes() {
        return lengthBytes;
    }

    /** Whether all of {@code bytes} from {@code at} on lie in this region. */
    public boolean contains(long at, long bytes) {
        long offset = at - address;
        return offset >= 0 && bytes >= 0 && offset <= lengthBytes - bytes;
    }

    /** What it lies on. */
    public PageKind pageKind() {
        return pageKind;
    }

    /** The memory file's descriptor, which belongs to the region; -1 if it is anonymous memory, or the region is closed. */
    public int fd() {
        return closed ? -1 : fd;
    }

    /** What an operator should know about this region, in one line; empty when all is as it should be. */
    public String notice() {
        return notice;
    }

    /**
     * On which memory nodes its pages really are, as the kernel says (move_pages): pages by node. Pages that are not
     * present count for node -1. Slow for large regions of small pages.
     *
     * @throws SystemCallException if this process may not ask
     */
    public SortedMap<Integer, Long> pagesByNode() {
        checkOpen();
        Numa.Placement placement = Numa.nodesOf(address, lengthBytes, pageKind.sizeBytes());
        if (placement.error() != 0) {
            throw new SystemCallException("move_pages", -placement.error());
        }
        SortedMap<Integer, Long> pages = new TreeMap<>();
        for (int node = 0; node < placement.pagesOfNode().length; node++) {
            if (placement.pagesOn(node) != 0) {
                pages.put(node, placement.pagesOn(node));
            }
        }
        if (placement.absentPages() != 0) {
            pages.put(-1, placement.absentPages());
        }
        return pages;
    }

    /**
     * The physical address of a byte of this region, which is its IOVA where no IOMMU translates. Valid as long as the
     * page stays where it is: the kernel does not move pages of 1 GiB, and 2 MiB ones only at an operator's request.
     *
     * @param at an address in this region
     * @return the address, or -1 if this process may not know it (CAP_SYS_ADMIN) or the page is not present
     */
    public long physicalAddress(long at) {
        checkOpen();
        if (!contains(at, 1)) {
            throw new IndexOutOfBoundsException("address 0x" + Long.toHexString(at) + " is not in " + this);
        }
        try (PageMap map = PageMap.open()) {
            return Math.max(NO_PHYSICAL_ADDRESS, map.physicalAddress(at));
        }
    }

    /**
     * Gives the memory back. Closing twice does nothing.
     *
     * @throws IllegalStateException if a device still has it; nothing is unmapped then
     */
    @Override
    public void close() {
        if (!registrations.isEmpty()) {
            throw new IllegalStateException("the region is still in use by "
                    + registrations.stream().map(r -> r.device.name()).collect(Collectors.joining(", "))
                    + ": close the device first");
        }
        if (!closed) {
            closed = true;
            Mmap.retire(address, lengthBytes, this); // every buffer and view of it leads here by its pool
            if (fd >= 0) {
                FileDescriptors.close(fd);
            }
        }
    }

    @Override
    public String toString() {
        return "Region[" + (lengthBytes >> 20) + " MiB, " + pageKind + "]";
    }
}
