package io.penstock.linux;

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

    /**
     * What a call answered, unless that is a negative errno.
     *
     * @param call what was called, for the message
     * @throws SystemCallException if it failed
     */
    public static int check(String call, long answer) {
        if (answer < 0) {
            throw new SystemCallException(call, (int) -answer);
        }
        return (int) answer;
    }

    /** The kernel's error number, one of {@link Errno}. */
    public int errno() {
        return errno;
    }
}
