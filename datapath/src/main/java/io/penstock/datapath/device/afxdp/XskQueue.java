package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.linux.Errno;
import io.penstock.linux.RawMemory;
import io.penstock.linux.net.XdpSocket;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.grant.FrameGrant;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** One AF_XDP socket on one receive queue: the packet path. One thread; allocates and throws nothing. */
final class XskQueue {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    /** Refilling one frame at a time would publish an index, and so move a cache line, for each packet. */
    private static final int REFILL_BATCH = 16;
    /** Below this many frames to receive into, the queue may take from the pool's last frames. */
    private static final int FILL_LOW = 64;
    /** The kernel sends 32 packets a call in copy mode; a ring has at most 32768. */
    private static final int MAX_KICKS = 1024;

    private final int fd;
    private final UmemFrames umem;
    private final FramePool pool;
    private final FillRing fill;
    private final CompletionRing completion;
    private final RxRing rx;
    private final TxRing tx;
    private int fillTarget;
    private int refillAt;
    /** Errno of this socket's calls. Its own, so that no call looks for the thread's. */
    private final MemorySegment errnoState = Errno.newState(Arena.ofAuto());

    private final boolean busyPoll;
    private int inFill;
    private int inTx;
    /** Written into the tx ring and not yet submitted. */
    private int offered;

    private long txDropped;
    private boolean refused;
    private long received;

    XskQueue(XskSocket socket, UmemFrames umem, int fillTarget, boolean busyPoll) {
        this.fd = socket.fd();
        this.umem = umem;
        this.pool = umem.pool();
        this.fill = socket.fill();
        this.completion = socket.completion();
        this.rx = socket.rx();
        this.tx = socket.tx();
        this.busyPoll = busyPoll;
        fillTarget(fillTarget);
    }

    /** How many frames are kept ready for receiving; what is there already stays. */
    void fillTarget(int frames) {
        fillTarget = frames;
        refillAt = frames - Math.min(REFILL_BATCH, frames / 4);
    }

    int fd() {
        return fd;
    }

    // ---- receive

    int receive(Burst burst) {
        int count = rx.available(burst.capacity() - burst.count());
        if (count == 0) {
            if (busyPoll) {
                int _ = XdpSocket.kickRx(errnoState, fd);
            }
            return 0;
        }
        for (int i = 0; i < count; i++) {
            long descriptor = rx.descriptor(i);
            long umemOffset = RxRing.umemOffset(descriptor);
            burst.add(umem.takeReceived(umemOffset), umem.offsetInFrame(umemOffset), RxRing.lengthBytes(descriptor));
        }
        rx.release(count);
        inFill -= count;
        received += count;
        return count;
    }

    /** Keeps the fill ring full as long as the pool has frames that the stack can spare. */
    void refill() {
        if (inFill <= refillAt) {
            int floor = pool.capacityFrames() >> (inFill < FILL_LOW ? 6 : 4);
            int wanted = fillTarget - inFill;
            int count = Math.min(Math.min(wanted, fill.free(wanted)), pool.freeFrames() - floor);
            if (count > 0) {
                for (int i = 0; i < count; i++) {
                    fill.put(i, umem.giveForReceiving(ACCESS.allocateReserved(pool)));
                }
                fill.submit(count);
                inFill += count;
            }
        }
        if (fill.needsWakeup()) {
            int _ = XdpSocket.kickRx(errnoState, fd);
        }
    }

    // ---- transmit

    int transmit(Burst burst) {
        int count = burst.count();
        if (count > room(count)) {
            complete();
            count = Math.min(count, room(count));
        }
        int written = 0;
        for (int i = 0; i < count; i++) {
            int put = put(burst, i, written);
            if (put < 0) {
                count = i;
                break;
            }
            written += put;
        }
        if (written != 0) {
            submit(written);
        }
        return count;
    }

