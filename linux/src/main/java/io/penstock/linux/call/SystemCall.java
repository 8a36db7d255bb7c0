package io.penstock.linux.call;

/**
 * A system call for which the C library has no function of its own, so that it goes by its number, which each architecture
 * assigns for itself. Others than these are refused with {@link UnsupportedOperationException}.
 *
 * @param name as section 2 of the manual has it
 * @param x86 its number on x86_64 (arch/x86/entry/syscalls/syscall_64.tbl)
 * @param generic its number on aarch64 (asm-generic/unistd.h, which newer architectures share)
 */
public record SystemCall(String name, int x86, int generic) {
    /** syscall(2) is assembly that moves its arguments along, the seventh from the stack: no rule of varargs applies. */
    private static final LibraryCall SYSCALL = LibraryCall.ofLong("syscall", 7);

    /** A call that is younger than 2018: since then all architectures number alike. */
    public static SystemCall of(String name, int number) {
        return new SystemCall(name, number, number);
    }

    /** The number on an architecture, named as the property {@code os.arch} does. */
    public int number(String architecture) {
        return switch (architecture) {
            case "amd64", "x86_64" -> x86;
            case "aarch64" -> generic;
            default ->
                throw new UnsupportedOperationException(
                        name + "(2) has no known number on " + architecture + ", only on x86_64 and aarch64");
        };
    }

    /** Calls it; the arguments that it does not have are zero. Returns what it does, 0 or more, or the negative errno. */
    public long call(long a, long b, long c, long d, long e, long f) {
        return SYSCALL.call(number(System.getProperty("os.arch")), a, b, c, d, e, f);
    }

    /** As {@link #call(long, long, long, long, long, long)}. */
    public long call(long a, long b, long c, long d) {
        return call(a, b, c, d, 0, 0);
    }
}
