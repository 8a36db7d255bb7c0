package io.penstock.datapath.device;

import io.penstock.datapath.ConfigurationException;
import java.util.List;

/**
 * What an interface or a DPDK port is and has: shared by the stacks that run on its queues ({@link PacketQueue}).
 *
 * <pre>
 *   Devices.openPort(spec)    PacketPort     name, MAC, MTU, link, offloads, flow groups, statistics
 *                               |
 *                               |- open(0, 1, setup)   PacketQueue   one stack, one thread
 *                               `- open(1, 1, setup)   PacketQueue   another stack, another thread
 * </pre>
 *
 * <p><b>Life.</b> Whoever opened the port holds it, and so does each open queue; it ends when all of them have let go, in
 * whatever order. A queue that was closed can be opened again as long as the opener holds the port. A back end may have to end
 * it sooner: {@code dpdk:} with the first queue that is closed, when the other queues hear of a link that is down; one whose
 * ports have one queue, once, with that queue.
 *
 * <p><b>What the stacks share.</b> The port has steering rules that are set once: where they are one program for all queues
 * ({@code afxdp:}), a stack that wants other packets than the first is refused. Each brings memory of its own. What reaches one
 * queue and concerns all they hand on by {@link PortRelay}.
 *
 * <p><b>Threads.</b> Any thread may ask, such as a control plane's. A queue belongs to the thread that opened it.
 */
public interface PacketPort extends AutoCloseable {
    /** What it is and can do; final as soon as a queue is open. */
    DeviceInfo info();

    /** Whether packets can pass at present, as its queues have heard last; false as long as none is open. */
    boolean isUp();

    /** How packets are spread over the queues; null if it cannot be told. */
    default FlowGroups flowGroups() {
        return null;
    }

    /** Its steering rules: what each stack on its queues takes, in the order in which they were opened. */
    List<DeviceSetup.Steering> steering();

    /** Packets for any of its queues that arrived and were dropped before a stack saw them, as was known last. */
    long rxDropped();

    /** Packets taken for transmission by any of its queues that never left, as was known last. */
    long txDropped();

    /**
     * Opens queues for one stack: the calling thread will poll them.
     *
     * @param first the first of them, 0 to {@code info().queues() - 1}
     * @param count how many follow each other, at least 1
     * @param setup what the stack gives them, and which packets it takes
     * @throws ConfigurationException if they cannot be had, are in use, or the back end has no queues apart; nothing is left
     *     half done
     */
    PacketQueue open(int first, int count, DeviceSetup setup);

    /** Opens all queues for one stack. */
    default PacketQueue open(DeviceSetup setup) {
        return open(0, info().queues(), setup);
    }

    /** The opener lets go of it. Closing twice does nothing. */
    @Override
    void close();
}
