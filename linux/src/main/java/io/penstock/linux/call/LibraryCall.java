package io.penstock.linux.call;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A function of the C library that reports failure through errno. Binding one is a line, and so is calling it:
 *
 * <pre>{@code
 *   private static final LibraryCall LISTEN = LibraryCall.ofInt("listen", 2);
 *
 *   int refused = (int) LISTEN.call(fd, backlog); // 0, or the negative errno
 * }</pre>
 *
 * <p>A call answers as the kernel itself does: with the result, or the negative errno. That holds for addresses, too, as
 * those of a process are positive on the machines that Linux runs on.
 *
 * <p>Every argument is passed as a {@code long}: on the ABIs that Linux uses, an {@code int} or a pointer travels in the
 * same register, and a plain long avoids FFM's liveness bookkeeping for addresses (2.4 ns a call instead of 10.8). As the
 * registers are the same, variadic functions can be bound like others.
 *
 * <p>A record, because the JIT takes a record's fields for constants (ciField, trust_final_non_static_fields), which it does
 * not with other classes: as long as the record is {@code static final}, a call compiles to what {@code invokeExact} on a
 * {@code static final} handle does. That is why the packet path can use it as well.
 *
 * @param handle of type {@code (MemorySegment errnoState, long...)long}
 * @param returnsInt whether the C prototype says int: the upper half of the register then means nothing
 */
public record LibraryCall(MethodHandle handle, boolean returnsInt) {

    /** Binds a function that returns an int. */
    public static LibraryCall ofInt(String name, int arguments) {
        return new LibraryCall(bind(name, arguments), true);
    }

    /** Binds a function that returns a long, a size or an address. */
    public static LibraryCall ofLong(String name, int arguments) {
        return new LibraryCall(bind(name, arguments), false);
    }

    private static MethodHandle bind(String name, int arguments) {
        return Symbols.bind(name, arguments, Linker.Option.captureCallState("errno"));
    }

    /** Calls it. Returns what it returned, or the negative errno. */
    public long call(long a) {
        MemorySegment state = ErrnoState.ofThread();
        try {
            return answer((long) handle.invokeExact(state, a), state);
        } catch (Throwable thrown) {
            throw Symbols.unexpected(thrown);
        }
    }

    /** As {@link #call(long)}. */
    public long call(long a, long b) {
        MemorySegment state = ErrnoState.ofThread();
        try {
            return answer((long) handle.invokeExact(state, a, b), state);
        } catch (Throwable thrown) {
            throw Symbols.unexpected(thrown);
        }
    }

    /** As {@link #call(long)}. */
    public long call(long a, long b, long c) {
        MemorySegment state = ErrnoState.ofThread();
        try {
            return answer((long) handle.invokeExact(state, a, b, c), state);
        } catch (Throwable thrown) {
            throw Symbols.unexpected(thrown);
        }
    }

    /** As {@link #call(long)}. */
    public long call(long a, long b, long c, long d) {
        return call(ErrnoState.ofThread(), a, b, c, d);
    }

    /** As {@link #call(long)}, with a slot for errno that the caller keeps. */
    public long call(MemorySegment state, long a, long b, long c, long d) {
        try {
            return answer((long) handle.invokeExact(state, a, b, c, d), state);
        } catch (Throwable thrown) {
            throw Symbols.unexpected(thrown);
        }
    }

    /** As {@link #call(long)}. */
    public long call(long a, long b, long c, long d, long e) {
        MemorySegment state = ErrnoState.ofThread();
        try {
            return answer((long) handle.invokeExact(state, a, b, c, d, e), state);
        } catch (Throwable thrown) {
            throw Symbols.unexpected(thrown);
        }
    }

    /** As {@link #call(long)}. */
    public long call(long a, long b, long c, long d, long e, long f) {
        return call(ErrnoState.ofThread(), a, b, c, d, e, f);
    }

    /** As {@link #call(long)}, with a slot for errno that the caller keeps. */
    public long call(MemorySegment state, long a, long b, long c, long d, long e, long f) {
        try {
            return answer((long) handle.invokeExact(state, a, b, c, d, e, f), state);
        } catch (Throwable thrown) {
            throw Symbols.unexpected(thrown);
        }
    }

    /** As {@link #call(long)}. */
    public long call(long a, long b, long c, long d, long e, long f, long g) {
        MemorySegment state = ErrnoState.ofThread();
        try {
            return answer((long) handle.invokeExact(state, a, b, c, d, e, f, g), state);
        } catch (Throwable thrown) {
            throw Symbols.unexpected(thrown);
        }
    }

    private long answer(long register, MemorySegment state) {
        long result = returnsInt ? (int) register : register;
        return result < 0 ? -ErrnoState.read(state) : result;
    }
}
