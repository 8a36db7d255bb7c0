package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;
import io.penstock.linux.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * A {@code struct rte_mempool} of mbufs, out of which a driver takes what it receives into.
 *
 * <p>Getting and putting are inline in DPDK's headers: they call the functions of the pool's driver, which stand in the
 * exported {@code rte_mempool_ops_table}. So does this class. A pool is for one thread at a time here.
 */
final class Mempool implements AutoCloseable {
    private static final Abi ABI = Dpdk.library().abi();
    private static final int OPS_INDEX = ABI.offset("rte_mempool.ops_index");
    private static final int HEADER_SIZE = ABI.offset("rte_mempool.header_size");
    private static final int TRAILER_SIZE = ABI.offset("rte_mempool.trailer_size");
    private static final int NO_SPREAD = (int) ABI.constant("RTE_MEMPOOL_F_NO_SPREAD");
    private static final int OPS_BYTES = ABI.sizeOf("rte_mempool_ops");
    private static final long OPS =
            Dpdk.library().address("rte_mempool_ops_table") + ABI.offset("rte_mempool_ops_table.ops");
    /** One lets a pool of this driver be used by threads of DPDK's own, too, such as when a wire's other end goes. */
    private static final String DRIVER = "ring_mp_mc";

    private static final int ANY_SOCKET = -1;
    private static final int MAX_ROOM_BYTES = 65535;

    static final MethodHandle BULK = Dpdk.criticalPointer(3);
    private static final MethodHandle AVAILABLE = Dpdk.intFunction("rte_mempool_avail_count", 1);

    private final long pool;
    private final MemorySegment enqueue;
    private final MemorySegment dequeue;

    private Mempool(long pool) {
        this.pool = pool;
        this.enqueue = operation(pool, "enqueue");
        this.dequeue = operation(pool, "dequeue");
    }

