package io.penstock.datapath.device;

/**
 * Work that a device may take off the stack. A stack asks for none that {@link DeviceInfo#capabilities()} does not name.
 */
public enum Offload {
    /** Fills in the checksum of a sent packet's IPv4 header ({@link PacketFlags#TX_IPV4_CHECKSUM}). */
    TX_IPV4_CHECKSUM,
    /** Finishes the checksum of a sent TCP segment ({@link PacketFlags#TX_TCP_CHECKSUM}). */
    TX_TCP_CHECKSUM,
    /** Finishes the checksum of a sent UDP datagram ({@link PacketFlags#TX_UDP_CHECKSUM}). */
    TX_UDP_CHECKSUM,
    /**
     * Verifies checksums of received packets, and says of each which it found right ({@link
     * PacketFlags#RX_IPV4_CHECKSUM_GOOD}, {@link PacketFlags#RX_L4_CHECKSUM_GOOD}); what it does not vouch for, wrong or
     * not looked at, the stack verifies itself.
     */
    RX_CHECKSUM,
    /**
     * Carries packets of senders in this machine, who leave TCP's and UDP's checksum to hardware that does not exist: the
     * field holds just the sum of addresses, protocol and length, folded. Such a packet has not left memory since, and is
     * taken as it is.
     */
    RX_PARTIAL_CHECKSUM,
    /** Sends a packet out of two pieces of memory ({@link Burst#body(io.penstock.memory.Buffer, int, int)}). */
    MULTI_SEGMENT,
    /**
     * Cuts a large TCP packet into segments ({@link Burst#segmentation}), each with its own headers and checksums, whether
     * or not it has the offloads for these alone.
     */
    TCP_SEGMENTATION,
    /** Gives a hash of each received packet's addresses and ports ({@link Burst#hash(int)}). */
    RSS_HASH,
    /** Takes the VLAN tag off received packets of the device's own VLAN: the stack sees none. */
    VLAN_STRIP,
    /** Puts the device's own VLAN's tag into sent packets: the stack writes none. */
    VLAN_INSERT
}
