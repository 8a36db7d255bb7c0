package io.penstock.datapath.device.dpdk;

import io.penstock.linux.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.LinkedHashMap;
import java.util.Map;

/** Counters that a port keeps: {@code struct rte_eth_stats}, and the driver's own by name. One thread. */
final class PortStatistics {
    private static final Abi ABI = Dpdk.library().abi();
    private static final MethodHandle GET = Dpdk.intFunction("rte_eth_stats_get", 2);
    private static final int RX_MISSED = ABI.offset("rte_eth_stats.imissed");
    private static final int RX_ERRORS = ABI.offset("rte_eth_stats.ierrors");
    private static final int TX_ERRORS = ABI.offset("rte_eth_stats.oerrors");
    private static final int NO_MBUF = ABI.offset("rte_eth_stats.rx_nombuf");

    private final int port;
    private final MemorySegment values = Arena.ofAuto().allocate(ABI.sizeOf("rte_eth_stats"), 8);

    PortStatistics(int port) {
        this.port = port;
    }

    /** Reads them anew; returns whether the port could tell. */
    boolean refresh() {
        try {
            return (int) GET.invokeExact((long) port, values.address()) == 0;
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    long rxDropped() {
        return get(RX_MISSED) + get(RX_ERRORS) + get(NO_MBUF);
    }

    long txDropped() {
        return get(TX_ERRORS);
    }

    long rxPackets() {
        return get(ABI.offset("rte_eth_stats.ipackets"));
    }

    long txPackets() {
        return get(ABI.offset("rte_eth_stats.opackets"));
    }

    private long get(int offset) {
        return RawMemory.getLong(values.address() + offset);
    }

    /** All that the driver counts, by its names, in its order. */
    static Map<String, Long> extended(int port) {
        int nameBytes = ABI.sizeOf("rte_eth_xstat_name");
        int valueBytes = ABI.sizeOf("rte_eth_xstat");
        Map<String, Long> all = new LinkedHashMap<>();
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle getNames = Dpdk.intFunction("rte_eth_xstats_get_names", 3);
            MethodHandle get = Dpdk.intFunction("rte_eth_xstats_get", 3);
            int count = (int) getNames.invokeExact((long) port, 0L, 0L);
            if (count <= 0) {
                return all;
            }
            MemorySegment names = arena.allocate((long) count * nameBytes, 8);
            MemorySegment values = arena.allocate((long) count * valueBytes, 8);
            int named = (int) getNames.invokeExact((long) port, names.address(), (long) count);
            int valued = (int) get.invokeExact((long) port, values.address(), (long) count);
            for (int i = 0; i < Math.min(Math.min(named, valued), count); i++) {
                long at = values.address() + (long) i * valueBytes;
                long id = RawMemory.getLong(at + ABI.offset("rte_eth_xstat.id"));
                if (id < count) {
                    all.put(names.getString(id * nameBytes), RawMemory.getLong(at + ABI.offset("rte_eth_xstat.value")));
                }
            }
            return all;
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }
}
