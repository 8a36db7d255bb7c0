package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.net.XdpSocket;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;

/** The socket that a region is registered with as UMEM; those of other queues share it. The kernel pins its pages. */
final class UmemSocket implements Region.Device {
    private static final int EAFNOSUPPORT = 97;

    private final String interfaceName;
    private final FramePool pool;
    private int fd = -1;

    UmemSocket(String interfaceName, FramePool pool) {
        this.interfaceName = interfaceName;
        this.pool = pool;
    }

    int fd() {
        return fd;
    }

    @Override
    public String name() {
        return "afxdp:" + interfaceName;
    }

    @Override
    public void register(Region region) {
        int socket = open();
        int result = XdpSocket.registerUmem(
                socket, region.address(), region.lengthBytes(), pool.strideBytes(), UmemFrames.hasObjects(pool));
        if (result < 0) {
            FileDescriptors.close(socket);
            throw refused(region, -result);
        }
        fd = socket;
    }

    private ConfigurationException refused(Region region, int errno) {
        return errno == Errno.ENOBUFS || errno == Errno.ENOMEM
                ? new ConfigurationException("the kernel may not pin " + (region.lengthBytes() >> 10) + " KiB for "
                        + interfaceName + " (" + Errno.describe(errno)
                        + "): raise RLIMIT_MEMLOCK (ulimit -l) above that, or grant CAP_IPC_LOCK")
                : Refusals.failed("registering the region with the kernel", errno);
    }

    /** The kernel unpins the pages when the last socket that shares them is closed. */
    @Override
    public void unregister(Region region) {
        FileDescriptors.close(fd);
        fd = -1;
    }

    static int open() {
        int fd = XdpSocket.open();
        if (fd == -Errno.EPERM) {
            throw Refusals.notPermitted("an AF_XDP socket", "CAP_NET_RAW");
        }
        if (fd == -EAFNOSUPPORT) {
            throw new ConfigurationException("this kernel has no AF_XDP (it was built without CONFIG_XDP_SOCKETS): use"
                    + " another back end, such as tap:");
        }
        if (fd < 0) {
            throw Refusals.failed("opening an AF_XDP socket", -fd);
        }
        return fd;
    }
}
