package io.penstock.datapath.device;

import io.penstock.datapath.ConfigurationException;

/** How large frames must be to carry an interface's MTU, for devices that give each packet one frame. */
public final class FrameRoom {
    private static final int SMALL_FRAME_BYTES = 2048;
    /** The largest frames that there are, and XDP's limit for packets that do not cross pages. */
    private static final int LARGE_FRAME_BYTES = 4096;

    private FrameRoom() {}

    /**
     * The smallest frames for an interface's MTU; the largest if none carries it.
     *
     * @param reservedBytes how much of a frame is not the packet's, its Ethernet header included
     */
    public static int minFrameBytes(int mtuBytes, int reservedBytes) {
        return mtuBytes <= SMALL_FRAME_BYTES - reservedBytes ? SMALL_FRAME_BYTES : LARGE_FRAME_BYTES;
    }

    /**
     * Refuses an MTU that frames do not carry.
     *
     * @param interfaceName such as {@code vb}
     * @param frameBytes how long the frames are
     * @param reservedBytes how much of a frame is not the packet's, its Ethernet header included
     * @throws ConfigurationException in one line, which names what does fit
     */
    public static void check(String interfaceName, int mtuBytes, int frameBytes, int reservedBytes) {
        int largest = frameBytes - reservedBytes;
        if (mtuBytes > largest) {
            int max = LARGE_FRAME_BYTES - reservedBytes;
            String lower = "lower it to " + largest + " or less with 'ip link set " + interfaceName + " mtu "
                    + (largest < 1500 ? largest : 1500) + "'";
            String larger = frameBytes >= LARGE_FRAME_BYTES
                    ? ""
                    : mtuBytes <= max
                            ? ", or take frames of " + LARGE_FRAME_BYTES + " bytes (leave --frame-bytes out)"
                            : ", or to " + max + " or less and take frames of " + LARGE_FRAME_BYTES
                                    + " bytes (leave --frame-bytes out)";
            throw new ConfigurationException("the MTU " + mtuBytes + " of " + interfaceName
                    + " does not fit a frame of " + frameBytes + " bytes: " + lower + larger);
        }
    }
}
