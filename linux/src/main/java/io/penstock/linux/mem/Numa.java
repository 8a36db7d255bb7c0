package io.penstock.linux.mem;

import io.penstock.linux.Errno;
import io.penstock.linux.RawMemory;
import io.penstock.linux.call.SystemCall;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * mbind(2), get_mempolicy(2) and move_pages(2): on which memory node pages shall lie, and where they do.
 *
 * <p>The C library has no wrappers (libnuma has), so the calls go by their numbers, which each architecture assigns for
 * itself: x86_64 and aarch64 are known, others are refused with {@link UnsupportedOperationException}. A container's
 * seccomp profile may forbid all three (EPERM), a kernel may lack them (ENOSYS, errno 38): both are answers here.
 *
 * <p>A set of nodes is a bit mask of longs. Its length is given in bits, plus one: the kernel takes one off before it
 * looks (get_nodes in mm/mempolicy.c).
 *
 * <p>Any thread; for set-up, as each call allocates.
 */
public final class Numa {
    /** The most nodes any kernel is built for (CONFIG_NODES_SHIFT is 10 at most). */
    public static final int MAX_NODES = 1024;

    // linux/mempolicy.h
    private static final int MPOL_BIND = 2;
    private static final int MPOL_MF_STRICT = 1;
    private static final int MPOL_F_ADDR = 2;

    private static final Path ONLINE = Path.of("/sys/devices/system/node/online");
    private static final long MASK_BYTES = MAX_NODES / Byte.SIZE;
    /** Pages asked for in one call, so that a region of gigabytes needs no megabytes of arrays. */
    private static final int BATCH_PAGES = 1024;

    static final SystemCall MBIND = new SystemCall("mbind", 237, 235);
    static final SystemCall GET_MEMPOLICY = new SystemCall("get_mempolicy", 239, 236);
    static final SystemCall MOVE_PAGES = new SystemCall("move_pages", 279, 239);

    /**
     * Where the pages of a range lie.
     *
     * @param error 0, or the negative errno; then nothing else is known
     * @param pagesOfNode how many pages lie on each node; the index is the node's number
     * @param absentPages how many pages are nowhere: never touched, swapped out, or not mapped
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    public record Placement(int error, long[] pagesOfNode, long absentPages) {
        /** How many pages lie on {@code node}; 0 for a node that has none. */
        public long pagesOn(int node) {
            return node >= 0 && node < pagesOfNode.length ? pagesOfNode[node] : 0;
        }
    }

    private Numa() {}

    /**
     * Has all pages of a range come from one node, before they are touched.
     *
     * @param address a multiple of the page size
     * @param lengthBytes rounded up to whole pages by the kernel
     * @param node the node's number
     * @return 0 or the negative errno. EINVAL: there is no such node, it has no memory, or the address is no multiple of
     *     a page. EIO: pages that are there already lie on another node (they are not moved). EFAULT (14): part of the
     *     range is not mapped.
     */
    public static int bind(long address, long lengthBytes, int node) {
        if (node < 0 || node >= MAX_NODES) {
            return -Errno.EINVAL; // as the kernel answers for a bit beyond the nodes that it knows
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            long word = mask.address() + (long) (node / Long.SIZE) * Long.BYTES;
            RawMemory.putLong(word, 1L << node % Long.SIZE);
            return (int) MBIND.call(address, lengthBytes, MPOL_BIND, mask.address(), MAX_NODES + 1, MPOL_MF_STRICT);
        }
    }

    /**
     * The node that the mapping at an address is bound to, whether or not its pages are there.
     *
     * @return the node (the lowest, if it is bound to several), or the negative errno. ENOENT: it is not bound. EFAULT
     *     (14): nothing is mapped there.
     */
    public static int boundNode(long address) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment policy = arena.allocate(Integer.BYTES, Integer.BYTES);
            MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            long error = GET_MEMPOLICY.call(policy.address(), mask.address(), MAX_NODES + 1, address, MPOL_F_ADDR, 0);
            if (error != 0) {
                return (int) error;
            }
            if (RawMemory.getInt(policy.address()) == MPOL_BIND) {
                for (int node = 0; node < MAX_NODES; node += Long.SIZE) {
                    long bits = RawMemory.getLong(mask.address() + node / Byte.SIZE);
                    if (bits != 0) {
                        return node + Long.numberOfTrailingZeros(bits);
                    }
                }
            }
            return -Errno.ENOENT;
        }
    }

    /**
     * Asks where each page of a range really lies. Nothing is moved and nothing is touched.
     *
     * @param address where the first page begins
     * @param lengthBytes at least 0; a part of a page counts as one
     * @param pageBytes a power of two: the size of the pages that the range is made of
     * @return what was found; {@link Placement#error} is EPERM if the process may not ask
     */
    public static Placement nodesOf(long address, long lengthBytes, long pageBytes) {
        if (lengthBytes < 0 || Long.bitCount(pageBytes) != 1) {
            throw new IllegalArgumentException(
                    "a length of at least 0 and a power of two as page size, not " + lengthBytes + " and " + pageBytes);
        }
        long pages = lengthBytes / pageBytes + (lengthBytes % pageBytes == 0 ? 0 : 1);
        long[] pagesOfNode = new long[0];
        long absent = 0;
        try (Arena arena = Arena.ofConfined()) {
            long addresses =
                    arena.allocate(BATCH_PAGES * (long) Long.BYTES, Long.BYTES).address();
            long statuses = arena.allocate(BATCH_PAGES * (long) Integer.BYTES, Integer.BYTES)
                    .address();
            for (long done = 0; done < pages; done += BATCH_PAGES) {
                int count = (int) Math.min(BATCH_PAGES, pages - done);
                for (int i = 0; i < count; i++) {
                    RawMemory.putLong(addresses + (long) i * Long.BYTES, address + (done + i) * pageBytes);
                }
                // Process 0 is this one; without an array of nodes the call only asks.
                long error = MOVE_PAGES.call(0, count, addresses, 0, statuses, 0);
                if (error != 0) {
                    return new Placement((int) error, new long[0], 0);
                }
                for (int i = 0; i < count; i++) {
                    int node = RawMemory.getInt(statuses + (long) i * Integer.BYTES);
                    if (node < 0) { // ENOENT: no page; EFAULT: no mapping, or the page of zeros that all share
                        absent++;
                    } else {
                        if (node >= pagesOfNode.length) {
                            pagesOfNode = Arrays.copyOf(pagesOfNode, node + 1);
                        }
                        pagesOfNode[node]++;
                    }
                }
            }
        }
        return new Placement(0, pagesOfNode, absent);
    }

    /** The nodes that are there, in rising order. A kernel without NUMA has one, 0. */
    public static int[] onlineNodes() {
        try {
            return parseList(Files.readString(ONLINE));
        } catch (IOException _) {
            return new int[] {0}; // no such folder: the kernel is built without NUMA
        }
    }

    /** Reads a list as sysfs prints one: {@code 0-1,4} and a line feed (bitmap_print_to_pagebuf). */
    static int[] parseList(String list) {
        int[] numbers = new int[0];
        for (String range : list.strip().split(",", -1)) {
            int dash = range.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
            int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
            for (int number = first; number <= last; number++) {
                numbers = Arrays.copyOf(numbers, numbers.length + 1);
                numbers[numbers.length - 1] = number;
            }
        }
        return numbers;
    }
}