    /**
     * Writes one packet's descriptor.
     *
     * @param at how many were written since the last {@link #submit}
     * @return 1; 0 if it was dropped; -1 if it was not taken
     */
    private int put(Burst burst, int i, int at) {
        Buffer frame = burst.frame(i);
        int offset = burst.offset(i);
        int lengthBytes = burst.length(i);
        // The kernel would take a bad descriptor and never complete it.
        if ((lengthBytes - EthernetHeader.LENGTH | offset | frame.frameBytes() - offset - lengthBytes) < 0) {
            drop(frame);
            return 0;
        }
        if (umem.isOutOfReach(frame, offset, lengthBytes)) {
            frame = copy(frame, offset, lengthBytes);
            if (frame == null) {
                return -1;
            }
            offset = pool.headroomBytes();
        }
        tx.put(at, umem.giveForTransmission(frame) + offset, lengthBytes);
        return 1;
    }

    private void submit(int written) {
        tx.submit(written);
        inTx += written;
        if (tx.needsWakeup()) {
            kick();
        }
    }

    /** Takes one packet of a burst that goes out on several queues; it goes with {@link #submitOffered}. */
    boolean offer(Burst burst, int i) {
        if (room(offered + 1) <= offered) {
            complete();
            if (room(offered + 1) <= offered) {
                return false;
            }
        }
        int put = put(burst, i, offered);
        if (put < 0) {
            return false;
        }
        offered += put;
        return true;
    }

    void submitOffered() {
        if (offered != 0) {
            submit(offered);
            offered = 0;
        }
    }

    /** Takes a hold over onto a copy; null if no frame is free, then nothing has changed. */
    private Buffer copy(Buffer object, int offset, int lengthBytes) {
        Buffer copy = ACCESS.allocateReserved(pool);
        if (copy != null) {
            RawMemory.copy(object.frameAddress() + offset, copy.frameAddress() + pool.headroomBytes(), lengthBytes);
            ACCESS.hold(copy);
            copy.release();
            ACCESS.unhold(object);
        }
        return copy;
    }

    /** A frame that is never completed stays in {@link #inTx}, so that the completion ring cannot overflow. */
    private int room(int wanted) {
        return Math.min(tx.free(wanted), completion.entries - inTx);
    }

    /** Takes over a frame and gives its hold back at once: what happens to packets on a wire that is not there. */
    void drop(Buffer frame) {
        ACCESS.unhold(frame);
        txDropped++;
    }

    private void kick() {
        int before = Integer.MAX_VALUE;
        for (int i = 0; i < MAX_KICKS; i++) {
            int result = XdpSocket.kickTx(errnoState, fd);
            if (result == -Errno.EBUSY) {
                txDropped++; // the link or the NIC's queue refused one packet: it completes, but was not sent
                refused = true;
            } else if (result != -Errno.EAGAIN) {
                refused |= result == -Errno.ENETDOWN;
                return;
            }
            // EAGAIN: a call's share of packets is done, or the socket's send buffer is full.
            int pending = tx.pending();
            if (pending == 0 || pending == before) {
                return; // no progress: the next turn tries again
            }
            before = pending;
        }
    }

    /** How many packets have arrived. */
    long received() {
        return received;
    }

    /** Whether the kernel has refused to send since this was asked last: the link may be down. */
    boolean wasRefused() {
        boolean was = refused;
        refused = false;
        return was;
    }

    /** Kicks once more if packets were left behind. */
    void retryTransmission() {
        if (inTx != 0 && tx.needsWakeup() && tx.pending() != 0) {
            kick();
        }
    }

    /** Takes back what has been sent. Returns how many frames. */
    int complete() {
        if (inTx == 0) {
            return 0;
        }
        int count = completion.available(inTx);
        for (int i = 0; i < count; i++) {
            umem.takeTransmitted(completion.umemOffset(i));
        }
        if (count != 0) {
            completion.release(count);
            inTx -= count;
        }
        return count;
    }

    /** The rings are gone: what the kernel has not given back by now never comes. */
    void closed() {
        inTx = 0;
    }

    int inTransmission() {
        return inTx;
    }

    long txDropped() {
        return txDropped;
    }
}
