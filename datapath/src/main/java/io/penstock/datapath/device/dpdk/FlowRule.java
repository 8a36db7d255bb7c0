package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.device.AddressPrefix;
import io.penstock.linux.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * A rule that sends all packets for one address to one queue ({@code rte_flow}), whatever their hash: so that each of
 * several stacks on one port gets the packets for its own address. Few drivers offer rules; the virtual ones here do
 * not.
 *
 * <p>One thread at a time for one port.
 */
final class FlowRule implements AutoCloseable {
    private static final Abi ABI = Dpdk.library().abi();
    /** {@code ingress:1, egress:1, transfer:1}. */
    private static final int INGRESS = 1;

    private static final int ITEMS = 3;
    private static final int ACTIONS = 2;

    private final int port;
    private final long rule;

    private FlowRule(int port, long rule) {
        this.port = port;
        this.rule = rule;
    }

    /**
     * Makes the rule.
     *
     * @param addresses where packets go to, of IPv4
     * @param queue who gets them
     * @throws RefusedException if the driver offers no rules, or not this one; its message has the driver's reason
     */
    static FlowRule toQueue(int port, AddressPrefix addresses, int queue) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ABI.sizeOf("rte_flow_attr"), 8);
            attributes.set(ValueLayout.JAVA_INT, ABI.offset("rte_flow_attr.bits"), INGRESS);
            MemorySegment pattern = pattern(arena, addresses);
            MemorySegment actions = actions(arena, queue);
            MemorySegment error = arena.allocate(ABI.sizeOf("rte_flow_error"), 8);
            long made = (long) Dpdk.pointerFunction("rte_flow_create", 5)
                    .invokeExact(
                            (long) port, attributes.address(), pattern.address(), actions.address(), error.address());
            if (made == 0) {
                throw new RefusedException("a flow rule" + reason(error), Eal.rteErrno());
            }
            return new FlowRule(port, made);
        } catch (RefusedException e) {
            throw e;
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    /** Ethernet, then IPv4 to the address, then anything. */
    private static MemorySegment pattern(Arena arena, AddressPrefix addresses) {
        int itemBytes = ABI.sizeOf("rte_flow_item");
        MemorySegment items = arena.allocate((long) ITEMS * itemBytes, 8);
        type(items, 0, "rte_flow_item.type", "RTE_FLOW_ITEM_TYPE_ETH");
        type(items, itemBytes, "rte_flow_item.type", "RTE_FLOW_ITEM_TYPE_IPV4");
        type(items, 2L * itemBytes, "rte_flow_item.type", "RTE_FLOW_ITEM_TYPE_END");
        items.set(
                ValueLayout.JAVA_LONG,
                itemBytes + ABI.offset("rte_flow_item.spec"),
                ipv4(arena, addresses.ipv4()).address());
        items.set(
                ValueLayout.JAVA_LONG,
                itemBytes + ABI.offset("rte_flow_item.mask"),
                ipv4(arena, addresses.ipv4Mask()).address());
        return items;
    }

    private static MemorySegment ipv4(Arena arena, int destination) {
        MemorySegment item = arena.allocate(ABI.sizeOf("rte_flow_item_ipv4"), 8);
        item.set(
                ValueLayout.JAVA_INT,
                ABI.offset("rte_flow_item_ipv4.hdr.dst_addr"),
                Integer.reverseBytes(destination)); // in network order
        return item;
    }

    private static MemorySegment actions(Arena arena, int queue) {
        int actionBytes = ABI.sizeOf("rte_flow_action");
        MemorySegment actions = arena.allocate((long) ACTIONS * actionBytes, 8);
        MemorySegment target = arena.allocate(ABI.sizeOf("rte_flow_action_queue"), 8);
        target.set(ValueLayout.JAVA_SHORT, 0, (short) queue);
        type(actions, 0, "rte_flow_action.type", "RTE_FLOW_ACTION_TYPE_QUEUE");
        type(actions, actionBytes, "rte_flow_action.type", "RTE_FLOW_ACTION_TYPE_END");
        actions.set(ValueLayout.JAVA_LONG, ABI.offset("rte_flow_action.conf"), target.address());
        return actions;
    }

    private static void type(MemorySegment list, long at, String field, String constant) {
        list.set(ValueLayout.JAVA_INT, at + ABI.offset(field), (int) ABI.constant(constant));
    }

    private static String reason(MemorySegment error) {
        long message = error.get(ValueLayout.JAVA_LONG, ABI.offset("rte_flow_error.message"));
        return message == 0 ? "" : " (" + RawMemory.segment(message, 256).getString(0) + ")";
    }

    @Override
    public void close() {
        MethodHandle destroy = Dpdk.intFunction("rte_flow_destroy", 3);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment error = arena.allocate(ABI.sizeOf("rte_flow_error"), 8);
            int _ = (int) destroy.invokeExact((long) port, rule, error.address()); // the port goes soon
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }
}
