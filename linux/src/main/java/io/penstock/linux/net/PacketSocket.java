package io.penstock.linux.net;

import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Whole Ethernet frames to and from one interface, past the kernel's protocols (packet(7)): what somebody on the wire can
 * send who keeps to no rule; and copies of what the kernel receives, for who reads the descriptor ({@link #untagged}).
 *
 * <pre>
 *   struct sockaddr_ll             struct sock_filter        struct sock_fprog
 *    0 u16 family                   0 u16 code                0 u16 length
 *    2 u16 protocol, big-endian     2 u8  jump if true        8 pointer to filters
 *    4 s32 interface's index        3 u8  jump if false      16
 *    8 ...                          4 u32 value
 *   20                              8
 * </pre>
 *
 * <p>One thread.
 */
public final class PacketSocket implements AutoCloseable {
    private static final int ETH_P_ALL = 0x0003;

    private static final int ADDRESS_BYTES = 20;
    private static final int FRAME_BYTES = 2048;
    private static final int SO_ATTACH_FILTER = 26;

    // Classic BPF (Documentation/networking/filter.rst)
    private static final int LOAD_WORD = 0x20;
    private static final int JUMP_IF_EQUAL = 0x15;
    private static final int RETURN = 0x06;
    /** SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT: whether a VLAN tag travels beside the packet. */
    private static final int TAG_PRESENT = -0x1000 + 48;

    private static final int WHOLE_PACKET = 0x40000;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment out = arena.allocate(FRAME_BYTES, 64);
    private final MemorySegment in = arena.allocate(FRAME_BYTES, 64);
    private final int fd;

    /**
     * Opens it on an interface of this thread's network namespace.
     *
     * @param receives whether frames are received too; a sender that never looks need not fill its own queue
     */
    public PacketSocket(int interfaceIndex, boolean receives) {
        fd = open(0);
        bind(fd, interfaceIndex, receives ? ETH_P_ALL : 0);
    }

    /**
     * Copies of the frames of one protocol that arrive without a VLAN tag. What this host sends is not among them.
     *
     * @param etherType such as 0x0806
     * @return a non-blocking descriptor
     * @throws SystemCallException EPERM without CAP_NET_RAW
     */
    public static int untagged(int interfaceIndex, int etherType) {
        int fd = open(Sockets.SOCK_NONBLOCK);
        int result = onlyUntagged(fd);
        if (result < 0) {
            FileDescriptors.close(fd);
            throw new SystemCallException("setsockopt(SO_ATTACH_FILTER)", -result);
        }
        bind(fd, interfaceIndex, etherType);
        return fd;
    }

    /** Of protocol 0, which is none: nothing comes in before it is bound. */
    private static int open(int flags) {
        int fd = Sockets.open(Sockets.AF_PACKET, Sockets.SOCK_RAW | flags, 0);
        return SystemCallException.check("socket(AF_PACKET)", fd);
    }

    private static void bind(int fd, int interfaceIndex, int etherType) {
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(ADDRESS_BYTES, 4).address();
            RawMemory.putShort(address, (short) Sockets.AF_PACKET);
            RawMemory.putShortBe(address + 2, etherType);
            RawMemory.putInt(address + 4, interfaceIndex);
            int result = Sockets.bind(fd, address, ADDRESS_BYTES);
            if (result < 0) {
                FileDescriptors.close(fd);
                throw new SystemCallException("bind(AF_PACKET)", -result);
            }
        }
    }

    private static int onlyUntagged(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment filters = arena.allocate(4 * 8L, 8);
            filter(filters, 0, LOAD_WORD, 0, TAG_PRESENT);
            filter(filters, 1, JUMP_IF_EQUAL, 1, 0); // not equal: one further
            filter(filters, 2, RETURN, 0, WHOLE_PACKET);
            filter(filters, 3, RETURN, 0, 0);
            MemorySegment program = arena.allocate(16, 8);
            RawMemory.putShort(program.address(), (short) 4);
            RawMemory.putLong(program.address() + 8, filters.address());
            return Sockets.setOption(fd, Sockets.SOL_SOCKET, SO_ATTACH_FILTER, program.address(), program.byteSize());
        }
    }

    private static void filter(MemorySegment filters, int index, int code, int jumpIfFalse, int value) {
        long at = filters.address() + 8L * index;
        RawMemory.putShort(at, (short) code);
        RawMemory.putByte(at + 3, (byte) jumpIfFalse);
        RawMemory.putInt(at + 4, value);
    }

    /** Where the next frame to send is written. */
    public ByteBuffer out() {
        return out.asByteBuffer();
    }

    /** Sends the frame that was written. False if the interface takes no more now. */
    public boolean send(int lengthBytes) {
        return Sockets.send(fd, out.address(), lengthBytes, 0) == lengthBytes;
    }

    /** The next frame that passed the interface, in or out; null if there is none now. Valid until the next call. */
    public ByteBuffer receive() {
        int count = Sockets.receive(fd, in.address(), FRAME_BYTES, Sockets.MSG_DONTWAIT);
        return count <= 0 ? null : in.asByteBuffer().limit(count);
    }

    @Override
    public void close() {
        FileDescriptors.close(fd);
        arena.close();
    }
}
