package io.penstock.datapath.device.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The key that a port really hashes with. */
final class RssKey {
    private RssKey() {}

    static byte[] of(int port, int lengthBytes) {
        Abi abi = Dpdk.library().abi();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(lengthBytes);
            MemorySegment conf = arena.allocate(abi.sizeOf("rte_eth_rss_conf"), 8);
            conf.set(ValueLayout.JAVA_LONG, abi.offset("rte_eth_rss_conf.rss_key"), key.address());
            conf.set(ValueLayout.JAVA_BYTE, abi.offset("rte_eth_rss_conf.rss_key_len"), (byte) lengthBytes);
            int result =
                    (int) Dpdk.intFunction("rte_eth_dev_rss_hash_conf_get", 2).invokeExact((long) port, conf.address());
            if (result != 0) {
                throw new AssertionError("rte_eth_dev_rss_hash_conf_get: " + result);
            }
            return key.toArray(ValueLayout.JAVA_BYTE);
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }
}
