package io.penstock.linux.net;

/**
 * What the kernel knows of a network interface.
 *
 * @param index the interface's number in its namespace
 * @param name its name
 * @param flags {@code IFF_...}
 * @param mtuBytes the largest IP packet
 * @param macAddress the 48-bit hardware address in the low bits
 * @param xdpProgramId the number of the XDP program that is attached; 0 if none is
 */
public record NetworkInterfaceInfo(int index, String name, int flags, int mtuBytes, long macAddress, int xdpProgramId) {
    /** Switched on by the administrator. */
    public static final int IFF_UP = 1;

    public static final int IFF_LOOPBACK = 1 << 3;
    /** Has a carrier, and the kernel has told everybody, which may take it a second. */
    public static final int IFF_RUNNING = 1 << 6;
    /** Has a carrier: the other end is there. The kernel transmits from this moment on. */
    public static final int IFF_LOWER_UP = 1 << 16;

    public boolean isUp() {
        return (flags & IFF_UP) != 0;
    }

    /** Whether packets can pass. */
    public boolean isRunning() {
        return isRunning(flags);
    }

    static boolean isRunning(int flags) {
        return (flags & (IFF_UP | IFF_LOWER_UP)) == (IFF_UP | IFF_LOWER_UP);
    }
}
