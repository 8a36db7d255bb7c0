package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.device.FlowGroups;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A port's redirection table (RETA) as flow groups, of which 64 each stand in a {@code struct rte_eth_rss_reta_entry64}. */
final class RedirectionTable implements FlowGroups {
    private static final Abi ABI = Dpdk.library().abi();
    private static final int ENTRY_BYTES = ABI.sizeOf("rte_eth_rss_reta_entry64");
    private static final int MASK = ABI.offset("rte_eth_rss_reta_entry64.mask");
    private static final int RETA = ABI.offset("rte_eth_rss_reta_entry64.reta");
    private static final int GROUPS_IN_ENTRY = 64;

    private final int port;
    private final int count;
    private final int queueCount;
    private volatile boolean ended;

    /** @param count the table's size, as {@link PortInfo} has it; 0 if the port has none */
    RedirectionTable(int port, int count, int queueCount) {
        this.port = port;
        this.count = count;
        this.queueCount = queueCount;
    }

    /** The port has ended: its number may soon be another's. */
    void end() {
        ended = true;
    }

    private void requirePort() {
        if (ended) {
            throw new IllegalStateException("the port of these flow groups is closed");
        }
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public int[] queues() {
        int[] queues = new int[count];
        if (count == 0) {
            return queues;
        }
        requirePort();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment table = allocate(arena);
            for (int entry = 0; entry < entries(); entry++) {
                table.set(ValueLayout.JAVA_LONG, (long) entry * ENTRY_BYTES + MASK, -1L);
            }
            RefusedException.check("reading the redirection table", call("rte_eth_dev_rss_reta_query", table));
            for (int group = 0; group < count; group++) {
                queues[group] = table.get(ValueLayout.JAVA_SHORT, at(group)) & 0xffff;
            }
            return queues;
        }
    }

    @Override
    public void move(int group, int queue) {
        requirePort();
        if (group < 0 || group >= count || queue < 0 || queue >= queueCount) {
            throw new IllegalArgumentException("flow group " + group + " to queue " + queue + ": there are " + count
                    + " groups and " + queueCount + " queues, numbered from 0");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment table = allocate(arena);
            set(table, group, queue);
            RefusedException.check("moving flow group " + group, call("rte_eth_dev_rss_reta_update", table));
        }
    }

    /** Deals the groups out to all queues in turn. */
    void spread() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment table = allocate(arena);
            for (int group = 0; group < count; group++) {
                set(table, group, group % queueCount);
            }
            RefusedException.check("spreading the flow groups", call("rte_eth_dev_rss_reta_update", table));
        }
    }

    private void set(MemorySegment table, int group, int queue) {
        long mask = (long) (group / GROUPS_IN_ENTRY) * ENTRY_BYTES + MASK;
        table.set(ValueLayout.JAVA_LONG, mask, table.get(ValueLayout.JAVA_LONG, mask) | 1L << group % GROUPS_IN_ENTRY);
        table.set(ValueLayout.JAVA_SHORT, at(group), (short) queue);
    }

    private MemorySegment allocate(Arena arena) {
        return arena.allocate((long) entries() * ENTRY_BYTES, 8);
    }

    private int entries() {
        return (count + GROUPS_IN_ENTRY - 1) / GROUPS_IN_ENTRY;
    }

    private static long at(int group) {
        return (long) (group / GROUPS_IN_ENTRY) * ENTRY_BYTES + RETA + 2L * (group % GROUPS_IN_ENTRY);
    }

    private int call(String function, MemorySegment table) {
        try {
            return (int) Dpdk.intFunction(function, 3).invokeExact((long) port, table.address(), (long) count);
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }
}
