package io.penstock.linux.net;

import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import java.lang.foreign.Arena;

/** /dev/net/tun (Documentation/networking/tuntap.rst). */
public final class TunTap {
    private static final String DEVICE = "/dev/net/tun";
    private static final long TUNSETIFF = 0x400454caL;
    /** Ethernet frames. */
    private static final int IFF_TAP = 0x0002;
    /** No four bytes of packet information in front of each frame. */
    private static final int IFF_NO_PI = 0x1000;

    private TunTap() {}

    /**
     * Attaches to a TAP interface, which is made if it does not exist and vanishes with its descriptor then.
     *
     * @param name at most 15 bytes
     * @return a non-blocking descriptor, or the negative errno: EPERM without CAP_NET_ADMIN, EBUSY if another process is
     *     attached, EINVAL if the interface exists and is no TAP
     */
    public static int attach(String name) {
        int fd = FileDescriptors.open(
                DEVICE, FileDescriptors.O_RDWR | FileDescriptors.O_NONBLOCK | FileDescriptors.O_CLOEXEC);
        if (fd < 0) {
            return fd;
        }
        try (Arena arena = Arena.ofConfined()) {
            long request = NetDeviceIoctl.request(arena, name);
            RawMemory.putShort(request + NetDeviceIoctl.IFREQ_DATA, (short) (IFF_TAP | IFF_NO_PI));
            int result = NetDeviceIoctl.call(fd, TUNSETIFF, request);
            if (result < 0) {
                FileDescriptors.close(fd);
                return result;
            }
            return fd;
        }
    }
}
