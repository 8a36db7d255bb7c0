package io.penstock.datapath.device;

import io.penstock.datapath.poll.WaitFds;

/**
 * What a stack runs on: a source and sink of Ethernet frames, which is one hardware queue of a {@code PacketPort} or several
 * of them. With several, each flow is sent on one of them ({@link FlowSpread}).
 *
 * <p><b>Ownership.</b> Each received frame carries one reference, which the stack gives back. A frame offered for
 * transmission carries one hold, which the device takes over with the frames that it accepts and gives back
 * ({@link io.penstock.memory.FrameAccess#unhold}) when the bytes have left; the stack does not touch the frame meanwhile.
 * A packet's body ({@link Burst#body(int)}) carries a hold of its own, which is given back likewise
 * ({@link Burst#unhold}).
 *
 * <p><b>Offloads.</b> A stack offers a body or a flag ({@link PacketFlags}) only if the port's {@link Capabilities} have
 * the {@link Offload}; a device without any may ignore flags altogether. What a packet to be sent looks like:
 *
 * <pre>
 *   flag                  IPv4 checksum field   TCP or UDP checksum field
 *   none                  right                 right
 *   TX_IPV4_CHECKSUM      0
 *   TX_TCP_CHECKSUM                             addresses + protocol + length of TCP header and payload, folded
 *   TX_UDP_CHECKSUM                             addresses + protocol + length of UDP header and payload, folded
 *   TX_TCP_SEGMENTATION   0                     addresses + protocol, folded
 * </pre>
 *
 * <p>"Folded" means: summed as 16-bit words in network order, with the carries added, not complemented (as DPDK's
 * rte_ipv4_phdr_cksum). All headers lie in the first piece. The device segments a packet with TX_TCP_SEGMENTATION into
 * packets whose sequence numbers and IPv4 identifications count up, with PSH and FIN on the last one only. A received
 * packet lies in one piece. An IPv6 packet has no checksum of its own: for one, {@link PacketFlags#TX_IPV4_CHECKSUM}
 * means nothing.
 *
 * <p><b>Threads.</b> One thread, the stack's. Nothing here blocks, allocates or throws after the queue is open: an error
 * is counted, and shows in {@link #events()}.
 */
public interface PacketQueue extends AutoCloseable {
    /** What the port is and can do; constant while the queue is open. */
    DeviceInfo info();

    /** What becomes of the port, as this queue hears of it; the same object always. Also after {@link #close()}. */
    PortEvents events();

    /**
     * Receives what has arrived, without waiting for more.
     *
     * @param burst packets are added until it is full
     * @return how many were added
     */
    int rxBurst(Burst burst);

    /**
     * Offers packets, in order, and starts their transmission.
     *
     * @param burst not changed
     * @return how many of the first it took; the rest stays the caller's, to be offered again
     */
    int txBurst(Burst burst);

    /**
     * House-keeping once a loop turn: takes back what has been sent, gives the NIC new frames to receive into, and hears of
     * what has become of the port.
     *
     * @return how many frames came back
     */
    int reclaim();

    /** What becomes readable when packets arrive, for idle strategies that sleep; empty if the device cannot be waited for. */
    default WaitFds waitFds() {
        return new WaitFds();
    }

    /** Whether the kernel has the stack's address on the same interface, and answers ARP requests for it. */
    default boolean kernelAnswersArp() {
        return false;
    }

    /**
     * What hands news on to the stacks on the other queues of the port, as each packet reaches one queue only; null if this is
     * all of the port. The same object always.
     */
    default PortRelay relay() {
        return null;
    }

    /** Packets that arrived and were dropped before the stack saw them, as far as the device knows. */
    long rxDropped();

    /** Packets taken for transmission that never left, as far as the device knows. */
    default long txDropped() {
        return 0;
    }

    /**
     * Detaches, waits a bounded time for the NIC to let go of frames, and gives every frame back. From then on it is as a
     * queue without a link: nothing is received, and what is offered is taken and dropped.
     */
    @Override
    void close();
}
