package io.penstock.datapath.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.penstock.memory.os.Libc;
import io.penstock.memory.os.RawMemory;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.BitSet;

/** sched_setaffinity(2) and sched_getaffinity(2) for the calling thread; the mask has one bit for each core. */
public final class CpuAffinity {
    /** The most that a kernel can be built for. */
    public static final int MAX_CORES = 8192;

    private static final int MASK_BYTES = MAX_CORES / 8;

    private static final MethodHandle SET = Libc.function("sched_setaffinity", JAVA_INT, 3);
    private static final MethodHandle GET = Libc.function("sched_getaffinity", JAVA_INT, 3);

    private CpuAffinity() {}

    /** Lets the calling thread run on these cores only. Returns 0 or the negative errno. */
    public static int set(BitSet cores) {
        try (Arena arena = Arena.ofConfined()) {
            long mask = arena.allocate(MASK_BYTES, 8).address();
            byte[] bits = cores.toByteArray();
            RawMemory.copyFrom(bits, 0, mask, Math.min(bits.length, MASK_BYTES));
            int result = (int) SET.invokeExact(Libc.errnoState(), 0L, (long) MASK_BYTES, mask);
            return result < 0 ? -Libc.errno() : 0;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Where the calling thread may run. */
    public static BitSet get() {
        try (Arena arena = Arena.ofConfined()) {
            long mask = arena.allocate(MASK_BYTES, 8).address();
            int result = (int) GET.invokeExact(Libc.errnoState(), 0L, (long) MASK_BYTES, mask);
            byte[] bits = new byte[result < 0 ? 0 : MASK_BYTES];
            RawMemory.copyTo(mask, bits, 0, bits.length);
            return BitSet.valueOf(bits);
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }
}
