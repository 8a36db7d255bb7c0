package io.penstock.linux;

import io.penstock.linux.call.LibraryCall;
import java.lang.foreign.Arena;

/** stdio(3): a stream of the C library for native libraries that want to write to one. */
public final class Stdio {
    private static final int LINE_BUFFERED = 1;
    private static final long BUFFER_BYTES = 4096;

    private static final LibraryCall FDOPEN = LibraryCall.ofLong("fdopen", 2);
    private static final LibraryCall SETVBUF = LibraryCall.ofInt("setvbuf", 4);
    private static final LibraryCall FFLUSH = LibraryCall.ofInt("fflush", 1);

    private Stdio() {}

    /** Opens a stream that writes to a descriptor, line by line. Returns its address, or 0. */
    public static long openForLines(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            long stream = FDOPEN.call(fd, arena.allocateFrom("w").address());
            if (stream != 0) {
                long _ = SETVBUF.call(stream, 0, LINE_BUFFERED, BUFFER_BYTES);
            }
            return stream;
        }
    }

    /** Writes out what a stream keeps. */
    public static void flush(long stream) {
        long _ = FFLUSH.call(stream);
    }
}
