package io.penstock.linux.call;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/** The C library's functions as method handles that take and return longs. */
final class Symbols {
    private static final Linker LINKER = Linker.nativeLinker();

    private Symbols() {}

    @SuppressWarnings("restricted") // every call into the kernel goes through here
    static MethodHandle bind(String name, int arguments, Linker.Option option) {
        ValueLayout[] longs = new ValueLayout[arguments];
        Arrays.fill(longs, JAVA_LONG);
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), FunctionDescriptor.of(JAVA_LONG, longs), option);
    }

    /** A handle's {@code invokeExact} declares Throwable although no C function throws: this turns one into a defect. */
    static AssertionError unexpected(Throwable thrown) {
        return new AssertionError("a native call threw", thrown);
    }
}
