package io.penstock.linux.net;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.call.SystemCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * bpf(2), as far as a steering program needs it: make a map of sockets, load a program, attach it by a link.
 *
 * <p>The C library has no wrapper, so the call goes by its number. Methods return a descriptor or the negative errno. The
 * parts of {@code union bpf_attr} (linux/bpf.h) that are used:
 *
 * <pre>
 *   MAP_CREATE          MAP_UPDATE_ELEM     PROG_LOAD                 LINK_CREATE          PROG_TEST_RUN          LINK_UPDATE
 *    0 map_type          0 map_fd            0 prog_type               0 prog_fd            0 prog_fd              0 link_fd
 *    4 key_size          8 key      (u64)    4 insn_cnt                4 target_ifindex     4 retval               4 new_prog_fd
 *    8 value_size       16 value    (u64)    8 insns        (u64)      8 attach_type        8 data_size_in
 *   12 max_entries      24 flags    (u64)   16 license      (u64)     12 flags             12 data_size_out
 *   16 map_flags                            24 log_level                                   16 data_in   (u64)
 *   28 map_name[16]                         28 log_size                                    24 data_out  (u64)
 *                                           32 log_buf      (u64)                          32 repeat
 *                                           44 prog_flags
 *                                           48 prog_name[16]
 *                                           64 prog_ifindex
 * </pre>
 */
public final class Bpf {
    /** For {@link #attachXdp}: in the driver, before the kernel makes a socket buffer of the packet. */
    public static final int XDP_NATIVE = 1 << 2;
    /** For {@link #attachXdp}: behind the driver, on socket buffers; works with every driver. */
    public static final int XDP_GENERIC = 1 << 1;

    private static final int CMD_MAP_CREATE = 0;
    private static final int CMD_MAP_UPDATE_ELEM = 2;
    private static final int CMD_PROG_LOAD = 5;
    private static final int CMD_PROG_TEST_RUN = 10;
    private static final int CMD_LINK_CREATE = 28;
    private static final int CMD_LINK_UPDATE = 29;

    private static final int MAP_TYPE_ARRAY = 2;
    private static final int MAP_TYPE_XSKMAP = 17;
    private static final int MAP_MMAPABLE = 1 << 10;
    /** The program calls functions of the one driver that it will be attached to, and runs on the processor. */
    private static final int PROGRAM_BOUND_TO_DEVICE = 1 << 6;

    private static final int PROGRAM_TAKES_FRAGMENTS = 1 << 5;
    private static final int PROG_TYPE_XDP = 6;
    private static final int ATTACH_TYPE_XDP = 37;

    /**
     * Of the instructions, not of this source: only programs under a licence compatible with the kernel's may call its
     * functions.
     */
    private static final String LICENSE = "Dual MIT/GPL";

    private static final int ATTR_BYTES = 128;
    private static final int LOG_BYTES = 64 << 10;
    private static final int OBJECT_NAME_BYTES = 16;

    static final SystemCall BPF = new SystemCall("bpf", 321, 280);

    private Bpf() {}

    /** A map from receive queue to AF_XDP socket. */
    public static int createSocketMap(String name, int maxEntries) {
        try (Arena arena = Arena.ofConfined()) {
            long attr = attributes(arena);
            RawMemory.putInt(attr, MAP_TYPE_XSKMAP);
            RawMemory.putInt(attr + 4, Integer.BYTES);
            RawMemory.putInt(attr + 8, Integer.BYTES);
            RawMemory.putInt(attr + 12, maxEntries);
            putName(attr + 28, name);
            return call(CMD_MAP_CREATE, attr);
        }
    }

    /** A map with one value, which can be mapped into memory ({@code mmap}) by its descriptor. */
    public static int createMappableValue(String name, int valueBytes) {
        try (Arena arena = Arena.ofConfined()) {
            long attr = attributes(arena);
            RawMemory.putInt(attr, MAP_TYPE_ARRAY);
            RawMemory.putInt(attr + 4, Integer.BYTES);
            RawMemory.putInt(attr + 8, valueBytes);
            RawMemory.putInt(attr + 12, 1);
            RawMemory.putInt(attr + 16, MAP_MMAPABLE);
            putName(attr + 28, name);
            return call(CMD_MAP_CREATE, attr);
        }
    }

    /** Puts a bound socket into the map. Returns 0 or the negative errno. */
    public static int updateMap(int mapFd, int key, int value) {
        try (Arena arena = Arena.ofConfined()) {
            long attr = attributes(arena);
            MemorySegment pair = arena.allocate(2 * Integer.BYTES, Integer.BYTES);
            RawMemory.putInt(pair.address(), key);
            RawMemory.putInt(pair.address() + 4, value);
            RawMemory.putInt(attr, mapFd);
            RawMemory.putLong(attr + 8, pair.address());
            RawMemory.putLong(attr + 16, pair.address() + 4);
            return call(CMD_MAP_UPDATE_ELEM, attr);
        }
    }