    /** The number of the driver that pools have unless they are told otherwise: they keep what is free in a ring. */
    static int ringDriver() {
        MethodHandle create = Dpdk.pointerFunction("rte_mempool_create_empty", 7);
        try (Arena arena = Arena.ofConfined()) {
            long pool = (long) create.invokeExact(
                    arena.allocateFrom("ring-driver").address(), 1L, 64L, 0L, 0L, (long) ANY_SOCKET, 0L);
            requirePool(pool, "ring-driver", 1);
            check((int) Dpdk.intFunction("rte_mempool_set_ops_byname", 3)
                    .invokeExact(pool, arena.allocateFrom(DRIVER).address(), 0L));
            int number = RawMemory.getInt(pool + OPS_INDEX);
            free(pool);
            return number;
        } catch (ConfigurationException e) {
            throw e;
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    /** A function of a pool's driver. */
    static MemorySegment operation(long pool, String name) {
        long ops = OPS + (long) OPS_BYTES * RawMemory.getInt(pool + OPS_INDEX);
        return MemorySegment.ofAddress(RawMemory.getLong(ops + ABI.offset("rte_mempool_ops." + name)));
    }

    /**
     * A pool in DPDK's own memory, as its programs have them.
     *
     * @param cacheSize how many mbufs each thread keeps for itself
     * @param dataRoomBytes room for data in each, headroom included
     */
    static Mempool plain(String name, int count, int cacheSize, int dataRoomBytes) {
        MethodHandle create = Dpdk.pointerFunction("rte_pktmbuf_pool_create", 6);
        try (Arena arena = Arena.ofConfined()) {
            long pool = (long) create.invokeExact(
                    arena.allocateFrom(name).address(), (long) count, (long) cacheSize, 0L, (long) dataRoomBytes, (long)
                            ANY_SOCKET);
            return new Mempool(requirePool(pool, name, count));
        } catch (ConfigurationException e) {
            throw e;
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    /**
     * A pool over memory that is laid out as DPDK expects it.
     *
     * <pre>
     *   | object header | struct rte_mbuf | buffer ........................... |   one object: strideBytes
     *   ^ address       ^ mbuf            ^ buf_addr = address + prefixBytes
     * </pre>
     *
     * @param pieces where the objects lie: pieces of memory that the device sees in one piece each
     * @param strideBytes how far apart the objects are
     * @param prefixBytes object header and mbuf
     */
    static Mempool over(String name, Iterable<Piece> pieces, int count, int strideBytes, int prefixBytes) {
        int elementBytes = strideBytes - (prefixBytes - Mbuf.BYTES);
        return build(name, count, elementBytes, strideBytes - prefixBytes, pool -> {
            checkLayout(pool, strideBytes, elementBytes);
            MethodHandle populate = Dpdk.intFunction("rte_mempool_populate_iova", 6);
            for (Piece piece : pieces) {
                check((int) populate.invokeExact(pool, piece.address, piece.iova, piece.lengthBytes, 0L, 0L));
            }
        });
    }

    /**
     * Mbufs that have no buffers of their own and stand for bytes elsewhere. Drivers are told that there is as much room as
     * there can be: some copy without a look at the length what comes out of small buffers.
     */
    static Mempool withoutBuffers(String name, int count) {
        return build(
                name,
                count,
                Mbuf.BYTES + Mbuf.HEADROOM_BYTES,
                MAX_ROOM_BYTES,
                pool -> check((int)
                        Dpdk.intFunction("rte_mempool_populate_default", 1).invokeExact(pool)));
    }

    /** Gives a pool its memory. */
    @FunctionalInterface
    private interface Populate {
        void accept(long pool) throws Throwable;
    }

    private static Mempool build(String name, int count, int elementBytes, int roomBytes, Populate populate) {
        MethodHandle create = Dpdk.pointerFunction("rte_mempool_create_empty", 7);
        try (Arena arena = Arena.ofConfined()) {
            long pool = (long) create.invokeExact(
                    arena.allocateFrom(name).address(),
                    (long) count,
                    (long) elementBytes,
                    0L,
                    (long) ABI.sizeOf("rte_pktmbuf_pool_private"),
                    (long) ANY_SOCKET,
                    (long) NO_SPREAD);
            requirePool(pool, name, count);
            boolean done = false;
            try {
                check((int) Dpdk.intFunction("rte_mempool_set_ops_byname", 3)
                        .invokeExact(pool, arena.allocateFrom(DRIVER).address(), 0L));
                MemorySegment settings = arena.allocate(ABI.sizeOf("rte_pktmbuf_pool_private"), 8);
                settings.set(ValueLayout.JAVA_SHORT, ABI.offset("rte_pktmbuf_pool_private.mbuf_data_room_size"), (short)
                        roomBytes);
                Dpdk.voidFunction("rte_pktmbuf_pool_init", 2).invokeExact(pool, settings.address());
                populate.accept(pool);
                // A function of the library for each object: no call comes back into Java.
                int made = (int) Dpdk.intFunction("rte_mempool_obj_iter", 3)
                        .invokeExact(pool, Dpdk.library().address("rte_pktmbuf_init"), 0L);
                if (made != count) {
                    throw new IllegalStateException("DPDK found room for " + made + " of " + count + " mbufs");
                }
                done = true;
                return new Mempool(pool);
            } finally {
                if (!done) {
                    free(pool);
                }
            }
        } catch (ConfigurationException | IllegalStateException | RefusedException e) {
            throw e;
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    /**
     * Memory that a device sees in one piece.
     *
     * @param iova its address for the device
     */
    record Piece(long address, long iova, long lengthBytes) {}

    private static long requirePool(long pool, String name, int count) {
        if (pool == 0) {
            throw new ConfigurationException("DPDK has no memory for a pool of " + count + " mbufs ("
                    + Eal.describe(Eal.rteErrno()) + ", '" + name + "'): reserve more huge pages, or give it more with"
                    + " eal.memory=MIB");
        }
        return pool;
    }

    private static void check(int result) {
        if (result < 0) {
            throw new IllegalStateException("DPDK refused the memory of a pool: " + Eal.describe(result));
        }
    }

    private static void checkLayout(long pool, int strideBytes, int elementBytes) {
        int header = RawMemory.getInt(pool + HEADER_SIZE);
        int trailer = RawMemory.getInt(pool + TRAILER_SIZE);
        if (header + elementBytes + trailer != strideBytes) {
            throw new ConfigurationException("this DPDK was built with debugging aids in its mempools (" + header
                    + " bytes in" + " front of an object, " + trailer + " behind): use an ordinary build");
        }
    }

    long address() {
        return pool;
    }

    /** Puts mbufs, whose addresses stand at {@code table}. */
    void put(long table, int count) {
        try {
            int _ = (int) BULK.invokeExact(enqueue, pool, table, (long) count); // has room for all that it ever had
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    /** Gets so many mbufs, or none; returns whether it did. */
    boolean get(long table, int count) {
        try {
            return (int) BULK.invokeExact(dequeue, pool, table, (long) count) == 0;
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    /** How many it has, those in the caches of threads included. */
    int available() {
        try {
            return (int) AVAILABLE.invokeExact(pool);
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    /** Only when no driver uses it any more. */
    @Override
    public void close() {
        free(pool);
    }

    private static void free(long pool) {
        try {
            Dpdk.voidFunction("rte_mempool_free", 1, new Linker.Option[0]).invokeExact(pool);
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }
}
