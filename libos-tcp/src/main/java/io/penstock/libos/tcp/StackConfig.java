package io.penstock.libos.tcp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.Idle;
import io.penstock.datapath.poll.SystemClock;
import io.penstock.libos.tcp.ip.Ipv4Network;
import io.penstock.libos.tcp.ip.Secret;
import io.penstock.libos.tcp.tcp.TcpConfig;
import io.penstock.memory.Tracing;
import java.util.List;
import java.util.function.Function;

/**
 * What a stack is to be: set what differs from the defaults, then open it.
 *
 * <pre>
 *   Stack stack = Stack.open(new StackConfig().device("afxdp:vb").address("198.18.0.2/24"));
 * </pre>
 */
public final class StackConfig implements Cloneable {
    /** For {@link #frameBytes}: the smallest frames in which the device carries packets of 1500 bytes. */
    public static final int AS_THE_DEVICE_NEEDS = 0;

    private static final int DEFAULT_FRAME_BYTES = 2048;
    private static final int MIN_FRAMES = 128;
    private static final int MAX_FRAMES = 1 << 22;
    private static final int MAX_CONNECTIONS = 1 << 20;
    private static final long MAX_HEAP_BYTES = 1L << 40;

    private String deviceName;
    String name;
    private String address;
    private String gateway;

    DeviceFactory device;
    Ipv4Network network;
    List<Integer> steeringPorts = List.of();
    int frameCount = 16384;
    int frameBytes = AS_THE_DEVICE_NEEDS;
    /** How much of it is the device's own. */
    int framePrefixBytes;

    long heapBytes = 8L << 20;
    Tracing tracing;
    int maxQueues = 65536;
    int maxOperations = 131072;
    boolean probeAddress = true;
    Function<PacketQueue, Idle> idle;
    Clock clock;
    Counters counters;
    /** Over the counters, once they are known. */
    Remedies remedies;

    Publication publication;

    TcpConfig tcp = new TcpConfig();
    Secret secret;

    /** The defaults; a device and an address must be set. */
    public StackConfig() {}

    /** The device by its name, such as {@code afxdp:vb}. */
    public StackConfig device(String spec) {
        deviceName = spec;
        return this;
    }

    /** The device by a function that opens it. */
    public StackConfig device(DeviceFactory factory) {
        device = factory;
        return this;
    }

    /** The stack's address with its prefix length, such as {@code 198.18.0.2/24}. */
    public StackConfig address(String addressAndPrefix) {
        address = addressAndPrefix;
        return this;
    }

    /** The router to other networks; null or empty for none. */
    public StackConfig gateway(String routerAddress) {
        gateway = routerAddress;
        return this;
    }

    /** Takes only TCP and UDP to these ports from the interface and leaves the rest to the kernel; empty takes all. */
    public StackConfig steeringPorts(List<Integer> ports) {
        steeringPorts = List.copyOf(ports);
        return this;
    }

    /** How many frames the pool has: 16384 unless set. */
    public StackConfig frames(int count) {
        frameCount = count;
        return this;
    }

    /** How much memory a frame takes: 2048 or 4096 bytes, 256 of which are headroom, and some the device's own. */
    public StackConfig frameBytes(int bytes) {
        frameBytes = bytes;
        return this;
    }

    /**
     * How much pinned memory there is for the application's own objects ({@code LibOs.heap()}): 8 MiB unless set.
     *
     * @param bytes 0 for none
     */
    public StackConfig heapBytes(long bytes) {
        heapBytes = bytes;
        return this;
    }

    /** How much is remembered of the lives of buffers, to find who kept or lost one; as the process was told unless set. */
    public StackConfig tracing(Tracing mode) {
        tracing = mode;
        return this;
    }

    /** What the loop does when there is nothing to do; it spins unless this is set. */
    public StackConfig idle(Idle strategy) {
        idle = device -> strategy;
        return this;
    }

    /** As {@link #idle(Idle)}, for a strategy that waits for the device, such as {@code BlockingIdle}. */
    public StackConfig idle(Function<PacketQueue, Idle> strategy) {
        idle = strategy;
        return this;
    }

    /** Where time comes from; the system's clock unless set. */
    public StackConfig clock(Clock source) {
        clock = source;
        return this;
    }

    /**
     * What {@code penstock stat}, {@code cores} and {@code ports} call this stack: 1 to 32 letters, digits and hyphens; the
     * program's name unless set. A further stack of the same name in this process gets a number behind it.
     *
     * <p>A stack with a name must be able to make its counters file; one without goes on unseen if it cannot, with a warning.
     */
    public StackConfig name(String seenFromOutside) {
        name = seenFromOutside;
        return this;
    }

    /**
     * Where statistics go. Unless set, to a file in shared memory, by which tools see the stack while it runs and afterwards;
     * on a virtual clock to private memory. With counters of the application's own, such as {@code Counters.inMemory()},
     * nothing of the stack is seen from outside.
     */
    public StackConfig counters(Counters target) {
        counters = target;
        return this;
    }

