package io.penstock.datapath.device.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How a port hashes packets to spread them over its queues: Toeplitz with a symmetric key, so that both directions of a
 * connection hash alike.
 *
 * @param flows RTE_ETH_RSS_: which headers are hashed
 * @param keyBytes how long a key the port takes; 0 leaves its own
 */
record RssSettings(long flows, int keyBytes) {
    private static final Abi ABI = Dpdk.library().abi();
    private static final int USUAL_KEY_BYTES = 40;
    private static final long WANTED =
            ABI.constant("RTE_ETH_RSS_IP") | ABI.constant("RTE_ETH_RSS_TCP") | ABI.constant("RTE_ETH_RSS_UDP");

    /** What a port can do of what is wanted; null if it cannot hash. */
    static RssSettings of(PortInfo.RssAbility ability) {
        long flows = ability.flows() & WANTED;
        return flows == 0 ? null : new RssSettings(flows, ability.keyBytes());
    }

    /** The same with a key in any case: what most ports take, if this one does not say. */
    RssSettings withKey() {
        return keyBytes != 0 ? this : new RssSettings(flows, USUAL_KEY_BYTES);
    }

    /** Fills a {@code struct rte_eth_rss_conf}. */
    void write(MemorySegment target, long at, Arena arena) {
        if (keyBytes != 0) {
            MemorySegment key = arena.allocateFrom(ValueLayout.JAVA_BYTE, Toeplitz.symmetricKey(keyBytes));
            target.set(ValueLayout.JAVA_LONG, at + ABI.offset("rte_eth_rss_conf.rss_key"), key.address());
            target.set(ValueLayout.JAVA_BYTE, at + ABI.offset("rte_eth_rss_conf.rss_key_len"), (byte) keyBytes);
        }
        target.set(ValueLayout.JAVA_LONG, at + ABI.offset("rte_eth_rss_conf.rss_hf"), flows);
    }
}
