package io.penstock.datapath.device.dpdk;

import static io.penstock.linux.RawMemory.getInt;
import static io.penstock.linux.RawMemory.getLong;
import static io.penstock.linux.RawMemory.getShort;
import static io.penstock.linux.RawMemory.putInt;
import static io.penstock.linux.RawMemory.putLong;
import static io.penstock.linux.RawMemory.putShort;

import io.penstock.linux.RawMemory;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/**
 * The fields of {@code struct rte_mbuf}, the descriptor that DPDK has of a packet. Nothing is checked: who has an mbuf got
 * it from a driver or a mempool.
 *
 * <pre>
 *   cache line 0   buf_addr | buf_iova | data_off refcnt nb_segs port | ol_flags | packet_type pkt_len data_len ... | pool
 *   cache line 1   next | tx_offload | shinfo | priv_size ...
 * </pre>
 */
final class Mbuf {
    private static final Abi ABI = Dpdk.library().abi();

    static final int BYTES = ABI.sizeOf("rte_mbuf");
    /** How much room drivers leave in front of a received packet. */
    static final int HEADROOM_BYTES = (int) ABI.constant("RTE_PKTMBUF_HEADROOM");

    static final long RX_VLAN_STRIPPED = ABI.constant("RTE_MBUF_F_RX_VLAN_STRIPPED");
    static final long RX_RSS_HASH = ABI.constant("RTE_MBUF_F_RX_RSS_HASH");
    static final long RX_IP_CHECKSUM_GOOD = ABI.constant("RTE_MBUF_F_RX_IP_CKSUM_GOOD");
    static final long RX_L4_CHECKSUM_GOOD = ABI.constant("RTE_MBUF_F_RX_L4_CKSUM_GOOD");
    static final long TX_VLAN = ABI.constant("RTE_MBUF_F_TX_VLAN");
    static final long TX_TCP_SEGMENTATION = ABI.constant("RTE_MBUF_F_TX_TCP_SEG");
    static final long TX_TCP_CHECKSUM = ABI.constant("RTE_MBUF_F_TX_TCP_CKSUM");
    static final long TX_UDP_CHECKSUM = ABI.constant("RTE_MBUF_F_TX_UDP_CKSUM");
    static final long TX_IPV4_CHECKSUM = ABI.constant("RTE_MBUF_F_TX_IP_CKSUM");
    static final long TX_IPV4 = ABI.constant("RTE_MBUF_F_TX_IPV4");
    static final long TX_IPV6 = ABI.constant("RTE_MBUF_F_TX_IPV6");
    static final long EXTERNAL = ABI.constant("RTE_MBUF_F_EXTERNAL");

    private static final int BUF_ADDR = ABI.offset("rte_mbuf.buf_addr");
    private static final int BUF_IOVA = ABI.offset("rte_mbuf.buf_iova");
    /** data_off, refcnt, nb_segs and port, 16 bits each: what drivers "rearm" with one store. */
    private static final int REARM = ABI.offset("rte_mbuf.data_off");

    private static final int REFCNT = ABI.offset("rte_mbuf.refcnt");
    private static final int NB_SEGS = ABI.offset("rte_mbuf.nb_segs");
    private static final int OL_FLAGS = ABI.offset("rte_mbuf.ol_flags");
    private static final int PKT_LEN = ABI.offset("rte_mbuf.pkt_len");
    private static final int DATA_LEN = ABI.offset("rte_mbuf.data_len");
    private static final int VLAN_TCI = ABI.offset("rte_mbuf.vlan_tci");
    private static final int HASH = ABI.offset("rte_mbuf.hash");
    private static final int BUF_LEN = ABI.offset("rte_mbuf.buf_len");
    private static final int POOL = ABI.offset("rte_mbuf.pool");
    private static final int NEXT = ABI.offset("rte_mbuf.next");
    private static final int TX_OFFLOAD = ABI.offset("rte_mbuf.tx_offload");
    private static final int SHINFO = ABI.offset("rte_mbuf.shinfo");

    private static final MethodHandle FREE_BULK =
            Dpdk.voidFunction("rte_pktmbuf_free_bulk", 2, Linker.Option.critical(false));

    private Mbuf() {}

    /** Where the packet begins. */
    static long data(long mbuf) {
        return getLong(mbuf + BUF_ADDR) + dataOffset(mbuf);
    }

    static long bufferAddress(long mbuf) {
        return getLong(mbuf + BUF_ADDR);
    }

