package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSetup.Steering;
import io.penstock.datapath.os.Bpf;
import io.penstock.datapath.os.NetworkInterfaceInfo;
import io.penstock.datapath.os.RouteNetlink;
import io.penstock.memory.os.Errno;
import io.penstock.memory.os.FileDescriptors;
import java.util.concurrent.locks.LockSupport;

/**
 * The steering program on its interface.
 *
 * <p>It is attached by a bpf link, whose only holder is this process: SIGKILL detaches it as surely as {@link #close()}.
 */
final class SteeringAttachment implements AutoCloseable {
    /** The kernel takes a dead process's program and sockets away a little after the process. */
    static final long BUSY_NANOS = 1_000_000_000;

    static final long BUSY_STEP_NANOS = 5_000_000;

    private static final String NAME = "penstock";

    private final int mapFd;
    private final int linkFd;
    private final boolean isNative;
    private final String description;
    private boolean closed;

    private SteeringAttachment(int mapFd, int linkFd, boolean isNative, String description) {
        this.mapFd = mapFd;
        this.linkFd = linkFd;
        this.isNative = isNative;
        this.description = description;
    }

    static SteeringAttachment attach(AfXdpOptions options, Steering steering, NetworkInterfaceInfo nic, int queues) {
        int mapFd = Bpf.createSocketMap(NAME, queues);
        if (mapFd < 0) {
            throw mapFd == -Errno.EPERM
                    ? AfXdpOpener.notPermitted("loading the steering program", "CAP_BPF and CAP_NET_ADMIN")
                    : AfXdpOpener.failed("creating the map of sockets", -mapFd);
        }
        int programFd = -1;
        try {
            programFd = load(SteeringProgram.assemble(steering, mapFd));
            int linkFd = -Errno.EOPNOTSUPP;
            boolean isNative = options.mode() != AfXdpOptions.Mode.GENERIC;
            String description = isNative ? "native XDP" : "generic XDP";
            if (isNative) {
                linkFd = attach(programFd, nic, Bpf.XDP_NATIVE);
            }
            if (linkFd < 0 && mayTryGeneric(options, linkFd)) {
                if (isNative) {
                    description = "generic XDP (native refused: " + Errno.describe(-linkFd) + ")";
                }
                isNative = false;
                linkFd = attach(programFd, nic, Bpf.XDP_GENERIC);
            }
            if (linkFd < 0) {
                throw refused(nic, -linkFd, isNative);
            }
            SteeringAttachment attached = new SteeringAttachment(mapFd, linkFd, isNative, description);
            mapFd = -1;
            return attached;
        } finally {
            if (programFd >= 0) {
                FileDescriptors.close(programFd); // the link keeps the program
            }
            if (mapFd >= 0) {
                FileDescriptors.close(mapFd);
            }
        }
    }

    private static int load(long[] program) {
        int fd = Bpf.loadXdp(NAME, program);
        if (fd == -Errno.EPERM) {
            throw AfXdpOpener.notPermitted("loading the steering program", "CAP_BPF and CAP_NET_ADMIN");
        }
        if (fd < 0) {
            throw new ConfigurationException("the kernel refused the steering program: " + Errno.describe(-fd)
                    + "; its verifier says: " + Bpf.verifierLog(NAME, program).replace('\n', ' '));
        }
        return fd;
    }

    private static boolean mayTryGeneric(AfXdpOptions options, int result) {
        return switch (options.mode()) {
            case GENERIC -> true;
            case NATIVE -> false;
            case AUTO ->
                !isBusy(result) && result != -Errno.EPERM && result != -Errno.ENODEV && result != -Errno.ERANGE;
        };
    }

    private static boolean isBusy(int result) {
        return result == -Errno.EBUSY || result == -Errno.EEXIST;
    }

    private static int attach(int programFd, NetworkInterfaceInfo nic, int mode) {
        long deadline = System.nanoTime() + BUSY_NANOS;
        while (true) {
            int result = Bpf.attachXdp(programFd, nic.index(), mode);
            if (!isBusy(result) || System.nanoTime() >= deadline) {
                return result;
            }
            LockSupport.parkNanos(BUSY_STEP_NANOS);
        }
    }

    private static ConfigurationException refused(NetworkInterfaceInfo nic, int errno, boolean isNative) {
        return switch (errno) {
            case Errno.EPERM -> AfXdpOpener.notPermitted("attaching an XDP program", "CAP_NET_ADMIN");
            case Errno.EBUSY, Errno.EEXIST -> {
                NetworkInterfaceInfo now = RouteNetlink.find(nic.index());
                yield new ConfigurationException("another XDP program (number "
                        + (now == null ? 0 : now.xdpProgramId()) + ") is attached to " + nic.name()
                        + ": stop its owner, or detach it with 'ip link set " + nic.name() + " xdp off'");
            }
            case Errno.ERANGE ->
                new ConfigurationException("the MTU " + nic.mtuBytes() + " of " + nic.name()
                        + " is too large for XDP: lower it with 'ip link set " + nic.name() + " mtu 1500'");
            case Errno.ENODEV -> new ConfigurationException("interface " + nic.name() + " has gone");
            case Errno.EOPNOTSUPP, Errno.EINVAL ->
                new ConfigurationException("the driver of " + nic.name()
                        + " refused " + (isNative ? "native XDP (" : "generic XDP (") + Errno.describe(errno)
                        + "): try mode=auto");
            default -> AfXdpOpener.failed("attaching the XDP program to " + nic.name(), errno);
        };
    }

    /** From now on, packets of the stack that arrive on this queue go to this socket. */
    void steer(int queue, int socketFd) {
        int result = Bpf.updateMap(mapFd, queue, socketFd);
        if (result < 0) {
            throw AfXdpOpener.failed("steering queue " + queue, -result);
        }
    }

    boolean isNative() {
        return isNative;
    }

    /** Where the program runs, and why not elsewhere. */
    String describe() {
        return description;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            FileDescriptors.close(linkFd);
            FileDescriptors.close(mapFd);
        }
    }
}
