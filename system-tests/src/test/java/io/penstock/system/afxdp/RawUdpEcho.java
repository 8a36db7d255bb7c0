package io.penstock.system.afxdp;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.grant.FrameGrant;
import java.util.ArrayList;
import java.util.List;

/**
 * The least stack there can be: answers ARP requests, and sends UDP datagrams back in the frame that they came in, without
 * their checksum, which the sender need not have finished.
 */
final class RawUdpEcho {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int BURST = 64;
    private static final int TYPE_ARP = 0x0806;
    private static final int TYPE_IPV4 = 0x0800;
    private static final int UDP = 17;

    private final PacketQueue device;
    private final FramePool pool;
    private final long mac;
    private final Burst rx = new Burst(BURST);
    private final Burst tx = new Burst(2 * BURST);
    private final List<Buffer> kept = new ArrayList<>();
    private boolean keeping;
    private long echoed;
    private long others;

    RawUdpEcho(PacketQueue device, FramePool pool) {
        this.device = device;
        this.pool = pool;
        this.mac = device.info().macAddress();
    }

    /** One turn of the loop. Returns how many packets came. */
    int turn() {
        int received = 0;
        if (tx.count() <= BURST) {
            rx.clear();
            received = device.rxBurst(rx);
            for (int i = 0; i < received; i++) {
                Buffer frame = rx.frame(i);
                if (keeping) {
                    kept.add(frame);
                    continue;
                }
                if (answer(rx.address(i), rx.length(i))) {
                    ACCESS.hold(frame);
                    tx.add(frame, rx.offset(i), rx.length(i));
                }
                frame.release();
            }
        }
        if (tx.count() != 0) {
            tx.dropFirst(device.txBurst(tx));
        }
        int _ = device.reclaim() + pool.reclaim();
        return received;
    }

    private boolean answer(long ethernet, int lengthBytes) {
        int type = RawMemory.getUnsignedShortBe(ethernet + 12);
        if (type == TYPE_ARP && RawMemory.getUnsignedShortBe(ethernet + 20) == 1) {
            answerArp(ethernet);
            return true;
        }
        if (type == TYPE_IPV4 && lengthBytes >= 42 && RawMemory.getByte(ethernet + 23) == UDP) {
            swapHardware(ethernet);
            long ip = ethernet + 14;
            int source = RawMemory.getInt(ip + 12);
            RawMemory.putInt(ip + 12, RawMemory.getInt(ip + 16));
            RawMemory.putInt(ip + 16, source);
            short port = RawMemory.getShort(ip + 20);
            RawMemory.putShort(ip + 20, RawMemory.getShort(ip + 22));
            RawMemory.putShort(ip + 22, port);
            RawMemory.putShort(ip + 26, (short) 0);
            echoed++;
            return true;
        }
        others++;
        return false;
    }

    private void answerArp(long ethernet) {
        swapHardware(ethernet);
        RawMemory.putShortBe(ethernet + 20, 2);
        long asker = RawMemory.getLong(ethernet + 22);
        int target = RawMemory.getInt(ethernet + 38);
        RawMemory.putLong(ethernet + 32, asker); // ends at the target's address, which comes next
        RawMemory.putInt(ethernet + 38, RawMemory.getInt(ethernet + 28));
        putMac(ethernet + 22);
        RawMemory.putInt(ethernet + 28, target);
    }

    private void swapHardware(long ethernet) {
        RawMemory.putInt(ethernet, RawMemory.getInt(ethernet + 6));
        RawMemory.putShort(ethernet + 4, RawMemory.getShort(ethernet + 10));
        putMac(ethernet + 6);
    }

    private void putMac(long at) {
        RawMemory.putShortBe(at, (int) (mac >>> 32));
        RawMemory.putIntBe(at + 2, (int) mac);
    }

    FramePool pool() {
        return pool;
    }

    void keepReceived(boolean keep) {
        keeping = keep;
        kept.forEach(Buffer::release);
        kept.clear();
    }

    /** Gives back what could not be sent. */
    void giveUp() {
        for (int i = 0; i < tx.count(); i++) {
            ACCESS.unhold(tx.frame(i));
        }
        tx.clear();
    }

    int transmitOne() {
        Buffer frame = pool.allocate().length(60);
        ACCESS.hold(frame);
        Burst one = new Burst(1);
        one.add(frame, frame.offset(), frame.length());
        frame.release();
        return device.txBurst(one);
    }

    long echoed() {
        return echoed;
    }

    long others() {
        return others;
    }
}
