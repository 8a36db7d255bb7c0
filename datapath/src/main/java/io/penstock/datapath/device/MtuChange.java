package io.penstock.datapath.device;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows the MTU of a device's interface as far as its frames carry it, and says so. The stack's thread. */
public final class MtuChange {
    private static final Logger LOG = LoggerFactory.getLogger(MtuChange.class);

    private final String interfaceName;
    private final int largestBytes;
    private int seenBytes;

    /**
     * For an interface that is open.
     *
     * @param mtuBytes its MTU at present
     * @param largestBytes the largest IP packet that a frame carries
     */
    public MtuChange(String interfaceName, int mtuBytes, int largestBytes) {
        this.interfaceName = interfaceName;
        this.largestBytes = largestBytes;
        this.seenBytes = mtuBytes;
    }

    /** Takes in what the MTU is now; a line is logged if it has changed. */
    public void note(int mtuBytes) {
        if (mtuBytes == seenBytes || mtuBytes <= 0) {
            return;
        }
        seenBytes = mtuBytes;
        if (mtuBytes > largestBytes) {
            LOG.warn(
                    "the MTU of {} is {} now, of which frames carry {}: larger packets that arrive are lost; set it to {}"
                            + " or less, or start again",
                    interfaceName,
                    mtuBytes,
                    largestBytes,
                    largestBytes);
        } else {
            LOG.info("the MTU of {} is {} now", interfaceName, mtuBytes);
        }
    }

    /** The largest IP packet that passes. */
    public int mtuBytes() {
        return Math.min(seenBytes, largestBytes);
    }
}
