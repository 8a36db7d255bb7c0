package io.penstock.linux.net;

import io.penstock.linux.RawMemory;
import io.penstock.linux.call.CriticalCall;
import io.penstock.linux.mem.Mmap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Sockets of the family AF_XDP (linux/if_xdp.h, Documentation/networking/af_xdp.rst): raw calls, no policy.
 *
 * <p>Methods that can fail return the negative errno.
 *
 * <pre>
 *   struct xdp_umem_reg                       struct sockaddr_xdp
 *    0 +----------------------------+          0 +-------------+-------------+
 *      | addr                       |            | family  u16 | flags   u16 |
 *    8 +----------------------------+          4 +-------------+-------------+
 *      | len                        |            | ifindex                   |
 *   16 +-------------+--------------+          8 +---------------------------+
 *      | chunk_size  | headroom     |            | queue_id                  |
 *   24 +-------------+--------------+         12 +---------------------------+
 *      | flags       | tx_meta_len  |            | shared_umem_fd            |
 *   32 +-------------+--------------+         16 +---------------------------+
 *
 *   struct xdp_mmap_offsets: four of these, for rx, tx, fill and completion
 *    0 +----------+----------+----------+----------+ 32
 *      | producer | consumer | desc     | flags    |      u64 each, offsets into the ring's mapping
 *      +----------+----------+----------+----------+
 *
 *   struct xdp_statistics
 *    0 +------------+------------------+------------------+--------------+------------------+--------------+ 48
 *      | rx_dropped | rx_invalid_descs | tx_invalid_descs | rx_ring_full | rx_fill_empty    | tx_empty     |  u64 each
 *      +------------+------------------+------------------+--------------+------------------+--------------+
 * </pre>
 */
public final class XdpSocket {
    public static final int AF_XDP = 44;

    /** For {@link #bind}: use the UMEM of another socket; no other flag may stand beside it. */
    public static final int BIND_SHARED_UMEM = 1;

    public static final int BIND_COPY = 1 << 1;
    public static final int BIND_ZEROCOPY = 1 << 2;
    public static final int BIND_USE_NEED_WAKEUP = 1 << 3;

    /** In a ring's flags: the kernel sleeps and wants a system call. */
    public static final int RING_NEED_WAKEUP = 1;

    /** What the kernel keeps free in front of a received packet (XDP_PACKET_HEADROOM, linux/bpf.h). */
    public static final int PACKET_HEADROOM_BYTES = 256;

    /** Each with the option that sets its size, its place in xdp_mmap_offsets, where to map it, and a descriptor's size. */
    public enum Ring {
        RX(2, 0, 0L, 16),
        TX(3, 1, 0x80000000L, 16),
        FILL(5, 2, 0x1_0000_0000L, 8),
        COMPLETION(6, 3, 0x1_8000_0000L, 8);

        private final int option;
        private final int place;
        private final long pageOffset;
        private final int descriptorBytes;

        Ring(int option, int place, long pageOffset, int descriptorBytes) {
            this.option = option;
            this.place = place;
            this.pageOffset = pageOffset;
            this.descriptorBytes = descriptorBytes;
        }
    }

    /**
     * Where a ring's parts lie in its mapping, in bytes.
     *
     * @param producer the producer's index
     * @param consumer the consumer's index
     * @param descriptors the array
     * @param flags the kernel's wishes
     */
    public record RingOffsets(long producer, long consumer, long descriptors, long flags) {}

    /**
     * A ring in this process's memory.
     *
     * @param address where the mapping begins, or the negative errno
     * @param lengthBytes how long it is
     * @param offsets its parts
     * @param entries how many descriptors, a power of two
     */
    public record RingMapping(long address, long lengthBytes, RingOffsets offsets, int entries) {}

    private static final int SO_BUSY_POLL = 46;
    private static final int SO_PREFER_BUSY_POLL = 69;
    private static final int SO_BUSY_POLL_BUDGET = 70;
    private static final int SOL_XDP = 283;
    private static final int XDP_MMAP_OFFSETS = 1;
    private static final int XDP_UMEM_REG = 4;
    private static final int XDP_STATISTICS = 7;
    private static final int XDP_OPTIONS = 8;
    private static final int XDP_OPTIONS_ZEROCOPY = 1;