    /** Where the packet begins in its buffer. */
    static int dataOffset(long mbuf) {
        return getShort(mbuf + REARM) & 0xffff;
    }

    static int dataLength(long mbuf) {
        return getShort(mbuf + DATA_LEN) & 0xffff;
    }

    static int packetLength(long mbuf) {
        return getInt(mbuf + PKT_LEN);
    }

    static int segments(long mbuf) {
        return getShort(mbuf + NB_SEGS) & 0xffff;
    }

    /** Whether it is one segment that nobody else shares: what can be handed up as it lies. */
    static boolean isSingleAndOwn(long mbuf) {
        return (int) (getLong(mbuf + REARM) >>> 16) == (1 << 16 | 1); // nb_segs and refcnt
    }

    static long flags(long mbuf) {
        return getLong(mbuf + OL_FLAGS);
    }

    static long pool(long mbuf) {
        return getLong(mbuf + POOL);
    }

    static int rssHash(long mbuf) {
        return getInt(mbuf + HASH);
    }

    static int vlanTci(long mbuf) {
        return getShort(mbuf + VLAN_TCI) & 0xffff;
    }

    static long next(long mbuf) {
        return getLong(mbuf + NEXT);
    }

    static void next(long mbuf, long following) {
        putLong(mbuf + NEXT, following);
    }

    /**
     * How many share the mbuf. Ordered: who sees the driver's reference gone sees also that it has read the bytes. (x86 gives
     * that to any load; what is needed is that the compiler does not keep the value.)
     */
    static int references(long mbuf) {
        return RawMemory.getIntAcquire(mbuf + REARM) >>> 16; // data_off and refcnt: little-endian, as x86 is
    }

    static void references(long mbuf, int count) {
        putShort(mbuf + REFCNT, (short) count);
    }

    /** Sets what a packet of one segment is to the driver. */
    static void single(long mbuf, int dataOffset, int lengthBytes, int references, long flags) {
        putLong(mbuf + REARM, rearm(dataOffset, references, 1));
        putLong(mbuf + OL_FLAGS, flags);
        putInt(mbuf + PKT_LEN, lengthBytes);
        putShort(mbuf + DATA_LEN, (short) lengthBytes);
    }

    /** Makes a packet of two: what {@link #single} set up for each of them, {@code first}'s flags standing for both. */
    static void chain(long first, int firstBytes, long second, int secondBytes) {
        putShort(first + NB_SEGS, (short) 2);
        putInt(first + PKT_LEN, firstBytes + secondBytes);
        putLong(first + NEXT, second);
    }

    /** No longer a packet of two. */
    static void unchain(long first) {
        putShort(first + NB_SEGS, (short) 1);
        putLong(first + NEXT, 0);
    }

    /** Cuts a received packet of one segment. */
    static void shorten(long mbuf, int lengthBytes) {
        putInt(mbuf + PKT_LEN, lengthBytes);
        putShort(mbuf + DATA_LEN, (short) lengthBytes);
    }

    private static long rearm(int dataOffset, int references, int segments) {
        return dataOffset | (long) references << 16 | (long) segments << 32 | 0xffffL << 48;
    }

    /** Lets the mbuf stand for bytes that lie anywhere, as {@code rte_pktmbuf_attach_extbuf} does. */
    static void attach(long mbuf, long address, long iova, int lengthBytes, long sharedInfo) {
        putLong(mbuf + BUF_ADDR, address);
        putLong(mbuf + BUF_IOVA, iova);
        putShort(mbuf + BUF_LEN, (short) lengthBytes);
        putLong(mbuf + SHINFO, sharedInfo);
    }

    static void vlanTci(long mbuf, int tci) {
        putShort(mbuf + VLAN_TCI, (short) tci);
    }

    /**
     * Header lengths and segment size, for the driver that finishes checksums or cuts segments:
     * {@code l2_len:7, l3_len:9, l4_len:8, tso_segsz:16}.
     */
    static void headers(long mbuf, int l2Bytes, int l3Bytes, int l4Bytes, int segmentBytes) {
        putLong(mbuf + TX_OFFLOAD, l2Bytes | (long) l3Bytes << 7 | (long) l4Bytes << 16 | (long) segmentBytes << 24);
    }

    /** Gives mbufs back to their mempools, or one reference each if they are shared. */
    static void free(long mbufs, int count) {
        try {
            FREE_BULK.invokeExact(mbufs, (long) count);
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }
}
