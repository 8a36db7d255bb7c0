package io.penstock.memory.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;

/** open(2), read(2), write(2), close(2) and fcntl(2), on raw descriptors and addresses. */
public final class FileDescriptors {
    public static final int O_RDONLY = 0;
    public static final int O_RDWR = 2;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_CLOEXEC = 0x80000;

    private static final MethodHandle OPEN = Libc.function("open", JAVA_INT, 3);
    private static final MethodHandle READ = Libc.function("read", JAVA_LONG, 3);
    private static final MethodHandle WRITE = Libc.function("write", JAVA_LONG, 3);
    private static final MethodHandle CLOSE = Libc.function("close", JAVA_INT, 1);

    private FileDescriptors() {}

    /** Returns a descriptor, or the negative errno. */
    public static int open(String path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            int fd = (int)
                    OPEN.invokeExact(Libc.errnoState(), arena.allocateFrom(path).address(), (long) flags, 0L);
            return fd < 0 ? -Libc.errno() : fd;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Returns how many bytes came, 0 at the end, or the negative errno. */
    public static long read(int fd, long address, long lengthBytes) {
        try {
            long count = (long) READ.invokeExact(Libc.errnoState(), (long) fd, address, lengthBytes);
            return count < 0 ? -Libc.errno() : count;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Returns how many bytes went, or the negative errno. */
    public static long write(int fd, long address, long lengthBytes) {
        try {
            long count = (long) WRITE.invokeExact(Libc.errnoState(), (long) fd, address, lengthBytes);
            return count < 0 ? -Libc.errno() : count;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Closes; an error is of no use to anybody and is ignored, as the kernel frees the number in any case. */
    public static void close(int fd) {
        try {
            int ignored = (int) CLOSE.invokeExact(Libc.errnoState(), (long) fd);
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }
}
