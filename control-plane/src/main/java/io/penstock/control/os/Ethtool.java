package io.penstock.control.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.penstock.memory.os.FileDescriptors;
import io.penstock.memory.os.Libc;
import io.penstock.memory.os.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/** The ethtool ioctl (linux/ethtool.h): which driver an interface has, and how many of its queues are in use. */
public final class Ethtool implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final int SIOCETHTOOL = 0x8946;
    private static final int IFNAME_BYTES = 16;
    private static final int IFREQ_BYTES = 40;

    private static final int ETHTOOL_GDRVINFO = 0x03;
    private static final int DRVINFO_BYTES = 196;
    private static final int DRVINFO_DRIVER_OFFSET = 4;
    private static final int ETHTOOL_GCHANNELS = 0x3c;
    private static final int CHANNELS_BYTES = 36;
    private static final int CHANNELS_RX_OFFSET = 20;
    private static final int CHANNELS_TX_OFFSET = 24;
    private static final int CHANNELS_COMBINED_OFFSET = 32;

    private static final MethodHandle SOCKET = Libc.function("socket", JAVA_INT, 3);
    private static final MethodHandle IOCTL = Libc.function("ioctl", JAVA_INT, 3);

    private final int fd;

    /** Opens the socket that the questions go through. */
    public Ethtool() {
        try {
            fd = (int) SOCKET.invokeExact(Libc.errnoState(), (long) AF_INET, (long) SOCK_DGRAM_CLOEXEC, 0L);
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
        if (fd < 0) {
            throw new SystemCallException("socket(AF_INET)", Libc.errno());
        }
    }

    /** The driver's name; empty if the interface has none that says so. */
    public String driver(String interfaceName) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(DRVINFO_BYTES, 4);
            info.set(JAVA_INT, 0, ETHTOOL_GDRVINFO);
            return ask(arena, interfaceName, info)
                    ? info.asSlice(DRVINFO_DRIVER_OFFSET, 32).getString(0, StandardCharsets.US_ASCII)
                    : "";
        }
    }

    /** How many receive queues are in use; -1 if the driver does not say. */
    public int rxQueues(String interfaceName) {
        return channels(interfaceName, CHANNELS_RX_OFFSET);
    }

    /** How many transmit queues are in use; -1 if the driver does not say. */
    public int txQueues(String interfaceName) {
        return channels(interfaceName, CHANNELS_TX_OFFSET);
    }

    private int channels(String interfaceName, int offset) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment channels = arena.allocate(CHANNELS_BYTES, 4);
            channels.set(JAVA_INT, 0, ETHTOOL_GCHANNELS);
            return ask(arena, interfaceName, channels)
                    ? channels.get(JAVA_INT, offset) + channels.get(JAVA_INT, CHANNELS_COMBINED_OFFSET)
                    : -1;
        }
    }

    private boolean ask(Arena arena, String interfaceName, MemorySegment command) {
        byte[] name = interfaceName.getBytes(StandardCharsets.UTF_8);
        if (name.length >= IFNAME_BYTES) {
            return false;
        }
        MemorySegment ifreq = arena.allocate(IFREQ_BYTES, 8);
        MemorySegment.copy(name, 0, ifreq, JAVA_BYTE, 0, name.length);
        ifreq.set(JAVA_LONG, IFNAME_BYTES, command.address());
        try {
            return (int) IOCTL.invokeExact(Libc.errnoState(), (long) fd, (long) SIOCETHTOOL, ifreq.address()) == 0;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    @Override
    public void close() {
        FileDescriptors.close(fd);
    }
}
