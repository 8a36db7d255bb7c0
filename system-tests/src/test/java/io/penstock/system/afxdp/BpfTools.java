package io.penstock.system.afxdp;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.call.SystemCall;
import java.lang.foreign.Arena;
import java.util.function.LongConsumer;

/** What tests do to interfaces by bpf(2): tag what leaves them, and take programs away from them. Offsets: linux/bpf.h. */
public final class BpfTools {
    private static final SystemCall BPF = new SystemCall("bpf", 321, 280);
    private static final int ATTR_BYTES = 128;

    private static final int PROG_LOAD = 5;
    private static final int OBJ_GET_INFO_BY_FD = 15;
    private static final int LINK_CREATE = 28;
    private static final int LINK_GET_FD_BY_ID = 30;
    private static final int LINK_GET_NEXT_ID = 31;
    private static final int LINK_DETACH = 34;

    private static final int SCHED_CLS = 3;
    private static final int TCX_EGRESS = 47;
    private static final int INFO_BYTES = 256;

    private BpfTools() {}

    /**
     * Gives every frame that leaves the interface a VLAN tag, beside the packet, as a VLAN device with txvlan does. In the
     * calling thread's namespace.
     *
     * @return ends it when it is run
     */
    public static Runnable tagEgress(int interfaceIndex, int vlan) {
        long[] program = {
            move(2, 0x0081), // r2 = 0x8100 in network order
            move(3, vlan),
            0x85 | 18L << 32, // bpf_skb_vlan_push
            move(0, 0), // goes on
            0x95
        };
        int programFd = call(PROG_LOAD, attr -> {
            RawMemory.putInt(attr, SCHED_CLS);
            RawMemory.putInt(attr + 4, program.length);
            RawMemory.putLong(
                    attr + 8, Arena.ofAuto().allocateFrom(JAVA_LONG, program).address());
            RawMemory.putLong(attr + 16, Arena.ofAuto().allocateFrom("GPL").address());
        });
        int link = call(LINK_CREATE, attr -> {
            RawMemory.putInt(attr, programFd);
            RawMemory.putInt(attr + 4, interfaceIndex);
            RawMemory.putInt(attr + 8, TCX_EGRESS);
        });
        FileDescriptors.close(programFd);
        return () -> FileDescriptors.close(link);
    }

    private static long move(int register, int value) {
        return 0xb7 | (long) register << 8 | (long) value << 32;
    }

    /** Takes a program away from where it is attached by a link, as {@code bpftool link detach} does. */
    public static void detach(int programId) {
        int[] id = {0};
        while (true) {
            int previous = id[0];
            int found = callForResult(LINK_GET_NEXT_ID, attr -> RawMemory.putInt(attr, previous), id);
            if (found < 0) {
                throw new AssertionError("no link holds program " + programId);
            }
            int link = call(LINK_GET_FD_BY_ID, attr -> RawMemory.putInt(attr, id[0]));
            try {
                if (programOf(link) == programId) {
                    int _ = call(LINK_DETACH, attr -> RawMemory.putInt(attr, link));
                    return;
                }
            } finally {
                FileDescriptors.close(link);
            }
        }
    }

    private static int programOf(int link) {
        try (Arena arena = Arena.ofConfined()) {
            long info = arena.allocate(INFO_BYTES, 8).address();
            int _ = call(OBJ_GET_INFO_BY_FD, attr -> {
                RawMemory.putInt(attr, link);
                RawMemory.putInt(attr + 4, INFO_BYTES);
                RawMemory.putLong(attr + 8, info);
            });
            return RawMemory.getInt(info + 8);
        }
    }

    private static int call(int command, LongConsumer arguments) {
        int result = callForResult(command, arguments, new int[1]);
        if (result < 0) {
            throw new AssertionError("bpf(" + command + "): " + io.penstock.linux.Errno.describe(-result));
        }
        return result;
    }

    /** @param next what LINK_GET_NEXT_ID answers */
    private static int callForResult(int command, LongConsumer arguments, int[] next) {
        try (Arena arena = Arena.ofConfined()) {
            long attr = arena.allocate(ATTR_BYTES, 8).address();
            arguments.accept(attr);
            int result = (int) BPF.call(command, attr, ATTR_BYTES, 0);
            next[0] = RawMemory.getInt(attr + 4);
            return result;
        }
    }
}
