package io.penstock.libos.tcp.ip;

import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.device.Offload;

/**
 * What a path's device does for what is sent: looked up once, asked for each packet.
 *
 * @param ipv4Checksum it fills in the checksum of IPv4 headers
 * @param tcpChecksum it finishes TCP's checksum; the transport writes the folded sum of the pseudo-header into its field
 * @param udpChecksum the same of UDP's
 * @param bodies payload may lie apart from the headers
 * @param maxTsoBytes how much payload a TCP packet may have that the device cuts; 0 if it cuts none
 */
public record TxOffloads(
        boolean ipv4Checksum, boolean tcpChecksum, boolean udpChecksum, boolean bodies, int maxTsoBytes) {
    /** A device that sends packets as they are. */
    public static final TxOffloads NONE = of(Capabilities.none());

    /** Those of a device. */
    public static TxOffloads of(Capabilities device) {
        return new TxOffloads(
                device.has(Offload.TX_IPV4_CHECKSUM),
                device.has(Offload.TX_TCP_CHECKSUM),
                device.has(Offload.TX_UDP_CHECKSUM),
                device.has(Offload.MULTI_SEGMENT),
                device.maxTsoBytes());
    }
}
