package io.penstock.memory.os;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Binds functions of the C library.
 *
 * <p>Every argument is passed as a {@code long}: on the ABIs that Linux uses, an {@code int} or a pointer travels in the
 * same register, and a plain long avoids FFM's liveness bookkeeping for addresses (2.4 ns a call instead of 10.8). The
 * first parameter of a handle made by {@link #function} is where the call leaves {@code errno}: pass {@link #errnoState}.
 *
 * <p>Keep handles {@code static final}: the JIT only inlines them then.
 */
public final class Libc {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = MethodHandles.insertCoordinates(
            ERRNO_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno")), 1, 0L);

    /** One errno slot a thread, never freed: threads that make system calls are few and live long. */
    private static final ThreadLocal<MemorySegment> ERRNO_STATE =
            ThreadLocal.withInitial(() -> Arena.global().allocate(ERRNO_LAYOUT));

    private Libc() {}

    /**
     * Binds a function whose arguments all fit in registers and which reports failure through {@code errno}.
     *
     * @param name symbol of the C library
     * @param result {@link ValueLayout#JAVA_INT} or {@link ValueLayout#JAVA_LONG}, as the C prototype says
     * @param arguments how many arguments
     * @return a handle of type {@code (MemorySegment errnoState, long...)result}
     */
    @SuppressWarnings("restricted") // every call into the kernel goes through here
    public static MethodHandle function(String name, ValueLayout result, int arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, longs(arguments)),
                Linker.Option.captureCallState("errno"));
    }

    /**
     * Binds a short function that never blocks and never calls back, without a thread-state transition and without
     * errno.
     *
     * @return a handle of type {@code (long...)result}
     */
    @SuppressWarnings("restricted")
    public static MethodHandle criticalFunction(String name, ValueLayout result, int arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, longs(arguments)),
                Linker.Option.critical(false));
    }

    private static ValueLayout[] longs(int count) {
        ValueLayout[] layouts = new ValueLayout[count];
        java.util.Arrays.fill(layouts, ValueLayout.JAVA_LONG);
        return layouts;
    }

    /** This thread's slot for errno, the first argument of every handle that {@link #function} made. */
    public static MemorySegment errnoState() {
        return ERRNO_STATE.get();
    }

    /** What the last failed call of this thread left in errno. */
    public static int errno() {
        return (int) ERRNO.get(ERRNO_STATE.get());
    }

    /** The same from a slot that the caller keeps, which saves the look-up of the thread's own. */
    public static int errno(MemorySegment state) {
        return (int) ERRNO.get(state);
    }

    /** A handle's {@code invokeExact} declares Throwable although no C function throws: this turns one into a defect. */
    public static AssertionError unexpected(Throwable thrown) {
        return new AssertionError("a native call threw", thrown);
    }
}
