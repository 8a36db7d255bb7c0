package io.penstock.linux.call;

import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/**
 * A short function of the C library that never blocks and never calls back, called without a thread-state transition and
 * without errno (2.5 ns a call instead of 8.5). Makes no object even where it is interpreted, which a call that captures
 * errno does.
 *
 * <p>All of {@link LibraryCall} else holds.
 *
 * @param handle of type {@code (long...)long}; its result is an int
 */
public record CriticalCall(MethodHandle handle) {

    /** Binds a function that returns an int. */
    public static CriticalCall ofInt(String name, int arguments) {
        return new CriticalCall(Symbols.bind(name, arguments, Linker.Option.critical(false)));
    }

    /** Calls it. Returns what it returned: -1 where it failed. */
    public int call() {
        try {
            return (int) (long) handle.invokeExact();
        } catch (Throwable thrown) {
            throw Symbols.unexpected(thrown);
        }
    }

    /** As {@link #call()}. */
    public int call(long a, long b, long c) {
        try {
            return (int) (long) handle.invokeExact(a, b, c);
        } catch (Throwable thrown) {
            throw Symbols.unexpected(thrown);
        }
    }

    /** As {@link #call()}. */
    public int call(long a, long b, long c, long d, long e) {
        try {
            return (int) (long) handle.invokeExact(a, b, c, d, e);
        } catch (Throwable thrown) {
            throw Symbols.unexpected(thrown);
        }
    }
}
