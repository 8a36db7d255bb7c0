package io.penstock.linux.net;

import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.SystemCallException;
import java.lang.foreign.Arena;

/**
 * The ethtool ioctl (linux/ethtool.h), for the interfaces of this thread's network namespace.
 *
 * <pre>
 *   struct ethtool_drvinfo          struct ethtool_channels         struct ethtool_value
 *     0 cmd                          0 cmd                           0 cmd
 *     4 driver[32]                   4 max_rx                        4 data
 *    36 version[32]                  8 max_tx                        8
 *    68 fw_version[32]              12 max_other
 *   100 bus_info[32]                16 max_combined
 *   ...                             20 rx_count
 *   196                             24 tx_count
 *                                   28 other_count
 *                                   32 combined_count
 *                                   36
 * </pre>
 */
public final class Ethtool {
    /** What {@link #setOffload} can switch. */
    public enum Offload {
        /** Transmit checksums: off, the kernel writes them itself instead of leaving them to a NIC that may not exist. */
        TX_CHECKSUM(0x17),
        /** TCP segmentation. */
        TCP_SEGMENTATION(0x1f),
        /** Generic segmentation. */
        GENERIC_SEGMENTATION(0x24);

        private final int setCommand;

        Offload(int setCommand) {
            this.setCommand = setCommand;
        }
    }

    private static final long SIOCETHTOOL = 0x8946;
    private static final int ETHTOOL_GDRVINFO = 0x3;
    private static final int ETHTOOL_GCHANNELS = 0x3c;
    private static final int ETHTOOL_GFLAGS = 0x25;
    private static final int FLAG_RX_VLAN = 1 << 8;

    static final int DRVINFO_BYTES = 196;
    static final int DRVINFO_DRIVER = 4;
    static final int CHANNELS_BYTES = 36;
    static final int CHANNELS_RX_COUNT = 20;
    static final int CHANNELS_TX_COUNT = 24;
    static final int CHANNELS_COMBINED_COUNT = 32;
    static final int VALUE_BYTES = 8;
    static final int VALUE_DATA = 4;

    private Ethtool() {}

    /** The driver's name, such as {@code veth}, or empty if it does not say. */
    public static String driver(String interfaceName) {
        try (Arena arena = Arena.ofConfined()) {
            long info = arena.allocate(DRVINFO_BYTES, 4).address();
            return call(arena, interfaceName, ETHTOOL_GDRVINFO, info) == 0
                    ? RawMemory.segment(info + DRVINFO_DRIVER, 32).getString(0)
                    : "";
        }
    }

    /**
     * Whether there is no wire behind an interface, but senders in this machine: the other end of a veth, or whoever writes
     * into a TAP.
     */
    public static boolean staysInTheMachine(String interfaceName) {
        String driver = driver(interfaceName);
        return driver.equals("veth") || driver.equals("tun");
    }

    /** How many receive queues are in use; 1 for drivers that know no channels. */
    public static int rxQueues(String interfaceName) {
        return rxQueuesOr(interfaceName, 1);
    }

    /** How many receive queues are in use, or {@code otherwise} if the driver does not say. */
    public static int rxQueuesOr(String interfaceName, int otherwise) {
        return queues(interfaceName, CHANNELS_RX_COUNT, otherwise);
    }

    /** How many transmit queues are in use, or {@code otherwise} if the driver does not say. */
    public static int txQueuesOr(String interfaceName, int otherwise) {
        return queues(interfaceName, CHANNELS_TX_COUNT, otherwise);
    }

    private static int queues(String interfaceName, int counted, int otherwise) {
        try (Arena arena = Arena.ofConfined()) {
            long channels = arena.allocate(CHANNELS_BYTES, 4).address();
            boolean told = call(arena, interfaceName, ETHTOOL_GCHANNELS, channels) == 0;
            int queues = told ? queues(channels, counted) : 0;
            return queues > 0 ? queues : otherwise;
        }
    }

    private static int queues(long channels, int counted) {
        return RawMemory.getInt(channels + counted) + RawMemory.getInt(channels + CHANNELS_COMBINED_COUNT);
    }

    /** Asks an interface again and again how many receive queues it uses. One thread; asking makes no garbage. */
    public static final class Channels implements AutoCloseable {
        private final Arena arena = Arena.ofShared();
        private final int fd = NetDeviceIoctl.openSocket();
        private final long channels = arena.allocate(CHANNELS_BYTES, 4).address();
        private final long request;

        public Channels(String interfaceName) {
            request = NetDeviceIoctl.request(arena, interfaceName);
            RawMemory.putLong(request + NetDeviceIoctl.IFREQ_DATA, channels);
        }

        /** How many there are; 0 if the interface does not say, or is not there any more. */
        public int rxQueues() {
            RawMemory.putInt(channels, ETHTOOL_GCHANNELS);
            return NetDeviceIoctl.call(fd, SIOCETHTOOL, request) == 0
                    ? Math.max(1, queues(channels, CHANNELS_RX_COUNT))
                    : 0;
        }

        /** How many transmit queues there were when {@link #rxQueues()} was asked last. */
        public int txQueuesThen() {
            return Math.max(1, queues(channels, CHANNELS_TX_COUNT));
        }

        @Override
        public void close() {
            FileDescriptors.close(fd);
            arena.close();
        }
    }

    /** Whether received packets may have had their VLAN tag taken out, which then travels beside them (rxvlan on). */
    public static boolean takesVlanTagsOut(String interfaceName) {
        try (Arena arena = Arena.ofConfined()) {
            long value = arena.allocate(VALUE_BYTES, 4).address();
            return call(arena, interfaceName, ETHTOOL_GFLAGS, value) == 0
                    && (RawMemory.getInt(value + VALUE_DATA) & FLAG_RX_VLAN) != 0;
        }
    }

    /** Switches an offload. Returns 0 or the negative errno; EPERM: needs CAP_NET_ADMIN. */
    public static int setOffload(String interfaceName, Offload offload, boolean on) {
        try (Arena arena = Arena.ofConfined()) {
            long value = arena.allocate(VALUE_BYTES, 4).address();
            RawMemory.putInt(value + VALUE_DATA, on ? 1 : 0);
            return call(arena, interfaceName, offload.setCommand, value);
        }
    }

    /**
     * Makes the kernel finish the checksums of what it sends on an interface. A veth end hands them over unfinished
     * (CHECKSUM_PARTIAL) otherwise. With checksums goes segmentation offload, which builds on them.
     */
    public static void finishChecksums(String interfaceName) {
        SystemCallException.check(
                "ethtool tx off on " + interfaceName, setOffload(interfaceName, Offload.TX_CHECKSUM, false));
    }

    private static int call(Arena arena, String interfaceName, int command, long data) {
        RawMemory.putInt(data, command);
        long request = NetDeviceIoctl.request(arena, interfaceName);
        RawMemory.putLong(request + NetDeviceIoctl.IFREQ_DATA, data);
        return NetDeviceIoctl.onSocket(SIOCETHTOOL, request);
    }
}
