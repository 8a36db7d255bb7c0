package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.counters.Remedy;
import io.penstock.linux.net.XdpSocket;

/**
 * Why the kernel dropped packets that were for the stack, added up over the sockets of a device, and what can be done.
 *
 * <p>The kernel has no counter of packets that are too large for a frame. It counts them in rx_dropped, together with
 * those that find the fill ring empty, which alone are counted in rx_fill_ring_empty_descs as well (net/xdp/xsk.c). So
 * the difference of the two is the number of packets that were too large.
 */
final class ReceiveDrops {
    private final Remedy tooLarge;
    private final Remedy noFrame;
    private final Remedy ringFull;

    private long dropped;
    private long emptyFill;
    private long fullRing;

    ReceiveDrops(Remedies remedies, String interfaceName, int ringEntries) {
        tooLarge = remedies.add(
                "rx.dropped.device.too-large",
                frameBytes -> "packets larger than a frame of " + frameBytes + " bytes come in on " + interfaceName
                        + ": lower the sender's MTU, or if it is a veth's other end and this one is in generic mode, have"
                        + " it cut segments itself ('ethtool -K PEER tso off gso off') or leave out mode=generic");
        noFrame = remedies.add(
                "rx.dropped.device.no-frame",
                freeFrames -> "the kernel found no frame to receive into on " + interfaceName + " (" + freeFrames
                        + " are free now): raise --frames, or give buffers back sooner");
        ringFull = remedies.add(
                "rx.dropped.device.ring-full",
                _ -> "the receive ring of " + interfaceName + " was full (ring=" + ringEntries
                        + "): the loop was away for too long, or one core is not enough for what comes in; a larger ring"
                        + " (ring=" + 2 * ringEntries + ") holds out for longer");
    }

    void begin() {
        dropped = 0;
        emptyFill = 0;
        fullRing = 0;
    }

    /** Adds one socket's numbers ({@link XdpSocket#readStatistics}). */
    void add(long statistics) {
        dropped += XdpSocket.rxDropped(statistics);
        emptyFill += XdpSocket.fillRingEmpty(statistics);
        fullRing += XdpSocket.rxRingFull(statistics);
    }

    /** Counts what was added. Returns how many packets were dropped for whatever reason. */
    long end(int frameBytes, int freeFrames) {
        tooLarge.total(Math.max(0, dropped - emptyFill), frameBytes);
        noFrame.total(Math.min(dropped, emptyFill), freeFrames);
        ringFull.total(fullRing);
        return dropped + fullRing;
    }
}
