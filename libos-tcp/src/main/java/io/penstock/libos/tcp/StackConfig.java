package io.penstock.libos.tcp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.Idle;
import io.penstock.libos.tcp.config.IdleMode;
import io.penstock.libos.tcp.config.LocalAddress;
import io.penstock.libos.tcp.config.Setting;
import io.penstock.libos.tcp.config.SettingValues;
import io.penstock.libos.tcp.config.StackSettings;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.libos.tcp.congestion.CongestionAlgorithm;
import io.penstock.libos.tcp.congestion.CongestionAlgorithms;
import io.penstock.libos.tcp.congestion.CustomCongestionControl;
import io.penstock.libos.tcp.ip.Ipv4Network;
import io.penstock.libos.tcp.ip.Secret;
import io.penstock.memory.Tracing;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a stack is to be: an immutable value, from which any number of stacks can be opened. They share nothing but what the
 * application handed in itself ({@link Builder#clock}, {@link Builder#counters}, {@link Builder#idle(Idle)}, a device that a
 * function returns): each has its own clock, counters, memory, device and secret.
 *
 * <pre>
 *   Stack stack = Stack.open(
 *           StackConfig.builder().device("afxdp:vb").address("198.18.0.2/24").build());
 * </pre>
 *
 * <p>Whatever is a {@link Setting} ({@link StackSettings}, {@link TcpSettings}) can be set by {@link Builder#set}, or read from
 * a file or a command line as {@link SettingValues}; the most usual ones have methods of their own.
 */
public final class StackConfig {
    private final SettingValues values;
    private final List<LocalAddress> addresses;
    private final Ipv4Network network;
    private final TcpConfig tcp;
    private final List<CongestionAlgorithm> ownCongestionControls;
    private final DeviceSpec deviceSpec; // null if a function opens the device
    private final DeviceFactory device; // null if it is opened by its name
    private final List<Integer> steeringPorts;
    private final Function<PacketQueue, Idle> idle; // null: as the setting says
    private final Clock clock; // null: each stack its own
    private final Counters counters; // null: each stack its own
    private final Secret secret; // null: each stack its own

    private StackConfig(Builder asked) {
        values = asked.values;
        String address = values.get(StackSettings.ADDRESS);
        if (address == null) {
            throw new ConfigurationException(
                    "no address was given: expected for example StackConfig.address(198.18.0.2/24)");
        }
        addresses = LocalAddress.parseAll(address);
        if (addresses.size() > 1) {
            throw new ConfigurationException(StackSettings.ADDRESS + "=" + address + " ("
                    + values.origin(StackSettings.ADDRESS)
                    + "): a stack serves one address, several are not served yet:"
                    + " expected one, such as " + addresses.getFirst());
        }
        network = Ipv4Network.of(addresses.getFirst(), values.get(StackSettings.GATEWAY));
        device = asked.device;
        deviceSpec = device == null ? namedDevice(values) : null;
        ownCongestionControls = asked.ownCongestionControls;
        tcp = TcpConfig.of(values, algorithms(ownCongestionControls));
        steeringPorts = asked.steeringPorts;
        idle = asked.idle;
        clock = asked.clock;
        counters = asked.counters;
        secret = asked.secret;
        StackSettings.requireThatAllGoTogether(values);
    }

    private static CongestionAlgorithms algorithms(List<CongestionAlgorithm> own) {
        CongestionAlgorithms known = CongestionAlgorithms.installed();
        for (CongestionAlgorithm each : own) {
            known = known.with(each);
        }
        return known;
    }

    private static DeviceSpec namedDevice(SettingValues values) {
        String name = values.get(StackSettings.DEVICE);
        if (name == null) {
            throw new ConfigurationException(
                    "no device was given: expected StackConfig.device(BACKEND:NAME), known back ends: "
                            + String.join(", ", Devices.schemes()));
        }
        return Devices.parse(name);
    }

    /** The defaults; a device and an address must be set. */
    public static Builder builder() {
        return new Builder();
    }

    /** One that begins with what is in force here. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** What was set, and where. */
    public SettingValues values() {
        return values;
    }

    /** What is in force for TCP. */
    public TcpConfig tcp() {
        return tcp;
    }

    /** The stack's own addresses: one, as several are not served yet. */
    public List<LocalAddress> addresses() {
        return addresses;
    }

    /** As the application named it; empty if it opens the device itself. */
    public String deviceName() {
        String name = values.get(StackSettings.DEVICE);
        return device != null || name == null ? "" : name;
    }

    /** How many queues there can be at once: as was set, or as connections need. */
    public int maxQueues() {
        return StackSettings.maxQueues(values);
    }

    /** How many operations there can be at once: as was set, or as connections need. */
    public int maxOperations() {
        return StackSettings.maxOperations(values);
    }

    // ---- for the stack that is opened

    Ipv4Network network() {
        return network;
    }

    DeviceSpec deviceSpec() {
        return deviceSpec;
    }

    DeviceFactory device() {
        return device;
    }

    List<Integer> steeringPorts() {
        return steeringPorts;
    }

    Function<PacketQueue, Idle> idle() {
        return idle;
    }

    Clock clock() {
        return clock;
    }

    Counters counters() {
        return counters;
    }

    Secret secret() {
        return secret;
    }

    /** Takes what differs from the defaults. Not for several threads at once. */
    public static final class Builder {
        private static final String ORIGIN = "StackConfig";

        private SettingValues values = SettingValues.DEFAULTS;
        private DeviceFactory device;
        private List<CongestionAlgorithm> ownCongestionControls = List.of();
        private List<Integer> steeringPorts = List.of();
        private Function<PacketQueue, Idle> idle;
        private Clock clock;
        private Counters counters;
        private Secret secret;

        private Builder() {}

        private Builder(StackConfig config) {
            values = config.values;
            device = config.device;
            ownCongestionControls = config.ownCongestionControls;
            steeringPorts = config.steeringPorts;
            idle = config.idle;
            clock = config.clock;
            counters = config.counters;
            secret = config.secret;
        }

        /**
         * The configuration, which later changes of this builder do not change.
         *
         * @throws ConfigurationException in one line: something is missing, or does not go together
         */
        public StackConfig build() {
            return new StackConfig(this);
        }

        /**
         * Any setting.
         *
         * @throws ConfigurationException in one line, if it cannot have this value
         */
        public <T> Builder set(Setting<T> setting, T value) {
            values = values.with(setting, value, ORIGIN);
            return this;
        }

        /** A setting that is an amount of memory. */
        public Builder set(Setting<Long> setting, long bytes) {
            return set(setting, Long.valueOf(bytes));
        }

        /** What was read from a file or a command line; it wins over what was set before. */
        public Builder set(SettingValues later) {
            values = values.with(later);
            return this;
        }

        /** The device by its name, such as {@code afxdp:vb}. */
        public Builder device(String spec) {
            return set(StackSettings.DEVICE, spec);
        }

        /** The device by a function that opens it, once for each stack. */
        public Builder device(DeviceFactory factory) {
            device = Objects.requireNonNull(factory);
            return this;
        }

        /** The stack's address with its prefix length, such as {@code 198.18.0.2/24}. */
        public Builder address(String addressAndPrefix) {
            return set(StackSettings.ADDRESS, addressAndPrefix);
        }

        /** The router to other networks; empty for none. */
        public Builder gateway(String routerAddress) {
            return set(StackSettings.GATEWAY, routerAddress);
        }

        /**
         * Takes only TCP and UDP to these ports from the interface and leaves the rest to the kernel; empty takes all.
         *
         * @throws ConfigurationException if one is none
         */
        public Builder steeringPorts(List<Integer> ports) {
            for (int port : ports) {
                if (port < 1 || port > 65_535) {
                    throw new ConfigurationException(port + " is not a port to be steered: expected 1 to 65535");
                }
            }
            steeringPorts = List.copyOf(ports);
            return this;
        }

        /** How many frames the pool has: 16384 unless set. */
        public Builder frames(int count) {
            return set(StackSettings.FRAMES, count);
        }

        /**
         * How much memory a frame takes: 2048 or 4096 bytes, 256 of which are headroom, and some the device's own. Unless set,
         * the smallest in which the device carries packets of 1500 bytes.
         */
        public Builder frameBytes(int bytes) {
            return set(StackSettings.FRAME_BYTES, bytes);
        }

        /**
         * How much pinned memory there is for the application's own objects ({@code LibOs.heap()}): 8 MiB unless set.
         *
         * @param bytes 0 for none
         */
        public Builder heapBytes(long bytes) {
            return set(StackSettings.HEAP, bytes);
        }

        /** How much is remembered of the lives of buffers, to find who kept or lost one; as the process was told unless set. */
        public Builder tracing(Tracing mode) {
            return set(StackSettings.BUFFER_TRACING, mode);
        }

        /** What the loop does when there is nothing to do; it spins unless this is set. */
        public Builder idle(IdleMode mode) {
            return set(StackSettings.IDLE, mode);
        }

        /** As {@link #idle(IdleMode)}, for a strategy of the application's own, which all stacks share that are opened. */
        public Builder idle(Idle strategy) {
            return idle(_ -> strategy);
        }

        /** As {@link #idle(Idle)}, for a strategy that waits for the device, such as {@code BlockingIdle}; made for each stack. */
        public Builder idle(Function<PacketQueue, Idle> strategy) {
            idle = Objects.requireNonNull(strategy);
            return this;
        }

        /** Where time comes from, for all stacks that are opened; a system clock of each stack's own unless set. */
        public Builder clock(Clock source) {
            clock = Objects.requireNonNull(source);
            return this;
        }

        /**
         * What {@code penstock stat}, {@code cores} and {@code ports} call this stack: 1 to 32 letters, digits and hyphens;
         * the program's name unless set. A further stack of the same name in this process gets a number behind it.
         *
         * <p>A stack with a name must be able to make its counters file; one without goes on unseen if it cannot, with a
         * warning.
         */
        public Builder name(String seenFromOutside) {
            return set(StackSettings.NAME, seenFromOutside);
        }

        /**
         * Where statistics go. Unless set, to a file in shared memory of each stack's own, by which tools see it while it runs
         * and afterwards; on a virtual clock to private memory. With counters of the application's own, such as {@code
         * Counters.inMemory()}, nothing of the stack is seen from outside; they have one writer, so no two stacks at once.
         */
        public Builder counters(Counters target) {
            counters = Objects.requireNonNull(target);
            return this;
        }

        /** How many queues there can be at once: 65536, or as connections need, unless set. */
        public Builder maxQueues(int count) {
            return set(StackSettings.MAX_QUEUES_AT_ONCE, count);
        }

        /** How many operations may wait or be done and not yet taken: 131072, or as connections need, unless set. */
        public Builder maxOperations(int count) {
            return set(StackSettings.MAX_OPERATIONS_AT_ONCE, count);
        }

        /**
         * How many TCP queues there can be at once, and how many TCP connections, those included that wait for an accept or
         * whose queue is closed already: 16384 unless set. A connection beyond waits until one ends, and a new queue is
         * refused.
         */
        public Builder maxConnections(int count) {
            return set(TcpSettings.MAX_CONNECTIONS, count);
        }

        /**
         * What decides how much a connection may have under way, by its name: {@code newreno} unless set. A queue can have
         * another one ({@code QueueOption.Name.CONGESTION_CONTROL}).
         */
        public Builder congestionControl(String name) {
            return set(TcpSettings.CONGESTION_CONTROL, name);
        }

        /**
         * Brings a congestion control of the application's own, and chooses it, until another name is set. Names that were
         * brought before stay known to queues. One for every stack of the process, that files and command lines can name, is a
         * {@link io.penstock.libos.tcp.congestion.CongestionControlProvider}.
         *
         * @param name 1 to 32 lower-case letters, digits, points and hyphens, which no other has
         * @param supplier makes one object for each connection, on the stack's thread; objects serve one connection after another
         * @throws ConfigurationException in one line, if it cannot be called so; {@link #build} if another is
         */
        public Builder congestionControl(String name, Supplier<? extends CustomCongestionControl> supplier) {
            List<CongestionAlgorithm> more = new ArrayList<>(ownCongestionControls);
            more.add(CongestionAlgorithm.of(name, supplier));
            ownCongestionControls = List.copyOf(more);
            return congestionControl(name);
        }

        /**
         * Whether the link is asked first if somebody has the address already, which takes 150 ms; true unless set. On a
         * virtual clock it is never asked.
         */
        public Builder probeAddress(boolean probe) {
            return set(StackSettings.PROBE_ADDRESS, probe);
        }

        /** The key of all that peers must not guess. Random for each stack unless set, which only repeatable tests should do. */
        public Builder secret(long high, long low) {
            secret = new Secret(high, low);
            return this;
        }
    }
}
