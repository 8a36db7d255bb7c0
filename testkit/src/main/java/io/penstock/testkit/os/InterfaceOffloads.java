package io.penstock.testkit.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.penstock.memory.os.FileDescriptors;
import io.penstock.memory.os.Libc;
import io.penstock.memory.os.RawMemory;
import io.penstock.memory.os.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/** The one part of ethtool(8) that a test wire needs, by SIOCETHTOOL, so that the program need not be installed. */
public final class InterfaceOffloads {
    private static final long SIOCETHTOOL = 0x8946;
    private static final int ETHTOOL_STXCSUM = 0x17;
    private static final int IFNAMSIZ = 16;
    private static final int IFREQ_BYTES = 40;

    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM_CLOEXEC = 0x80002;

    private static final MethodHandle SOCKET = Libc.function("socket", JAVA_INT, 3);
    private static final MethodHandle IOCTL = Libc.function("ioctl", JAVA_INT, 3);

    private InterfaceOffloads() {}

    /**
     * Makes the kernel finish the checksums of what it sends on an interface of the current namespace. A veth end hands
     * them over unfinished (CHECKSUM_PARTIAL) otherwise. With checksums goes segmentation offload, which builds on them.
     */
    public static void finishChecksums(String interfaceName) {
        int fd = anySocket();
        try (Arena arena = Arena.ofConfined()) {
            long request = arena.allocate(IFREQ_BYTES, 8).address();
            long value = arena.allocate(8, 8).address();
            byte[] name = interfaceName.getBytes(StandardCharsets.US_ASCII);
            RawMemory.copyFrom(name, 0, request, Math.min(name.length, IFNAMSIZ - 1));
            RawMemory.putLong(request + IFNAMSIZ, value);
            RawMemory.putInt(value, ETHTOOL_STXCSUM);
            RawMemory.putInt(value + 4, 0);
            if ((int) IOCTL.invokeExact(Libc.errnoState(), (long) fd, SIOCETHTOOL, request) != 0) {
                throw new SystemCallException("ethtool tx off on " + interfaceName, Libc.errno());
            }
        } catch (SystemCallException e) {
            throw e;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        } finally {
            FileDescriptors.close(fd);
        }
    }

    private static int anySocket() {
        try {
            int fd = (int) SOCKET.invokeExact(Libc.errnoState(), (long) AF_INET, (long) SOCK_DGRAM_CLOEXEC, 0L);
            if (fd < 0) {
                throw new SystemCallException("socket", Libc.errno());
            }
            return fd;
        } catch (SystemCallException e) {
            throw e;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }
}