    /**
     * Loads an XDP program.
     *
     * @param instructions eight bytes each, in the machine's order
     * @return its descriptor, or the negative errno
     */
    public static int loadXdp(String name, long[] instructions) {
        try (Arena arena = Arena.ofConfined()) {
            return call(CMD_PROG_LOAD, loadAttributes(arena, name, instructions));
        }
    }

    /**
     * As {@link #loadXdp(String, long[])}.
     *
     * @param interfaceIndex if not 0, for this interface alone, whose driver's functions the program may call (Linux 6.3)
     * @param fragments whether it takes packets that do not lie in one piece, of which it sees the first (Linux 5.18)
     * @return its descriptor, or the negative errno
     */
    public static int loadXdp(String name, long[] instructions, int interfaceIndex, boolean fragments) {
        try (Arena arena = Arena.ofConfined()) {
            long attr = loadAttributes(arena, name, instructions);
            int bound = interfaceIndex == 0 ? 0 : PROGRAM_BOUND_TO_DEVICE;
            RawMemory.putInt(attr + 44, bound | (fragments ? PROGRAM_TAKES_FRAGMENTS : 0));
            RawMemory.putInt(attr + 64, interfaceIndex);
            return call(CMD_PROG_LOAD, attr);
        }
    }

    /** Loads a program that was refused once more, to learn why: the verifier's words, one line or many. */
    public static String verifierLog(String name, long[] instructions) {
        try (Arena arena = Arena.ofConfined()) {
            long attr = loadAttributes(arena, name, instructions);
            MemorySegment log = arena.allocate(LOG_BYTES);
            RawMemory.putInt(attr + 24, 1);
            RawMemory.putInt(attr + 28, LOG_BYTES);
            RawMemory.putLong(attr + 32, log.address());
            int fd = call(CMD_PROG_LOAD, attr);
            if (fd >= 0) {
                FileDescriptors.close(fd);
            }
            return log.getString(0).strip();
        }
    }

    private static long loadAttributes(Arena arena, String name, long[] instructions) {
        long attr = attributes(arena);
        RawMemory.putInt(attr, PROG_TYPE_XDP);
        RawMemory.putInt(attr + 4, instructions.length);
        RawMemory.putLong(attr + 8, arena.allocateFrom(JAVA_LONG, instructions).address());
        RawMemory.putLong(attr + 16, arena.allocateFrom(LICENSE).address());
        putName(attr + 48, name);
        return attr;
    }

    /**
     * Attaches a program to an interface for as long as the returned link is open: when the process dies, however it
     * dies, the kernel closes the link and detaches the program.
     *
     * @param mode {@link #XDP_NATIVE} or {@link #XDP_GENERIC}
     * @return the link's descriptor, or the negative errno: EBUSY or EEXIST if another program is attached, ERANGE if the
     *     MTU is too large, EOPNOTSUPP if the driver has no native XDP
     */
    public static int attachXdp(int programFd, int interfaceIndex, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            long attr = attributes(arena);
            RawMemory.putInt(attr, programFd);
            RawMemory.putInt(attr + 4, interfaceIndex);
            RawMemory.putInt(attr + 8, ATTACH_TYPE_XDP);
            RawMemory.putInt(attr + 12, mode);
            return call(CMD_LINK_CREATE, attr);
        }
    }

    /** Puts another program in the place of the one that a link holds. Returns 0 or the negative errno. */
    public static int replaceProgram(int linkFd, int programFd) {
        try (Arena arena = Arena.ofConfined()) {
            long attr = attributes(arena);
            RawMemory.putInt(attr, linkFd);
            RawMemory.putInt(attr + 4, programFd);
            return call(CMD_LINK_UPDATE, attr);
        }
    }

    /** Runs a program once over a packet, without an interface. Returns its verdict, or the negative errno. */
    public static int testRun(int programFd, byte[] packet) {
        try (Arena arena = Arena.ofConfined()) {
            long attr = attributes(arena);
            RawMemory.putInt(attr, programFd);
            RawMemory.putInt(attr + 8, packet.length);
            RawMemory.putLong(
                    attr + 16,
                    arena.allocateFrom(java.lang.foreign.ValueLayout.JAVA_BYTE, packet)
                            .address());
            RawMemory.putInt(attr + 32, 1);
            int result = call(CMD_PROG_TEST_RUN, attr);
            return result < 0 ? result : RawMemory.getInt(attr + 4);
        }
    }

    private static long attributes(Arena arena) {
        return arena.allocate(ATTR_BYTES, Long.BYTES).address();
    }

    private static void putName(long address, String name) {
        for (int i = 0; i < Math.min(name.length(), OBJECT_NAME_BYTES - 1); i++) {
            RawMemory.putByte(address + i, (byte) name.charAt(i));
        }
    }

    private static int call(int command, long attr) {
        return (int) BPF.call(command, attr, ATTR_BYTES, 0);
    }
}
