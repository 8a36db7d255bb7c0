package io.penstock.datapath.counters;

import static io.penstock.datapath.counters.CountersFileLayout.*;

import io.penstock.linux.FileDescriptors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The beginning of a counters file, which may be anybody's: read without following links or waiting for a pipe's other end,
 * and nothing in it is trusted.
 */
final class CountersHeader {
    private static final int O_NOFOLLOW = 0x20000;
    private static final int MAX_NAME_LENGTH = 32;

    private final ByteBuffer bytes;

    private CountersHeader(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /** Reads it; null if the file cannot be read. */
    static CountersHeader read(Path file) {
        int flags = FileDescriptors.O_RDONLY | FileDescriptors.O_NONBLOCK | FileDescriptors.O_CLOEXEC | O_NOFOLLOW;
        int fd = FileDescriptors.open(file.toString(), flags);
        if (fd < 0) {
            return null;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(HEADER_BYTES);
            int length = 0;
            long got = 1;
            while (got > 0 && length < HEADER_BYTES) {
                got = FileDescriptors.read(fd, memory.address() + length, HEADER_BYTES - length);
                if (got < 0) {
                    return null;
                }
                length += (int) got;
            }
            byte[] copy = memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
            return new CountersHeader(ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder()));
        } finally {
            FileDescriptors.close(fd);
        }
    }

    /** Whether it is a counters file of a server whose process is there and has not closed it. */
    boolean isOfARunningServer() {
        return bytes.capacity() == HEADER_BYTES
                && bytes.getLong(MAGIC_OFFSET) == MAGIC
                && bytes.getInt(STATE_OFFSET) == STATE_RUNNING
                && ProcessStamp.isAlive(pid(), bytes.getLong(PROCESS_START_OFFSET));
    }

    long pid() {
        return bytes.getLong(PID_OFFSET);
    }

    int core() {
        return bytes.getInt(CORE_OFFSET);
    }

    boolean spins() {
        return bytes.getInt(SPINS_OFFSET) != 0;
    }

    /** Without anything that a terminal would obey. */
    String name() {
        int length = Math.clamp(bytes.getInt(NAME_OFFSET), 0, MAX_NAME_LENGTH);
        byte[] text = new byte[length];
        bytes.get(NAME_OFFSET + Integer.BYTES, text);
        return new String(text, StandardCharsets.US_ASCII).replaceAll("[^A-Za-z0-9-]", "?");
    }
}
