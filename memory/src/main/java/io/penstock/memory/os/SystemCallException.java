package io.penstock.memory.os;

/** A system call that failed at set-up or tear-down. Never thrown on the packet path. */
public final class SystemCallException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /**
     * @param call what was called, with what matters of its arguments
     * @param errno why the kernel refused
     */
    public SystemCallException(String call, int errno) {
        super(call + ": " + Errno.describe(errno));
        this.errno = errno;
    }

    /** The kernel's error number, one of {@link Errno}. */
    public int errno() {
        return errno;
    }
}
