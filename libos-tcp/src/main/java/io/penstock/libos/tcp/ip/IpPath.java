package io.penstock.libos.tcp.ip;

import io.penstock.libos.tcp.link.TxPayload;
import io.penstock.memory.Buffer;

/**
 * The way from one of the stack's addresses to a peer: what a transport asks the layers below, whatever the IP version.
 *
 * <p>The path follows changes of the neighbour's hardware address, and of what fits into a packet, by itself. Whoever keeps
 * one for longer than until the next is looked up says so with {@link #retain()}, and {@link #release() releases} it: a
 * connection its own, so that what it has learnt stays. Owner's thread.
 */
public interface IpPath {
    /**
     * The sum of the pseudo-header (RFC 9293, section 3.1) without the length: addresses and protocol, as 16-bit words in
     * network order, not folded.
     *
     * @param protocol 6 for TCP, 17 for UDP
     */
    long pseudoHeaderSum(int protocol);

    /** Whether its packets are IPv4's, not IPv6's. */
    boolean isIpv4();

    /** How many bytes of transport header and payload fit into one packet to this peer, as TCP has learnt it. */
    int mtuPayloadBytes();

    /** The same of datagrams: TCP's knowledge is proven by sequence numbers, theirs is not, and must not spoil it. */
    default int datagramBytes() {
        return mtuPayloadBytes();
    }

    /** How many bytes of transport header and payload the link takes, whatever lies behind it. */
    default int linkPayloadBytes() {
        return mtuPayloadBytes();
    }

    /**
     * A router says that a packet of ours was too large (RFC 1191). The caller has made sure that it was ours. What is learnt
     * is forgotten after ten minutes.
     *
     * @param protocol 6 for TCP, 17 for UDP: whose packets get smaller
     * @param quotedBytes how long the packet was
     * @param nextHopBytes what the router can pass on; 0 if it does not say
     * @return whether packets get smaller by this
     */
    default boolean tooLarge(int protocol, int quotedBytes, int nextHopBytes) {
        return false;
    }

    /** The path is kept. */
    default void retain() {}

    /** It is no longer kept, and may serve another peer from the next look-up on. */
    default void release() {}

    /** Nothing has come back for long (RFC 9293, MUST-20): the neighbour is asked whether it is still there. */
    default void suspect() {}

    /** Whether a packet would go to the device now, not wait for the neighbour's answer. */
    default boolean isReady() {
        return true;
    }

    /**
     * How many bytes must be free in front of the transport header: the device's own room, Ethernet and IP headers.
     */
    int headerRoomBytes();

    /** What the device at its end does for what is sent. */
    TxOffloads offloads();

    /** Whether a packet would be refused now with {@link SendResult#NEIGHBOUR_BUSY}. */
    default boolean isHeldUp() {
        return false;
    }

    /**
     * Writes the IP and Ethernet headers in front of a transport packet, in place, and stages it.
     *
     * @param frame the frame; if the answer is SENT, one hold was taken on it, which the device gives back
     * @param offset where the transport header begins in the frame; at least {@link #headerRoomBytes()}
     * @param lengthBytes transport header and payload
     * @param protocol 6 for TCP, 17 for UDP
     */
    default SendResult send(Buffer frame, int offset, int lengthBytes, int protocol) {
        return send(frame, offset, lengthBytes, protocol, false, null);
    }

    /**
     * As {@link #send(Buffer, int, int, int)}, of a packet that may have more than lies there.
     *
     * @param lengthBytes of the first piece: the transport header, and payload if there is no second one
     * @param isData whether it is one of TCP with payload, which leaves some places to those without
     * @param rest what else there is if the device puts the packet together, or cuts it, and null if not; if the answer is
     *     SENT, a hold was taken on its frame too
     */
    SendResult send(Buffer frame, int offset, int lengthBytes, int protocol, boolean isData, TxPayload rest);
}
