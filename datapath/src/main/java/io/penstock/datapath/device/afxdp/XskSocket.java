package io.penstock.datapath.device.afxdp;

import io.penstock.linux.net.XdpSocket;
import io.penstock.linux.net.XdpSocket.Ring;
import io.penstock.linux.net.XdpSocket.RingMapping;
import java.util.function.Consumer;

/**
 * A socket of one queue whose rings are mapped.
 *
 * @param fd its descriptor
 * @param fill frames for receiving
 * @param completion frames that were sent
 * @param rx received packets
 * @param tx packets to send
 */
record XskSocket(int fd, FillRing fill, CompletionRing completion, RxRing rx, TxRing tx) {
    /**
     * Maps a socket's rings: before it is bound, or after that from Linux 6.6 on.
     *
     * @param entries how many descriptors each ring has
     * @param mapped is told of each, to undo it
     */
    static XskSocket map(int fd, int entries, Consumer<RingMapping> mapped) {
        return new XskSocket(
                fd,
                new FillRing(map(fd, Ring.FILL, entries, mapped)),
                new CompletionRing(map(fd, Ring.COMPLETION, entries, mapped)),
                new RxRing(map(fd, Ring.RX, entries, mapped)),
                new TxRing(map(fd, Ring.TX, entries, mapped)));
    }

    private static RingMapping map(int fd, Ring ring, int entries, Consumer<RingMapping> mapped) {
        RingMapping mapping = XdpSocket.map(fd, ring, entries);
        if (mapping.address() < 0) {
            throw Refusals.failed("mapping a ring", (int) -mapping.address());
        }
        mapped.accept(mapping);
        return mapping;
    }
}
