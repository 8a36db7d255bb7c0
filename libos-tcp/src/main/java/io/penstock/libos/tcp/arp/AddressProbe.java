package io.penstock.libos.tcp.arp;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.wire.ArpPacket;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.datapath.wire.MacAddress;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.grant.FrameGrant;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks the link, before an address is used, whether somebody else has it (RFC 5227, section 2.1.1).
 *
 * <p>The RFC waits for seconds, for links with sleepy bridges; a server in a data centre is expected to start at once, so
 * three probes stand 50 ms apart. A conflict that shows later is met by defending the address.
 */
public final class AddressProbe {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int PROBES = 3;
    private static final long PROBE_INTERVAL_NANOS = 50_000_000L;
    private static final long POLL_NANOS = 100_000L;

    private final PacketQueue queue;
    private final FramePool pool;
    private final int address;
    private final long ownMac;
    private final Burst burst = new Burst(64);

    public AddressProbe(PacketQueue queue, FramePool pool, int address) {
        this.queue = queue;
        this.pool = pool;
        this.address = address;
        this.ownMac = queue.info().macAddress();
    }

    /** Takes up to 150 ms of real time. Returns the hardware address of who has the address, or 0. */
    public long run() {
        for (int i = 0; i < PROBES; i++) {
            send();
            long until = System.nanoTime() + PROBE_INTERVAL_NANOS;
            do {
                long other = receive();
                if (other != 0) {
                    return other;
                }
                LockSupport.parkNanos(POLL_NANOS);
            } while (System.nanoTime() - until < 0);
        }
        return 0;
    }

    private void send() {
        Buffer frame = ACCESS.allocateReserved(pool);
        if (frame == null) {
            return;
        }
        ArpHandler.writeRequest(frame.address(), ownMac, 0, MacAddress.BROADCAST, address);
        burst.clear();
        ACCESS.hold(frame);
        burst.add(frame, frame.offset(), EthernetHeader.LENGTH + ArpPacket.LENGTH);
        if (queue.txBurst(burst) == 0) {
            ACCESS.unhold(frame);
        }
        burst.clear();
        frame.release();
    }

    private long receive() {
        queue.reclaim();
        burst.clear();
        queue.rxBurst(burst);
        long holder = 0;
        for (int i = 0; i < burst.count(); i++) {
            long at = burst.address(i);
            if (burst.length(i) >= EthernetHeader.LENGTH + ArpPacket.LENGTH
                    && EthernetHeader.type(at) == EthernetHeader.TYPE_ARP) {
                long other = holder(at + EthernetHeader.LENGTH);
                holder = other != 0 ? other : holder;
            }
            burst.frame(i).release(); // nothing is served before the address is ours
        }
        burst.clear();
        return holder;
    }

    private long holder(long at) {
        if (!ArpPacket.isValid(at) || ArpPacket.senderMac(at) == ownMac) {
            return 0;
        }
        boolean uses = ArpPacket.senderAddress(at) == address;
        boolean wants = ArpPacket.senderAddress(at) == 0 && ArpPacket.targetAddress(at) == address;
        return uses || (wants && ArpPacket.operation(at) == ArpPacket.REQUEST) ? ArpPacket.senderMac(at) : 0;
    }
}
