package io.penstock.benchmarks.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

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

    private static final MethodHandle IOCTL = Libc.function("ioctl", JAVA_INT, 3);

    private InterfaceOffloads() {}

    /**
     * Makes the kernel finish the checksums of what it sends on an interface of the current namespace. A veth end hands
     * them over unfinished (CHECKSUM_PARTIAL) otherwise. With checksums goes segmentation offload, which builds on them.
     */
    public static void finishChecksums(String interfaceName) {
        int fd = Sockets.open(Sockets.SOCK_DGRAM);
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
            Sockets.close(fd);
        }
    }
}