    static final int UMEM_REG_BYTES = 32;
    static final int UMEM_REG_ADDR = 0;
    static final int UMEM_REG_LEN = 8;
    static final int UMEM_REG_CHUNK_SIZE = 16;
    static final int UMEM_REG_HEADROOM = 20;
    static final int UMEM_REG_FLAGS = 24;
    private static final int XDP_UMEM_UNALIGNED_CHUNK_FLAG = 1;

    static final int SOCKADDR_BYTES = 16;
    static final int SOCKADDR_FAMILY = 0;
    static final int SOCKADDR_FLAGS = 2;
    static final int SOCKADDR_IFINDEX = 4;
    static final int SOCKADDR_QUEUE_ID = 8;
    static final int SOCKADDR_SHARED_UMEM_FD = 12;

    static final int RING_OFFSETS_BYTES = 32;
    static final int MMAP_OFFSETS_BYTES = 4 * RING_OFFSETS_BYTES;

    static final int STATISTICS_BYTES = 48;
    static final int STATISTICS_RX_DROPPED = 0;
    static final int STATISTICS_TX_INVALID = 16;
    static final int STATISTICS_RX_RING_FULL = 24;
    static final int STATISTICS_FILL_RING_EMPTY = 32;

    private static final CriticalCall GETSOCKOPT = CriticalCall.ofInt("getsockopt", 5);

    private XdpSocket() {}

    /** Makes a socket. EPERM: needs CAP_NET_RAW. EAFNOSUPPORT: the kernel is built without AF_XDP. */
    public static int open() {
        return Sockets.open(AF_XDP, Sockets.SOCK_RAW, 0);
    }

    /**
     * Registers memory as the socket's UMEM; the kernel pins it. ENOBUFS: beyond RLIMIT_MEMLOCK.
     *
     * @param unaligned packets may lie anywhere in it, across the borders of chunks too; the address of a received one then
     *     is that of its chunk in the lower 48 bits, and the offset in it in the upper 16 (XSK_UNALIGNED_BUF_OFFSET_SHIFT)
     */
    public static int registerUmem(int fd, long address, long lengthBytes, int chunkBytes, boolean unaligned) {
        try (Arena arena = Arena.ofConfined()) {
            long reg = arena.allocate(UMEM_REG_BYTES, 8).address();
            RawMemory.putLong(reg + UMEM_REG_ADDR, address);
            RawMemory.putLong(reg + UMEM_REG_LEN, lengthBytes);
            RawMemory.putInt(reg + UMEM_REG_CHUNK_SIZE, chunkBytes);
            RawMemory.putInt(reg + UMEM_REG_HEADROOM, 0);
            RawMemory.putInt(reg + UMEM_REG_FLAGS, unaligned ? XDP_UMEM_UNALIGNED_CHUNK_FLAG : 0);
            return Sockets.setOption(fd, SOL_XDP, XDP_UMEM_REG, reg, UMEM_REG_BYTES);
        }
    }

    /** Gives the socket a ring of {@code entries} descriptors, a power of two. */
    public static int ringSize(int fd, Ring ring, int entries) {
        return Sockets.setOption(fd, SOL_XDP, ring.option, entries);
    }

    /** Busy polling by the socket's own calls (Documentation/networking/napi.rst): how long, and how many packets. */
    public static int busyPoll(int fd, int micros, int budgetPackets) {
        int result = Sockets.setOption(fd, Sockets.SOL_SOCKET, SO_PREFER_BUSY_POLL, 1);
        if (result == 0) {
            result = Sockets.setOption(fd, Sockets.SOL_SOCKET, SO_BUSY_POLL, micros);
        }
        return result == 0 ? Sockets.setOption(fd, Sockets.SOL_SOCKET, SO_BUSY_POLL_BUDGET, budgetPackets) : result;
    }