    /** How many queues there can be at once: 65536 unless set. */
    public StackConfig maxQueues(int count) {
        maxQueues = count;
        return this;
    }

    /** How many operations may wait or be done and not yet taken: 131072 unless set. */
    public StackConfig maxOperations(int count) {
        maxOperations = count;
        return this;
    }

    /**
     * How many TCP queues there can be at once, and how many TCP connections, those included that wait for an accept or whose
     * queue is closed already: 16384 unless set. A connection beyond waits until one ends, and a new queue is refused.
     *
     * @param count 1 to 1,048,576
     * @throws ConfigurationException if it is not
     */
    public StackConfig maxConnections(int count) {
        checkRange(count, 1, MAX_CONNECTIONS, "connections");
        tcp.maxSockets(count);
        return this;
    }

    /**
     * Whether the link is asked first if somebody has the address already, which takes 150 ms; true unless set. On a
     * virtual clock it is never asked.
     */
    public StackConfig probeAddress(boolean probe) {
        probeAddress = probe;
        return this;
    }

    /**
     * How patient the stack is, while frames are few, with a peer that does not take what was pushed to it and holds more
     * than its share of them so: it may take nothing for {@code stalledNanos} (5 s unless set), and needs at most
     * {@code slowNanos} (30 s) for all that it held at one moment. Then it is reset, and whatever waits on its queue ends
     * with CONNECTION_ABORTED. While frames are plenty nobody is.
     *
     * @throws IllegalArgumentException if one of them is not greater than zero
     */
    public StackConfig slowPeers(long stalledNanos, long slowNanos) {
        tcp.slowPeers(stalledNanos, slowNanos);
        return this;
    }

    /** TCP's own settings, which are not part of the API as yet. */
    StackConfig tcp(TcpConfig config) {
        tcp = config;
        return this;
    }

    /** The key of all that peers must not guess. Random unless set, which only repeatable tests should do. */
    public StackConfig secret(long high, long low) {
        secret = new Secret(high, low);
        return this;
    }

    /**
     * Returns a copy that was checked and in which nothing is missing: each stack that is opened with this configuration has
     * its own clock and its own counters, which have one writer.
     *
     * @throws ConfigurationException in one line
     */
    StackConfig concluded() {
        return copy().conclude();
    }

    private StackConfig copy() {
        try {
            return (StackConfig) clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("it is Cloneable", e);
        }
    }

    private StackConfig conclude() {
        if (address == null) {
            throw new ConfigurationException(
                    "no address was given: expected for example StackConfig.address(198.18.0.2/24)");
        }
        network = Ipv4Network.parse(address, gateway);
        if (device == null) {
            if (deviceName == null) {
                throw new ConfigurationException(
                        "no device was given: expected StackConfig.device(BACKEND:NAME), known back ends: "
                                + String.join(", ", Devices.schemes()));
            }
            DeviceSpec spec = Devices.parse(deviceName);
            framePrefixBytes = Devices.framePrefixBytes(spec);
            frameBytes = frameBytes == AS_THE_DEVICE_NEEDS ? Devices.leastFrameBytes(spec) : frameBytes;
            device = setup -> Devices.open(spec, setup);
        }
        checkRange(frameCount, MIN_FRAMES, MAX_FRAMES, "frames");
        frameBytes = frameBytes == AS_THE_DEVICE_NEEDS ? DEFAULT_FRAME_BYTES : frameBytes;
        if (frameBytes != 2048 && frameBytes != 4096) {
            throw new ConfigurationException("frames of " + frameBytes + " bytes: expected 2048 or 4096");
        }
        if (heapBytes < 0 || heapBytes > MAX_HEAP_BYTES) {
            throw new ConfigurationException(
                    "a heap of " + heapBytes + " bytes: expected 0 to " + MAX_HEAP_BYTES + " (1 TiB)");
        }
        checkRange(maxQueues, 1, QueueTable.MAX_CAPACITY, "queues");
        checkRange(maxOperations, 1, 1 << 24, "operations");
        for (int port : steeringPorts) {
            checkRange(port, 1, 65535, "is not a port to be steered");
        }
        idle = idle == null ? device -> Idle.spin() : idle;
        clock = clock == null ? new SystemClock() : clock;
        secret = secret == null ? Secret.random() : secret;
        if (name != null && !name.matches("[A-Za-z0-9-]{1,32}")) {
            throw new ConfigurationException(
                    "name '" + name + "' of a stack: expected 1 to 32 letters, digits and hyphens");
        }
        publication = Publication.of(counters, clock.isVirtual(), name, deviceName(), network.toString());
        counters = publication.counters();
        remedies = new Remedies(counters);
        return this;
    }

    /** As the application named it; empty if it opens the device itself. */
    String deviceName() {
        return deviceName == null ? "" : deviceName;
    }

    private static void checkRange(int value, int least, int most, String what) {
        if (value < least || value > most) {
            throw new ConfigurationException(value + " " + what + ": expected " + least + " to " + most);
        }
    }
}
