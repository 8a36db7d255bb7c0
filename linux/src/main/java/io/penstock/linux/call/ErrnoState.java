package io.penstock.linux.call;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Where a call leaves errno: a slot of the thread's, or one that a caller keeps to save the look-up of the thread's. */
public final class ErrnoState {
    private static final StructLayout LAYOUT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            MethodHandles.insertCoordinates(LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno")), 1, 0L);

    /** One slot a thread, never freed: threads that make system calls are few and live long. */
    private static final ThreadLocal<MemorySegment> OF_THREAD = ThreadLocal.withInitial(() -> allocate(Arena.global()));

    private ErrnoState() {}

    /** A slot that lives as long as the arena. */
    public static MemorySegment allocate(Arena arena) {
        return arena.allocate(LAYOUT);
    }

    static MemorySegment ofThread() {
        return OF_THREAD.get();
    }

    static int read(MemorySegment state) {
        return (int) ERRNO.get(state);
    }
}
