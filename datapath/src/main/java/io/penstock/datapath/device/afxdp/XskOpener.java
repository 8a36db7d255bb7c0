package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.Resources;
import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.mem.Mmap;
import io.penstock.linux.net.NetworkInterfaceInfo;
import io.penstock.linux.net.XdpSocket;
import io.penstock.linux.net.XdpSocket.Ring;
import io.penstock.memory.FramePool;
import java.util.concurrent.locks.LockSupport;

/** Opens and binds the sockets: the first registers the UMEM, the others share it, each with rings of its own. */
final class XskOpener {
    private static final int BUSY_POLL_BUDGET_PACKETS = 64;

    private final AfXdpOptions options;
    private final NetworkInterfaceInfo nic;
    private final FramePool pool;
    private final Resources resources;
    private final boolean nativeXdp;
    private boolean zeroCopy;
    private int umemFd;

    /** @param resources where it is noted how to undo what was done */
    XskOpener(AfXdpTarget target, FramePool pool, Resources resources, boolean nativeXdp) {
        this.options = target.options();
        this.nic = target.nic();
        this.pool = pool;
        this.resources = resources;
        this.nativeXdp = nativeXdp;
    }

    /** Opens one socket for each queue of the range. */
    XskSocket[] open(AfXdpOptions.Queues range) {
        XskSocket[] sockets = new XskSocket[range.last() - range.first() + 1];
        UmemSocket first = new UmemSocket(nic.name(), pool);
        resources.add(pool.region().register(first)::close);
        umemFd = first.fd();
        for (int i = 0; i < sockets.length; i++) {
            sockets[i] = open(range.first() + i, i == 0 ? umemFd : socket());
        }
        zeroCopy = XdpSocket.isZeroCopy(umemFd);
        return sockets;
    }

    /** Opens a socket for one queue more. */
    XskSocket openAnother(int queue) {
        return open(queue, socket());
    }

    private XskSocket open(int queue, int fd) {
        for (Ring ring : Ring.values()) {
            check(XdpSocket.ringSize(fd, ring, options.ringEntries()), "setting the size of a ring");
        }
        XskSocket mapped = XskSocket.map(
                fd, options.ringEntries(), ring -> resources.add(() -> Mmap.unmap(ring.address(), ring.lengthBytes())));
        if (options.busyPollMicros() != 0) {
            check(XdpSocket.busyPoll(fd, options.busyPollMicros(), BUSY_POLL_BUDGET_PACKETS), "busy polling");
        }
        bind(fd, queue, umemFd);
        return mapped;
    }

    private int socket() {
        int fd = UmemSocket.open();
        resources.add(() -> FileDescriptors.close(fd));
        return fd;
    }

    private void bind(int fd, int queue, int umemFd) {
        int flags = fd == umemFd ? copyFlags() | XdpSocket.BIND_USE_NEED_WAKEUP : XdpSocket.BIND_SHARED_UMEM;
        long deadline = System.nanoTime() + SteeringAttachment.BUSY_NANOS;
        while (true) {
            int result = XdpSocket.bind(fd, nic.index(), queue, flags, fd == umemFd ? 0 : umemFd);
            if (result == 0) {
                return;
            }
            if (result != -Errno.EBUSY) {
                throw refused(queue, -result);
            }
            if (System.nanoTime() >= deadline) {
                throw new ConfigurationException("queue " + queue + " of " + nic.name()
                        + " is taken by an AF_XDP socket of another program: stop that one, or choose other queues");
            }
            LockSupport.parkNanos(SteeringAttachment.BUSY_STEP_NANOS);
        }
    }

    /** Without a flag the kernel tries zero-copy first. Under generic XDP the driver would never see such a socket. */
    private int copyFlags() {
        if (!nativeXdp || options.copy() == AfXdpOptions.Copy.COPY) {
            return XdpSocket.BIND_COPY;
        }
        return options.copy() == AfXdpOptions.Copy.ZEROCOPY ? XdpSocket.BIND_ZEROCOPY : 0;
    }

    private ConfigurationException refused(int queue, int errno) {
        if (options.copy() == AfXdpOptions.Copy.ZEROCOPY && errno == Errno.EOPNOTSUPP) {
            return new ConfigurationException(
                    "the driver of " + nic.name() + " has no zero-copy: leave copy=zerocopy out");
        }
        return switch (errno) {
            case Errno.ENETDOWN ->
                new ConfigurationException(
                        "interface " + nic.name() + " is down: switch it on with 'ip link set " + nic.name() + " up'");
            case Errno.ENODEV -> new ConfigurationException("interface " + nic.name() + " has gone");
            case Errno.EPERM -> Refusals.notPermitted("binding an AF_XDP socket", "CAP_NET_RAW");
            default -> Refusals.failed("binding to queue " + queue + " of " + nic.name(), errno);
        };
    }

    private static void check(int result, String what) {
        if (result < 0) {
            throw Refusals.failed(what, -result);
        }
    }

    boolean isZeroCopy() {
        return zeroCopy;
    }
}
