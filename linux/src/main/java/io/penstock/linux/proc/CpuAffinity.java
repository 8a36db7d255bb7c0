package io.penstock.linux.proc;

import io.penstock.linux.RawMemory;
import io.penstock.linux.call.LibraryCall;
import java.lang.foreign.Arena;
import java.util.BitSet;

/** sched_setaffinity(2) and sched_getaffinity(2) for the calling thread; the mask has one bit for each core. */
public final class CpuAffinity {
    /** The most that a kernel can be built for. */
    public static final int MAX_CORES = 8192;

    private static final int MASK_BYTES = MAX_CORES / 8;

    private static final LibraryCall SET = LibraryCall.ofInt("sched_setaffinity", 3);
    private static final LibraryCall GET = LibraryCall.ofInt("sched_getaffinity", 3);

    private CpuAffinity() {}

    /** Lets the calling thread run on these cores only. Returns 0 or the negative errno. */
    public static int set(BitSet cores) {
        try (Arena arena = Arena.ofConfined()) {
            long mask = arena.allocate(MASK_BYTES, 8).address();
            byte[] bits = cores.toByteArray();
            RawMemory.copyFrom(bits, 0, mask, Math.min(bits.length, MASK_BYTES));
            return (int) SET.call(0L, MASK_BYTES, mask);
        }
    }

    /** Where the calling thread may run. */
    public static BitSet get() {
        try (Arena arena = Arena.ofConfined()) {
            long mask = arena.allocate(MASK_BYTES, 8).address();
            int result = (int) GET.call(0L, MASK_BYTES, mask);
            byte[] bits = new byte[result < 0 ? 0 : MASK_BYTES];
            RawMemory.copyTo(mask, bits, 0, bits.length);
            return BitSet.valueOf(bits);
        }
    }
}
