package io.penstock.libos.tcp.ip;

import io.penstock.libos.tcp.link.Rest;
import io.penstock.memory.Buffer;

/**
 * The way from one of the stack's addresses to a peer: what a transport asks the layers below, whatever the IP version.
 *
 * <p>A connection keeps its path; the path follows changes of the neighbour's hardware address by itself. Owner's thread.
 */
public interface IpPath {
    /**
     * The sum of the pseudo-header (RFC 9293, section 3.1) without the length: addresses and protocol, as 16-bit words in
     * network order, not folded.
     *
     * @param protocol 6 for TCP, 17 for UDP
     */
    long pseudoHeaderSum(int protocol);

    /** How many bytes of transport header and payload fit into one packet to this peer. */
    int mtuPayloadBytes();

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
    SendResult send(Buffer frame, int offset, int lengthBytes, int protocol);

    /**
     * As {@link #send(Buffer, int, int, int)}, of a packet that the device puts together, or cuts.
     *
     * @param lengthBytes of the first piece: the transport header, and payload if there is no second one
     * @param rest what else there is; if the answer is SENT, a hold was taken on its frame too
     */
    SendResult send(Buffer frame, int offset, int lengthBytes, int protocol, Rest rest);
}
