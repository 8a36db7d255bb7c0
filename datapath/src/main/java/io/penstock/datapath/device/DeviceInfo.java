package io.penstock.datapath.device;

/**
 * What a port is and can do.
 *
 * @param name as the operator gave it, such as {@code afxdp:vb}
 * @param mode in one phrase what was got, such as {@code native XDP, copy mode, 2 queues}
 * @param macAddress the 48-bit hardware address in the low bits
 * @param mtuBytes the largest IP packet it carries, without the Ethernet header
 * @param queues how many hardware queues it has, as far as they are used
 * @param capabilities what else it does, and what it asks for
 */
public record DeviceInfo(
        String name, String mode, long macAddress, int mtuBytes, int queues, Capabilities capabilities) {
    /** A port that carries packets and does nothing else. */
    public DeviceInfo(String name, String mode, long macAddress, int mtuBytes, int queues) {
        this(name, mode, macAddress, mtuBytes, queues, Capabilities.none());
    }
}
