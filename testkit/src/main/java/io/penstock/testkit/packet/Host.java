package io.penstock.testkit.packet;

/**
 * One end of a connection on a link.
 *
 * @param mac its hardware address, or the router's behind which it is
 * @param address its IPv4 address
 * @param port its port
 */
public record Host(long mac, int address, int port) {
    /** A packet of IPv4 to another one, within its frame. */
    public byte[] ipv4(Host to, int protocol, byte[] payload) {
        return Packets.ethernet(to.mac, mac, 0x0800, Packets.ipv4(address, to.address, protocol, payload));
    }

    /** A TCP segment to another one, within its frame. */
    public byte[] segment(Host to, int seq, int ack, int flags, byte[] payload) {
        return ipv4(to, 6, Packets.tcp(address, port, to.address, to.port, seq, ack, flags, payload));
    }

    /** A SYN to another one, within its frame. */
    public byte[] syn(Host to) {
        return segment(to, 77, 0, Seg.SYN, new byte[0]);
    }

    /** A datagram to another one, within its frame. */
    public byte[] datagram(Host to, byte[] payload) {
        return ipv4(to, 17, Packets.udp(address, port, to.address, to.port, payload));
    }
}
