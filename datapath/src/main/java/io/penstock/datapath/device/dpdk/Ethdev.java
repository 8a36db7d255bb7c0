package io.penstock.datapath.device.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Functions of {@code rte_ethdev.h} on one port, apart from its bursts. One thread at a time for one port. */
final class Ethdev {
    private static final Abi ABI = Dpdk.library().abi();
    private static final int ANY_SOCKET = -1;
    private static final int MAC_BYTES = 6;
    /** {@code link_duplex:1, link_autoneg:1, link_status:1}. */
    private static final int LINK_STATUS = 1 << 2;

    private static final MethodHandle LINK_GET = Dpdk.intFunction("rte_eth_link_get_nowait", 2);
    private static final MethodHandle DONE_CLEANUP = Dpdk.intFunction("rte_eth_tx_done_cleanup", 3);

    private Ethdev() {}

    private static int call(String function, long... arguments) {
        try {
            return (int) Dpdk.intFunction(function, arguments.length)
                    .asSpreader(long[].class, arguments.length)
                    .invokeExact(arguments);
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    /** The port of this name, or -1. */
    static int portByName(String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment id = arena.allocate(ValueLayout.JAVA_SHORT);
            int result = call(
                    "rte_eth_dev_get_port_by_name", arena.allocateFrom(name).address(), id.address());
            return result == 0 ? id.get(ValueLayout.JAVA_SHORT, 0) & 0xffff : -1;
        }
    }

    /** The hardware address in the low 48 bits. */
    static long macAddress(int port) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mac = arena.allocate(MAC_BYTES);
            RefusedException.check("reading the MAC address", call("rte_eth_macaddr_get", port, mac.address()));
            long address = 0;
            for (int i = 0; i < MAC_BYTES; i++) {
                address = address << 8 | (mac.get(ValueLayout.JAVA_BYTE, i) & 0xff);
            }
            return address;
        }
    }

    static int mtu(int port) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mtu = arena.allocate(ValueLayout.JAVA_SHORT);
            RefusedException.check("reading the MTU", call("rte_eth_dev_get_mtu", port, mtu.address()));
            return mtu.get(ValueLayout.JAVA_SHORT, 0) & 0xffff;
        }
    }

    static void mtu(int port, int bytes) {
        RefusedException.check("setting the MTU to " + bytes, call("rte_eth_dev_set_mtu", port, bytes));
    }

    /**
     * Before its queues are set up.
     *
     * @param mtuBytes 0 leaves it
     * @param rss null for none
     */
    static void configure(int port, int queues, int mtuBytes, Offloads offloads, RssSettings rss) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment conf = arena.allocate(ABI.sizeOf("rte_eth_conf"), 8);
            int rx = ABI.offset("rte_eth_conf.rxmode");
            int tx = ABI.offset("rte_eth_conf.txmode");
            conf.set(ValueLayout.JAVA_INT, rx + ABI.offset("rte_eth_rxmode.mtu"), mtuBytes);
            conf.set(ValueLayout.JAVA_LONG, rx + ABI.offset("rte_eth_rxmode.offloads"), offloads.rx());
            conf.set(ValueLayout.JAVA_LONG, tx + ABI.offset("rte_eth_txmode.offloads"), offloads.tx());
            if (rss != null) {
                conf.set(ValueLayout.JAVA_INT, rx + ABI.offset("rte_eth_rxmode.mq_mode"), (int)
                        ABI.constant("RTE_ETH_MQ_RX_RSS"));
                rss.write(conf, ABI.offset("rte_eth_conf.rx_adv_conf.rss_conf"), arena);
            }
            RefusedException.check(
                    "configuring it", call("rte_eth_dev_configure", port, queues, queues, conf.address()));
        }
    }

    /** Once more on its own: drivers of virtual devices do not look at it when they are configured. */
    static void hash(int port, RssSettings rss) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment conf = arena.allocate(ABI.sizeOf("rte_eth_rss_conf"), 8);
            rss.withKey().write(conf, 0, arena);
            RefusedException.check(
                    "setting the key of its hash", call("rte_eth_dev_rss_hash_update", port, conf.address()));
        }
    }

    /** RTE_ETH_RX_OFFLOAD_ and RTE_ETH_TX_OFFLOAD_ that are switched on. */
    record Offloads(long rx, long tx) {}

    /** The numbers of descriptors that the driver will take, from those that were asked for; 0 stands for the driver's own. */
    static DpdkOptions.RingSizes adjustRing(int port, DpdkOptions.RingSizes wanted) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment counts = arena.allocate(ValueLayout.JAVA_SHORT, 2);
            counts.setAtIndex(ValueLayout.JAVA_SHORT, 0, (short) wanted.rx());
            counts.setAtIndex(ValueLayout.JAVA_SHORT, 1, (short) wanted.tx());
            RefusedException.check(
                    "sizing its rings",
                    call("rte_eth_dev_adjust_nb_rx_tx_desc", port, counts.address(), counts.address() + 2));
            return new DpdkOptions.RingSizes(
                    counts.getAtIndex(ValueLayout.JAVA_SHORT, 0) & 0xffff,
                    counts.getAtIndex(ValueLayout.JAVA_SHORT, 1) & 0xffff);
        }
    }

    static void setUpRx(int port, int queue, int descriptors, Mempool pool) {
        RefusedException.check(
                "setting up receive queue " + queue,
                call("rte_eth_rx_queue_setup", port, queue, descriptors, ANY_SOCKET, 0, pool.address()));
    }

    static void setUpTx(int port, int queue, int descriptors) {
        RefusedException.check(
                "setting up transmit queue " + queue,
                call("rte_eth_tx_queue_setup", port, queue, descriptors, ANY_SOCKET, 0));
    }

    static void start(int port) {
        RefusedException.check("starting it", call("rte_eth_dev_start", port));
    }

    static void stop(int port) {
        RefusedException.check("stopping it", call("rte_eth_dev_stop", port));
    }

    static void close(int port) {
        RefusedException.check("closing it", call("rte_eth_dev_close", port));
    }

    static void promiscuous(int port, boolean on) {
        RefusedException.check(
                "promiscuous mode", call(on ? "rte_eth_promiscuous_enable" : "rte_eth_promiscuous_disable", port));
    }

    /** Whether the link is up. Not for every packet: a driver may ask the kernel. */
    static boolean isLinkUp(int port, MemorySegment link) {
        try {
            int result = (int) LINK_GET.invokeExact((long) port, link.address());
            return result == 0 && (link.get(ValueLayout.JAVA_INT, ABI.offset("rte_eth_link.bits")) & LINK_STATUS) != 0;
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    /** In megabits a second. */
    static long linkSpeedMbps(int port) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment link = allocateLink(arena);
            boolean _ = isLinkUp(port, link);
            return link.get(ValueLayout.JAVA_INT, ABI.offset("rte_eth_link.link_speed")) & 0xffff_ffffL;
        }
    }

    static MemorySegment allocateLink(Arena arena) {
        return arena.allocate(ABI.sizeOf("rte_eth_link"), 8);
    }

    /** Asks the driver to give back what it has sent; it may not know how. */
    static int freeTransmitted(int port, int queue) {
        try {
            return (int) DONE_CLEANUP.invokeExact((long) port, (long) queue, 0L);
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }
}
