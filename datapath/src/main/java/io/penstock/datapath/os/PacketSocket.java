package io.penstock.datapath.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.penstock.memory.os.FileDescriptors;
import io.penstock.memory.os.Libc;
import io.penstock.memory.os.RawMemory;
import io.penstock.memory.os.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * packet(7): copies of what the kernel receives on an interface, frame by frame, for who reads the descriptor.
 *
 * <pre>
 *   struct sockaddr_ll             struct sock_filter        struct sock_fprog
 *    0 u16 family                   0 u16 code                0 u16 length
 *    2 u16 protocol, big-endian     2 u8  jump if true        8 pointer to filters
 *    4 s32 interface's index        3 u8  jump if false      16
 *    8 ...                          4 u32 value
 *   20                              8
 * </pre>
 */
public final class PacketSocket {
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int ADDRESS_BYTES = 20;
    private static final int SOL_SOCKET = 1;
    private static final int SO_ATTACH_FILTER = 26;

    // Classic BPF (Documentation/networking/filter.rst)
    private static final int LOAD_WORD = 0x20;
    private static final int JUMP_IF_EQUAL = 0x15;
    private static final int RETURN = 0x06;
    /** SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT: whether a VLAN tag travels beside the packet. */
    private static final int TAG_PRESENT = -0x1000 + 48;

    private static final int WHOLE_PACKET = 0x40000;

    private static final MethodHandle SOCKET = Libc.function("socket", JAVA_INT, 3);
    private static final MethodHandle BIND = Libc.function("bind", JAVA_INT, 3);
    private static final MethodHandle SETSOCKOPT = Libc.function("setsockopt", JAVA_INT, 5);

    private PacketSocket() {}

    /**
     * Copies of the frames of one protocol that arrive without a VLAN tag. What this host sends is not among them.
     *
     * @param etherType such as 0x0806
     * @return a non-blocking descriptor
     * @throws SystemCallException EPERM without CAP_NET_RAW
     */
    public static int untagged(int interfaceIndex, int etherType) {
        int fd = socket();
        boolean open = false;
        try (Arena arena = Arena.ofConfined()) {
            onlyUntagged(arena, fd);
            long address = arena.allocate(ADDRESS_BYTES, 4).address();
            RawMemory.putShort(address, (short) AF_PACKET);
            RawMemory.putShortBe(address + 2, etherType);
            RawMemory.putInt(address + 4, interfaceIndex);
            if ((int) BIND.invokeExact(Libc.errnoState(), (long) fd, address, (long) ADDRESS_BYTES) != 0) {
                throw new SystemCallException("bind(AF_PACKET)", Libc.errno());
            }
            open = true;
            return fd;
        } catch (SystemCallException e) {
            throw e;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        } finally {
            if (!open) {
                FileDescriptors.close(fd);
            }
        }
    }

    /** Of protocol 0, which is none: nothing comes in before it is bound. */
    private static int socket() {
        try {
            int fd = (int) SOCKET.invokeExact(
                    Libc.errnoState(), (long) AF_PACKET, (long) (SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC), 0L);
            if (fd < 0) {
                throw new SystemCallException("socket(AF_PACKET)", Libc.errno());
            }
            return fd;
        } catch (SystemCallException e) {
            throw e;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    private static void onlyUntagged(Arena arena, int fd) throws Throwable {
        MemorySegment filters = arena.allocate(4 * 8L, 8);
        filter(filters, 0, LOAD_WORD, 0, TAG_PRESENT);
        filter(filters, 1, JUMP_IF_EQUAL, 1, 0); // not equal: one further
        filter(filters, 2, RETURN, 0, WHOLE_PACKET);
        filter(filters, 3, RETURN, 0, 0);
        MemorySegment program = arena.allocate(16, 8);
        RawMemory.putShort(program.address(), (short) 4);
        RawMemory.putLong(program.address() + 8, filters.address());
        int result = (int) SETSOCKOPT.invokeExact(
                Libc.errnoState(), (long) fd, (long) SOL_SOCKET, (long) SO_ATTACH_FILTER, program.address(), 16L);
        if (result != 0) {
            throw new SystemCallException("setsockopt(SO_ATTACH_FILTER)", Libc.errno());
        }
    }

    private static void filter(MemorySegment filters, int index, int code, int jumpIfFalse, int value) {
        long at = filters.address() + 8L * index;
        RawMemory.putShort(at, (short) code);
        RawMemory.putByte(at + 3, (byte) jumpIfFalse);
        RawMemory.putInt(at + 4, value);
    }
}