    /**
     * Maps a ring whose size was set.
     *
     * @return the mapping; where the kernel refused, its address is the negative errno
     */
    public static RingMapping map(int fd, Ring ring, int entries) {
        try (Arena arena = Arena.ofConfined()) {
            long all = arena.allocate(MMAP_OFFSETS_BYTES, 8).address();
            int refused = Sockets.option(fd, SOL_XDP, XDP_MMAP_OFFSETS, all, MMAP_OFFSETS_BYTES);
            if (refused != 0) {
                return new RingMapping(refused, 0, null, 0);
            }
            long at = all + (long) ring.place * RING_OFFSETS_BYTES;
            RingOffsets offsets = new RingOffsets(
                    RawMemory.getLong(at),
                    RawMemory.getLong(at + 8),
                    RawMemory.getLong(at + 16),
                    RawMemory.getLong(at + 24));
            long lengthBytes = offsets.descriptors() + (long) entries * ring.descriptorBytes;
            long address = Mmap.map(
                    lengthBytes,
                    Mmap.PROT_READ | Mmap.PROT_WRITE,
                    Mmap.MAP_SHARED | Mmap.MAP_POPULATE,
                    fd,
                    ring.pageOffset);
            return new RingMapping(address, lengthBytes, offsets, entries);
        }
    }

    /**
     * Binds to one queue of an interface.
     *
     * @param flags of {@code BIND_...}; 0 lets the kernel choose between zero-copy and copy
     * @param sharedUmemFd the socket whose UMEM is used, with {@link #BIND_SHARED_UMEM}
     */
    public static int bind(int fd, int interfaceIndex, int queueId, int flags, int sharedUmemFd) {
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(SOCKADDR_BYTES, 4).address();
            RawMemory.putShort(address + SOCKADDR_FAMILY, (short) AF_XDP);
            RawMemory.putShort(address + SOCKADDR_FLAGS, (short) flags);
            RawMemory.putInt(address + SOCKADDR_IFINDEX, interfaceIndex);
            RawMemory.putInt(address + SOCKADDR_QUEUE_ID, queueId);
            RawMemory.putInt(address + SOCKADDR_SHARED_UMEM_FD, sharedUmemFd);
            return Sockets.bind(fd, address, SOCKADDR_BYTES);
        }
    }

    /** Whether a bound socket shares its memory with the NIC; false if the kernel copies. */
    public static boolean isZeroCopy(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            long options = arena.allocate(4, 4).address();
            return Sockets.option(fd, SOL_XDP, XDP_OPTIONS, options, 4) == 0
                    && (RawMemory.getInt(options) & XDP_OPTIONS_ZEROCOPY) != 0;
        }
    }

    /** Memory for {@link #readStatistics}. */
    public static MemorySegment allocateStatistics(Arena arena) {
        return arena.allocate(STATISTICS_BYTES + 8L, 8);
    }

    /**
     * Fills {@code statistics}; then the three methods below read it. Makes no garbage.
     *
     * @return whether the kernel answered: not once the interface has gone
     */
    public static boolean readStatistics(int fd, long statistics) {
        RawMemory.putInt(statistics + STATISTICS_BYTES, STATISTICS_BYTES);
        return GETSOCKOPT.call(fd, SOL_XDP, XDP_STATISTICS, statistics, statistics + STATISTICS_BYTES) == 0;
    }

    /** Packets for which there was no frame to receive into, or which were longer than one. */
    public static long rxDropped(long statistics) {
        return RawMemory.getLong(statistics + STATISTICS_RX_DROPPED);
    }

    /** Packets that found the rx ring full. */
    public static long rxRingFull(long statistics) {
        return RawMemory.getLong(statistics + STATISTICS_RX_RING_FULL);
    }

    /** How often the kernel looked for a frame to receive into and found none. */
    public static long fillRingEmpty(long statistics) {
        return RawMemory.getLong(statistics + STATISTICS_FILL_RING_EMPTY);
    }

    /** Descriptors offered for transmission that the kernel rejected. */
    public static long txInvalid(long statistics) {
        return RawMemory.getLong(statistics + STATISTICS_TX_INVALID);
    }

    /**
     * Tells the kernel to look at the tx ring. In copy mode it transmits up to 32 packets within this call.
     *
     * @param errnoState the caller's own slot
     * @return 0, or the negative errno; EAGAIN, EBUSY and ENOBUFS mean that the rest wants another call
     */
    public static int kickTx(MemorySegment errnoState, int fd) {
        return Math.min(0, Sockets.sendNothing(errnoState, fd));
    }

    /** Tells the kernel that the fill ring has frames again, or runs a busy poll. */
    public static int kickRx(MemorySegment errnoState, int fd) {
        return Math.min(0, Sockets.receiveNothing(errnoState, fd));
    }
}
