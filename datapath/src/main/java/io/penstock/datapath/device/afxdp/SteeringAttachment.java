package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSetup.Steering;
import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.net.Bpf;
import io.penstock.linux.net.Ethtool;
import io.penstock.linux.net.KernelTypes;
import io.penstock.linux.net.NetdevNetlink;
import io.penstock.linux.net.NetworkInterfaceInfo;
import io.penstock.linux.net.RouteNetlink;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steering program on its interface.
 *
 * <p>It is attached by a bpf link, whose only holder is this process: SIGKILL detaches it as surely as {@link #close()}.
 */
final class SteeringAttachment implements AutoCloseable {
    /** The kernel takes a dead process's program and sockets away a little after the process. */
    static final long BUSY_NANOS = 1_000_000_000;

    static final long BUSY_STEP_NANOS = 5_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(SteeringAttachment.class);
    private static final String NAME = "penstock";

    /** As many queues as an interface may come to have while the program is attached. */
    private static final int MAX_QUEUES = 1024;

    /** What a program in the driver calls to learn of a tag beside the packet. */
    private static final String TAG_FUNCTION = "bpf_xdp_metadata_rx_vlan_tag";

    private final NetworkInterfaceInfo nic;
    private final SteeringMaps maps;
    private final Program program;
    private final int linkFd;
    private final String description;
    private int programId;
    private boolean closed;

    private SteeringAttachment(
            NetworkInterfaceInfo nic, SteeringMaps maps, Program program, int linkFd, String description) {
        this.nic = nic;
        this.maps = maps;
        this.program = program;
        this.linkFd = linkFd;
        this.description = description;
        readProgramId();
    }

    /** A program as it is attached. */
    private static final class Program {
        private final long[] instructions;
        private final boolean isNative;
        /** Whether it calls the driver's functions, so that it is loaded for this interface alone. */
        private final boolean bound;
        /** Whether it takes packets that lie in several pieces; a socket gets them in one, as they fit its frames. */
        private final boolean fragments;

        Program(long[] instructions, boolean isNative, boolean bound, boolean fragments) {
            this.instructions = instructions;
            this.isNative = isNative;
            this.bound = bound;
            this.fragments = fragments;
        }

        /** Returns its descriptor or the negative errno. */
        int load(NetworkInterfaceInfo nic) {
            return Bpf.loadXdp(NAME, instructions, bound ? nic.index() : 0, fragments);
        }

        Program withFragments() {
            return new Program(instructions, isNative, bound, true);
        }

        /** Returns the link's descriptor or the negative errno. */
        int attach(NetworkInterfaceInfo nic) {
            int programFd = load(nic);
            if (programFd < 0) {
                throw refusedToLoad(instructions, -programFd);
            }
            try {
                return attachWithin(programFd, nic, isNative ? Bpf.XDP_NATIVE : Bpf.XDP_GENERIC);
            } finally {
                FileDescriptors.close(programFd); // the link keeps it
            }
        }
    }

    /** @param kernelHasAddress whether the addresses are the kernel's, too */
    static SteeringAttachment attach(
            AfXdpOptions options, Steering steering, NetworkInterfaceInfo nic, boolean kernelHasAddress) {
        SteeringMaps maps = SteeringMaps.create(NAME, MAX_QUEUES);
        boolean attached = false;
        try {
            Program program = null;
            int linkFd = -Errno.EOPNOTSUPP;
            String description = "native XDP";
            if (options.mode() != AfXdpOptions.Mode.GENERIC) {
                program = nativeProgram(steering, nic, maps, kernelHasAddress);
                linkFd = program.attach(nic);
                if (linkFd == -Errno.ERANGE) { // packets of this MTU do not lie in one page
                    program = program.withFragments();
                    linkFd = program.attach(nic);
                }
            }
            if (linkFd < 0 && mayTryGeneric(options, linkFd)) {
                description = program == null
                        ? "generic XDP"
                        : "generic XDP (native refused: " + Errno.describe(-linkFd) + ")";
                program = new Program(
                        SteeringProgram.assemble(steering, maps.kernel(0, kernelHasAddress)), false, false, false);
                linkFd = program.attach(nic);
            }
            if (linkFd < 0) {
                throw refused(nic, -linkFd, program != null && program.isNative);
            }
            SteeringAttachment made = new SteeringAttachment(nic, maps, program, linkFd, description);
            if (!program.bound) { // asked last: whoever holds the interface is what a user can do something about first
                requireTagsOrClose(made, program.isNative ? "of this driver and kernel" : "in generic mode");
            }
            attached = true;
            return made;
        } finally {
            if (!attached) {
                maps.close();
            }
        }
    }

    /** One that learns of tags beside packets, if the driver tells. */
    private static Program nativeProgram(
            Steering steering, NetworkInterfaceInfo nic, SteeringMaps maps, boolean kernelHasAddress) {
        int tagFunction = NetdevNetlink.tellsVlanTag(nic.index()) ? KernelTypes.function(TAG_FUNCTION) : 0;
        if (tagFunction != 0) {
            Program program = new Program(
                    SteeringProgram.assemble(steering, maps.kernel(tagFunction, kernelHasAddress)), true, true, false);
            int programFd = program.load(nic);
            if (programFd >= 0) {
                FileDescriptors.close(programFd);
                return program;
            }
            LOG.debug("{} does not tell of VLAN tags: {}", nic.name(), Errno.describe(-programFd));
        }
        return new Program(SteeringProgram.assemble(steering, maps.kernel(0, kernelHasAddress)), true, false, false);
    }

    private static void requireTagsOrClose(SteeringAttachment attachment, String where) {
        boolean inPackets = false;
        try {
            requireTagsInPackets(attachment.nic, where);
            inPackets = true;
        } finally {
            if (!inPackets) {
                FileDescriptors.close(attachment.linkFd);
            }
        }
    }

    private void readProgramId() {
        NetworkInterfaceInfo now = RouteNetlink.find(nic.index());
        programId = now == null ? 0 : now.xdpProgramId();
    }

    /**
     * Attaches the program anew: there are drivers that do not run it on queues that have come to be (veth, up to Linux 6.18
     * at least).
     */
    void renew() {
        int programFd = program.load(nic);
        int result = programFd < 0 ? programFd : Bpf.replaceProgram(linkFd, programFd);
        if (programFd >= 0) {
            FileDescriptors.close(programFd);
        }
        if (result < 0) {
            throw Refusals.failed("attaching the XDP program to new queues of " + nic.name(), -result);
        }
        readProgramId();
    }

    /** A tag that travels beside a packet is not seen, and packets of any VLAN would be served as if they had none. */
    private static void requireTagsInPackets(NetworkInterfaceInfo nic, String where) {
        if (Ethtool.takesVlanTagsOut(nic.name())) {
            throw new ConfigurationException("XDP " + where + " cannot tell packets of a VLAN from others on "
                    + nic.name() + ", as their tags travel beside them: keep tags in the packets with 'ethtool -K "
                    + nic.name() + " rxvlan off' (of a veth pair, also 'txvlan off' at the other end)"
                    + (where.contains("generic") ? ", or leave mode=generic out" : ""));
        }
    }

    private static ConfigurationException refusedToLoad(long[] program, int errno) {
        if (errno == Errno.EPERM) {
            return Refusals.notPermitted("loading the steering program", "CAP_BPF and CAP_NET_ADMIN");
        }
        return new ConfigurationException("the kernel refused the steering program: " + Errno.describe(errno)
                + "; its verifier says: " + Bpf.verifierLog(NAME, program).replace('\n', ' '));
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

    private static int attachWithin(int programFd, NetworkInterfaceInfo nic, int mode) {
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
            case Errno.EPERM -> Refusals.notPermitted("attaching an XDP program", "CAP_NET_ADMIN");
            case Errno.EBUSY, Errno.EEXIST -> {
                NetworkInterfaceInfo now = RouteNetlink.find(nic.index());
                yield new ConfigurationException("another XDP program (number "
                        + (now == null ? 0 : now.xdpProgramId()) + ") is attached to " + nic.name()
                        + ": stop its owner, or detach it with 'ip link set " + nic.name() + " xdp off'");
            }
            case Errno.ERANGE ->
                new ConfigurationException("the MTU " + nic.mtuBytes() + " of " + nic.name()
                        + ", or that of the other end of a veth pair, is too large for its driver's XDP: lower it with"
                        + " 'ip link set " + nic.name() + " mtu 1500'");
            case Errno.ENODEV -> new ConfigurationException("interface " + nic.name() + " has gone");
            case Errno.EOPNOTSUPP, Errno.EINVAL ->
                new ConfigurationException("the driver of " + nic.name()
                        + " refused " + (isNative ? "native XDP (" : "generic XDP (") + Errno.describe(errno)
                        + "): try mode=auto");
            default -> Refusals.failed("attaching the XDP program to " + nic.name(), errno);
        };
    }

    SteeringMaps maps() {
        return maps;
    }

    int linkFd() {
        return linkFd;
    }

    /** The program's number. */
    int programId() {
        return programId;
    }

    boolean isNative() {
        return program.isNative;
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
            maps.close();
        }
    }
}
