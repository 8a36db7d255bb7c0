package io.penstock.datapath.device;

/**
 * What a device is and can do.
 *
 * @param name as the operator gave it, such as {@code afxdp:vb}
 * @param mode in one phrase what was got, such as {@code native XDP, copy mode, 2 queues}
 * @param macAddress the 48-bit hardware address in the low bits
 * @param mtuBytes the largest IP packet it carries, without the Ethernet header
 * @param rxQueues how many receive queues are polled
 * @param capabilities what else it does, and what it asks for
 */
public record DeviceInfo(
        String name, String mode, long macAddress, int mtuBytes, int rxQueues, Capabilities capabilities) {
    /** A device that carries packets and does nothing else. */
    public DeviceInfo(String name, String mode, long macAddress, int mtuBytes, int rxQueues) {
        this(name, mode, macAddress, mtuBytes, rxQueues, Capabilities.none());
    }
}
