package io.penstock.datapath.device;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a port while it is open, in the same words for every back end. A back end notes, a stack compares {@link
 * #changes()} with what it saw last, once a turn.
 *
 * <pre>
 *   link down     packets pass no more; what is offered is dropped
 *   link up       packets pass again; returns() counts how often
 *   mtu           larger or smaller packets pass, as far as frames carry them
 *   channels      the interface has more queues, or fewer
 *   lost          no packet will ever pass again, such as that the interface was deleted: close the queue
 * </pre>
 *
 * <p>Written by the thread that polls the queue. Any thread may read.
 */
public final class PortEvents {
    private static final Logger LOG = LoggerFactory.getLogger(PortEvents.class);

    private final String interfaceName;
    private final int maxMtuBytes;
    private int seenMtuBytes;
    // Read by others as well. A read costs no more than of any field, and writes are rare.
    private volatile boolean up;
    private volatile int returns;
    private volatile int mtuBytes;
    private volatile int channels;
    private volatile String lost;
    /** Written last. */
    private volatile int changes;

    /**
     * Of a port that is open.
     *
     * @param interfaceName for messages, such as {@code vb}
     * @param up whether packets can pass
     * @param mtuBytes the MTU at present
     * @param maxMtuBytes the largest IP packet that a frame carries
     * @param channels how many receive queues the interface has
     */
    public PortEvents(String interfaceName, boolean up, int mtuBytes, int maxMtuBytes, int channels) {
        this.interfaceName = interfaceName;
        this.maxMtuBytes = maxMtuBytes;
        this.up = up;
        this.seenMtuBytes = mtuBytes;
        this.mtuBytes = Math.min(mtuBytes, maxMtuBytes);
        this.channels = channels;
    }

    /** Of a port without an interface, whose link is up: nothing but the link ever changes. */
    public PortEvents(DeviceInfo info) {
        this(info.name(), true, info.mtuBytes(), info.mtuBytes(), info.queues());
    }

    // ---- what a stack asks

    /** Changes with each of the others. */
    public int changes() {
        return changes;
    }

    /** Whether packets can pass at present: false when the link is down or the interface has gone. */
    public boolean isUp() {
        return up;
    }

    /**
     * How often the link has come back after it was down. What was sent before it went down, and was not acknowledged, was
     * lost to the link and not to congestion.
     */
    public int returns() {
        return returns;
    }

    /** The largest IP packet that passes at present. */
    public int mtuBytes() {
        return mtuBytes;
    }

    /** How many receive queues the interface has; {@link DeviceInfo#queues()} is how many were taken at the beginning. */
    public int channels() {
        return channels;
    }

    /**
     * Why no packet will ever pass again, in one line; null as long as one may. A port that is lost does not come back: close
     * its queues.
     */
    public String lost() {
        return lost;
    }

    // ---- what a back end notes

    /** Takes in whether packets can pass now. */
    public void link(boolean nowUp) {
        if (nowUp != up) {
            if (nowUp) {
                int next = returns + 1;
                returns = next;
            }
            up = nowUp;
            changed();
        }
    }

    /** Takes in what the MTU is now; a line is logged if it has changed. */
    public void mtu(int nowBytes) {
        if (nowBytes == seenMtuBytes || nowBytes <= 0) {
            return;
        }
        seenMtuBytes = nowBytes;
        mtuBytes = Math.min(nowBytes, maxMtuBytes);
        changed();
        if (nowBytes > maxMtuBytes) {
            LOG.warn(
                    "the MTU of {} is {} now, of which frames carry {}: larger packets that arrive are lost; set it to {}"
                            + " or less, or start again",
                    interfaceName,
                    nowBytes,
                    maxMtuBytes,
                    maxMtuBytes);
        } else {
            LOG.info("the MTU of {} is {} now", interfaceName, nowBytes);
        }
    }

    /** Takes in how many receive queues there are now. */
    public void channels(int now) {
        if (now != channels) {
            channels = now;
            changed();
        }
    }

    /** No packet will pass any more. */
    public void lost(String reason) {
        if (lost == null) {
            lost = reason;
            up = false;
            changed();
        }
    }

    /** There is one writer. */
    private void changed() {
        int next = changes + 1;
        changes = next;
    }
}
