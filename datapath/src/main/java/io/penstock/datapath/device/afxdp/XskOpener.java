package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.Resources;
import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.mem.Mmap;
import io.penstock.linux.net.NetworkInterfaceInfo;
import io.penstock.linux.net.XdpSocket;
import io.penstock.linux.net.XdpSocket.Ring;
import io.penstock.linux.net.XdpSocket.RingMapping;
import java.util.concurrent.locks.LockSupport;

/** Opens and binds the sockets: the first registers the UMEM, the others share it, each with rings of its own. */
final class XskOpener {
    private static final int BUSY_POLL_BUDGET_PACKETS = 64;
    /** Fewer than this in a fill ring and a short burst is lost. */
    private static final int MIN_FILL = 32;

    private final AfXdpOptions options;
    private final NetworkInterfaceInfo nic;
    private final UmemFrames umem;
    private final Resources resources;
    private final boolean nativeXdp;
    private boolean zeroCopy;
    private int umemFd;

    XskOpener(AfXdpOptions options, NetworkInterfaceInfo nic, UmemFrames umem, Resources resources, boolean nativeXdp) {
        this.options = options;
        this.nic = nic;
        this.umem = umem;
        this.resources = resources;
        this.nativeXdp = nativeXdp;
    }

    /** Opens one socket for each queue of the range. */
    XskQueue[] open(AfXdpOptions.Queues range) {
        XskQueue[] queues = new XskQueue[range.last() - range.first() + 1];
        int fillTarget = fillTarget(queues.length);
        // After the sockets are closed, by being registered before them.
        resources.add(umem::takeAll);
        UmemSocket first = new UmemSocket(nic.name(), umem);
        resources.add(umem.pool().region().register(first)::close);
        umemFd = first.fd();
        for (int i = 0; i < queues.length; i++) {
            queues[i] = open(range.first() + i, i == 0 ? umemFd : socket(), fillTarget);
        }
        zeroCopy = XdpSocket.isZeroCopy(umemFd);
        if (zeroCopy) {
            umem.onlyWithinPages();
        }
        return queues;
    }

    /** Opens a socket for one queue more. */
    XskQueue openAnother(int queue, int fillTarget) {
        return open(queue, socket(), fillTarget);
    }

    /** How many frames each of so many queues keeps ready: a full ring, but at most half of the pool together. */
    int fillTarget(int queueCount) {
        int frames = umem.pool().capacityFrames();
        int target = Math.min(options.ringEntries(), frames / 2 / queueCount);
        if (target < MIN_FILL) {
            throw new ConfigurationException("a pool of " + frames + " frames is too small for "
                    + AfXdpOptions.Queues.count(queueCount) + ": use at least " + 2 * MIN_FILL * queueCount
                    + ", better " + 2 * options.ringEntries() * queueCount);
        }
        return target;
    }

    private XskQueue open(int queue, int fd, int fillTarget) {
        for (Ring ring : Ring.values()) {
            check(XdpSocket.ringSize(fd, ring, options.ringEntries()), "setting the size of a ring");
        }
        XskRings rings = new XskRings(
                new FillRing(map(fd, Ring.FILL)),
                new CompletionRing(map(fd, Ring.COMPLETION)),
                new RxRing(map(fd, Ring.RX)),
                new TxRing(map(fd, Ring.TX)));
        if (options.busyPollMicros() != 0) {
            check(XdpSocket.busyPoll(fd, options.busyPollMicros(), BUSY_POLL_BUDGET_PACKETS), "busy polling");
        }
        bind(fd, queue, umemFd);
        return new XskQueue(fd, umem, rings, fillTarget, options.busyPollMicros() != 0);
    }

    private int socket() {
        int fd = UmemSocket.open();
        resources.add(() -> FileDescriptors.close(fd));
        return fd;
    }

    private RingMapping map(int fd, Ring ring) {
        RingMapping mapping = XdpSocket.map(fd, ring, options.ringEntries());
        if (mapping.address() < 0) {
            throw Refusals.failed("mapping a ring", (int) -mapping.address());
        }
        resources.add(() -> Mmap.unmap(mapping.address(), mapping.lengthBytes()));
        return mapping;
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
