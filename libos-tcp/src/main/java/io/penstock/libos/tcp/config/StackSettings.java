package io.penstock.libos.tcp.config;

import io.penstock.datapath.ConfigurationException;
import io.penstock.memory.Tracing;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The settings of a stack, without those of {@link TcpSettings}. */
public final class StackSettings {
    private static final int MAX_FRAMES = 1 << 22;
    private static final long MAX_HEAP_BYTES = 1L << 40;
    private static final int MAX_QUEUES = 1 << 20;
    private static final int MAX_OPERATIONS = 1 << 24;

    /** The device by its name. */
    public static final Setting<String> DEVICE = Setting.text(
            "network.device",
            _ -> true,
            "BACKEND:NAME, such as afxdp:eth1",
            "the device that the stack runs on (penstock backends lists them)");

    /** The stack's own address and the length of its network's prefix. */
    public static final Setting<String> ADDRESS = Setting.text(
            "network.address",
            _ -> true,
            "an IPv4 address with its prefix, such as 198.18.0.2/24",
            "the stack's own address, which the kernel must not have; several, with commas between them, are not served yet");

    /** The router to other networks. */
    public static final Setting<String> GATEWAY = Setting.text(
            "network.gateway",
            _ -> true,
            "an IPv4 address on the link, such as 198.18.0.1",
            "the router to other networks; empty for none");

    /** Whether the link is asked first if somebody has the address. */
    public static final Setting<Boolean> PROBE_ADDRESS = Setting.flag(
            "network.probe-address",
            true,
            "whether the link is asked first if somebody has the address, which takes 150 ms (RFC 5227)");

    /** What the stack is called from outside. */
    public static final Setting<String> NAME = Setting.text(
                    "stack.name",
                    text -> text.matches("[A-Za-z0-9-]{1,32}"),
                    "1 to 32 letters, digits and hyphens",
                    "what penstock stat, cores and ports call it")
            .unlessSet("the program's");

    /** What the loop does when there is nothing to do. */
    public static final Setting<IdleMode> IDLE = Setting.choice(
            "loop.idle", IdleMode.class, IdleMode.SPIN, "what the loop does when there is nothing to do");

    /** How many frames the pool has. */
    public static final Setting<Integer> FRAMES = Setting.number(
            "memory.frames", 16_384, 128, MAX_FRAMES, "how many packet buffers are pinned, each of memory.frame-bytes");

    /** How long a frame is. */
    public static final Setting<Long> FRAME_BYTES = Setting.sizeOf(
                    "memory.frame-bytes",
                    List.of(2048L, 4096L),
                    "how long a packet buffer is, headroom included: 2 KiB, or 4 KiB for an MTU above 1764")
            .unlessSet("as the device needs");

    /** How much pinned memory there is for the application's own objects. */
    public static final Setting<Long> HEAP = Setting.size(
            "memory.heap", 8L << 20, 0, MAX_HEAP_BYTES, "how much memory is pinned for the application's own objects");

    /** How much is remembered of the lives of buffers. */
    public static final Setting<Tracing> BUFFER_TRACING = Setting.choice(
                    "memory.buffer-tracing",
                    Tracing.class,
                    null,
                    "whether it is remembered where buffers were taken and released: of none, of one in 128, of all")
            .unlessSet("as -Dpenstock.buffers.tracing says, else off");

    /** How many queues there can be at once. */
    public static final Setting<Integer> MAX_QUEUES_AT_ONCE = Setting.number(
                    "api.max-queues",
                    null,
                    1,
                    MAX_QUEUES,
                    "how many queues there can be at once, listeners included; 12 bytes each")
            .unlessSet("65536, or tcp.max-connections and 1024 more");

    /** How many operations may wait or be done and not yet taken. */
    public static final Setting<Integer> MAX_OPERATIONS_AT_ONCE = Setting.number(
                    "api.max-operations",
                    null,
                    1,
                    MAX_OPERATIONS,
                    "how many operations may wait, or be done and not yet taken; 56 bytes each")
            .unlessSet("131072, or two for each of tcp.max-connections");

    /** All of them, in the order in which they are shown. */
    public static final List<Setting<?>> ALL = List.of(
            DEVICE,
            ADDRESS,
            GATEWAY,
            PROBE_ADDRESS,
            NAME,
            IDLE,
            FRAMES,
            FRAME_BYTES,
            HEAP,
            BUFFER_TRACING,
            MAX_QUEUES_AT_ONCE,
            MAX_OPERATIONS_AT_ONCE);

    private static final int MIN_QUEUES = 65_536;
    private static final int MORE_QUEUES = 1024;
    private static final int MIN_OPERATIONS = 131_072;

    private StackSettings() {}

    /** All that a stack has, those of TCP too, and a program's own beside them. */
    public static SettingTable tableWith(Collection<Setting<?>> more) {
        List<Setting<?>> all = new ArrayList<>(ALL);
        all.addAll(TcpSettings.ALL);
        all.addAll(more);
        return new SettingTable(all);
    }

    /** How many queues there can be at once: as was set, or as connections need. */
    public static int maxQueues(SettingValues values) {
        Integer set = values.get(MAX_QUEUES_AT_ONCE);
        int needed = values.get(TcpSettings.MAX_CONNECTIONS) + MORE_QUEUES;
        return set != null ? set : Math.min(MAX_QUEUES, Math.max(MIN_QUEUES, needed));
    }

    /** How many operations there can be at once: as was set, or as connections need. */
    public static int maxOperations(SettingValues values) {
        Integer set = values.get(MAX_OPERATIONS_AT_ONCE);
        return set != null ? set : Math.max(MIN_OPERATIONS, 2 * values.get(TcpSettings.MAX_CONNECTIONS));
    }

    /**
     * Refuses values that each could be, but not together.
     *
     * @throws ConfigurationException in one line
     */
    public static void requireThatAllGoTogether(SettingValues values) {
        requireAsMany(values, MAX_QUEUES_AT_ONCE, "each has a queue");
        requireAsMany(values, MAX_OPERATIONS_AT_ONCE, "a pop that waits on each of them is an operation");
        values.requireOrder(TcpSettings.MIN_RTO, TcpSettings.MAX_RTO);
        values.requireOrder(TcpSettings.INITIAL_RTO, TcpSettings.MAX_RTO);
        if (values.isSet(TcpSettings.MAX_RECEIVE_BUFFER)) {
            values.requireOrder(TcpSettings.RECEIVE_BUFFER, TcpSettings.MAX_RECEIVE_BUFFER);
        }
        values.requireOrder(TcpSettings.FIRST_LOCAL_PORT, TcpSettings.LAST_LOCAL_PORT);
    }

    /** Both were set, and one could not be used to the full for the other. */
    private static void requireAsMany(SettingValues values, Setting<Integer> table, String why) {
        Setting<Integer> connections = TcpSettings.MAX_CONNECTIONS;
        if (values.isSet(table) && values.isSet(connections) && values.get(table) < values.get(connections)) {
            throw new ConfigurationException(values.said(table) + " and " + values.said(connections) + ": expected "
                    + table + " to be at least as large, as " + why);
        }
    }
}
