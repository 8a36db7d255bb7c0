package io.penstock.datapath.device.dpdk;

import io.penstock.linux.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What a port can do: {@code struct rte_eth_dev_info}.
 *
 * @param driver the driver's name, such as {@code net_af_xdp}
 * @param maxRxQueues how many receive queues it can have
 * @param maxTxQueues how many transmit queues it can have
 * @param minMtuBytes the smallest MTU
 * @param maxMtuBytes the largest MTU
 * @param rx offloads and descriptors for reception
 * @param tx the same for transmission
 * @param rss how it spreads packets over queues
 */
record PortInfo(
        String driver,
        int maxRxQueues,
        int maxTxQueues,
        int minMtuBytes,
        int maxMtuBytes,
        Direction rx,
        Direction tx,
        RssAbility rss) {
    private static final Abi ABI = Dpdk.library().abi();

    /**
     * What is true of reception alone, or of transmission.
     *
     * @param offloads RTE_ETH_RX_OFFLOAD_ or RTE_ETH_TX_OFFLOAD_
     * @param minDescriptors in a ring
     * @param maxDescriptors in a ring
     */
    record Direction(long offloads, int minDescriptors, int maxDescriptors) {}

    /**
     * How it spreads packets over queues.
     *
     * @param tableSize entries of the redirection table; 0 if there is none
     * @param keyBytes length of the hash's key
     * @param flows RTE_ETH_RSS_: what it can hash
     */
    record RssAbility(int tableSize, int keyBytes, long flows) {}

    /** The number of the kernel's interface that the driver works on; 0 if there is none. */
    static int interfaceIndex(int port) {
        try (Arena arena = Arena.ofConfined()) {
            return ask(port, arena).get(ValueLayout.JAVA_INT, ABI.offset("rte_eth_dev_info.if_index"));
        }
    }

    private static MemorySegment ask(int port, Arena arena) {
        MemorySegment info = arena.allocate(ABI.sizeOf("rte_eth_dev_info"), 8);
        try {
            RefusedException.check("asking for its abilities", (int)
                    Dpdk.intFunction("rte_eth_dev_info_get", 2).invokeExact((long) port, info.address()));
            return info;
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    static PortInfo of(int port) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = ask(port, arena);
            return new PortInfo(
                    RawMemory.segment(longAt(info, "driver_name"), 256).getString(0),
                    shortAt(info, "max_rx_queues"),
                    shortAt(info, "max_tx_queues"),
                    shortAt(info, "min_mtu"),
                    shortAt(info, "max_mtu"),
                    direction(info, "rx_offload_capa", "rx_desc_lim"),
                    direction(info, "tx_offload_capa", "tx_desc_lim"),
                    new RssAbility(
                            shortAt(info, "reta_size"),
                            info.get(ValueLayout.JAVA_BYTE, ABI.offset("rte_eth_dev_info.hash_key_size")) & 0xff,
                            longAt(info, "flow_type_rss_offloads")));
        }
    }

    private static Direction direction(MemorySegment info, String offloads, String limits) {
        int at = ABI.offset("rte_eth_dev_info." + limits);
        int min = info.get(ValueLayout.JAVA_SHORT, at + ABI.offset("rte_eth_desc_lim.nb_min")) & 0xffff;
        int max = info.get(ValueLayout.JAVA_SHORT, at + ABI.offset("rte_eth_desc_lim.nb_max")) & 0xffff;
        return new Direction(longAt(info, offloads), min, max == 0 ? 0xffff : max);
    }

    private static long longAt(MemorySegment info, String field) {
        return info.get(ValueLayout.JAVA_LONG_UNALIGNED, ABI.offset("rte_eth_dev_info." + field));
    }

    private static int shortAt(MemorySegment info, String field) {
        return info.get(ValueLayout.JAVA_SHORT, ABI.offset("rte_eth_dev_info." + field)) & 0xffff;
    }

    boolean hasRx(String offload) {
        return (rx.offloads & ABI.constant("RTE_ETH_RX_OFFLOAD_" + offload)) != 0;
    }

    boolean hasTx(String offload) {
        return (tx.offloads & ABI.constant("RTE_ETH_TX_OFFLOAD_" + offload)) != 0;
    }
}
