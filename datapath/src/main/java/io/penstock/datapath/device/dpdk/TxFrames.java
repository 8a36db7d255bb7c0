package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.PacketFlags;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.datapath.wire.Ipv4Header;
import io.penstock.datapath.wire.Ipv6Header;
import io.penstock.datapath.wire.TcpHeader;
import io.penstock.datapath.wire.UdpHeader;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.grant.FrameGrant;

/**
 * What lies in a driver's transmit ring.
 *
 * <p>An mbuf is given to the driver with two references, of which one is ours. When the bytes have left, the driver
 * frees the mbuf, which only drops its reference: a count of 1 says that the mbuf is ours again. No call from C is
 * needed to learn of it. Drivers send in order, so only the oldest one is looked at.
 *
 * <pre>
 *   head                                  tail
 *   | mbuf, frame | mbuf, frame | ...     |       count of references: 2 in the ring, 1 has been sent
 * </pre>
 *
 * <p>One thread; allocates and throws nothing.
 */
final class TxFrames {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    /** References of an mbuf in the driver's ring: the driver's and ours. */
    static final int SHARED = 2;

    private static final int CHUNK = 64;
    private static final int WITH_OFFLOADS = PacketFlags.TX_IPV4_CHECKSUM
            | PacketFlags.TX_TCP_CHECKSUM
            | PacketFlags.TX_UDP_CHECKSUM
            | PacketFlags.TX_TCP_SEGMENTATION;

    private final FramePool frames;
    private final ExternalMbufs external;
    private final IovaMap iova;
    private final NativeTable table = new NativeTable(CHUNK);
    private final int maxSegmentFrameBytes;
    private final boolean copiesHeaders;
    private final int vlan;
    private final boolean insertsTag;

    private final long[] mbufs;
    private final Buffer[] holds;
    /** Where the bytes lie that are sent, if not in the frame that is held. */
    private final Buffer[] copies;

    private final int mask;
    /** By packet of the chunk that is being offered: where its entries end. */
    private final int[] ends = new int[CHUNK];

    private int chunkStart;
    private int head;
    private int tail;
    private int lost;
    private long dropped;
    private boolean prepare;

    /**
     * @param entries how many pieces may be in transmission at once, a power of two
     * @param vlan the VLAN to send in; 0 for none
     * @param insertsTag whether the tag is written here, because the port does not
     * @param maxSegmentFrameBytes how long the frames may be into which the driver segments a packet; 0: as is asked
     * @param copiesHeaders whether the driver takes memory for headers out of the pool of the first mbuf
     */
    TxFrames(
            FramePool frames,
            ExternalMbufs external,
            IovaMap iova,
            int entries,
            int vlan,
            boolean insertsTag,
            int maxSegmentFrameBytes,
            boolean copiesHeaders) {
        this.frames = frames;
        this.external = external;
        this.iova = iova;
        this.mbufs = new long[entries];
        this.holds = new Buffer[entries];
        this.copies = new Buffer[entries];
        this.mask = entries - 1;
        this.vlan = vlan;
        this.insertsTag = insertsTag;
        this.maxSegmentFrameBytes = maxSegmentFrameBytes;
        this.copiesHeaders = copiesHeaders;
    }

    /**
     * Offers packets {@code first} to {@code end - 1} of a burst to the driver.
     *
     * @return behind the last that is taken over: given to the driver, or dropped as unfit
     */
    int transmit(Burst burst, int first, int end, BurstFunctions driver) {
        int done = first;
        while (done < end) {
            int built = build(burst, done, end);
            if (built == 0) {
                if (!isTooLong(burst, done)) {
                    return done;
                }
                drop(burst, done++);
                continue;
            }
            int fit = prepare ? driver.prepare(table.address(), built) : built;
            int sent = fit == 0 ? 0 : driver.transmit(table.address(), fit);
            boolean unfit = sent == fit && fit < built;
            takeBack(burst, done, sent, built);
            if (external.copies()) {
                releaseCopied();
            }
            done += sent;
            if (unfit) {
                drop(burst, done++); // the driver will never send it
            } else if (sent < built) {
                return done;
            }
        }
        return done;
    }

    /** Takes a packet over and does not send it. */
    void drop(Burst burst, int packet) {
        burst.unhold(ACCESS, packet);
        dropped++;
    }

    /** Sets up mbufs for packets from {@code first} on; returns how many, fewer than there are if something has run out. */
    private int build(Burst burst, int first, int end) {
        int max = Math.min(CHUNK, end - first);
        prepare = false;
        chunkStart = tail;
        for (int i = 0; i < max; i++) {
            if (tail - head > mask - 1 || isTooLong(burst, first + i) || !buildOne(burst, first + i, i)) {
                return i;
            }
            ends[i] = tail;
        }
        return max;
    }

    private boolean buildOne(Burst burst, int packet, int slot) {
        int flags = burst.flags(packet);
        int offset = burst.offset(packet);
        int lengthBytes = burst.length(packet);
        long at = burst.address(packet);
        long driverFlags = 0;
        if (insertsTag) {
            VlanTag.insert(at, vlan);
            offset -= VlanTag.BYTES;
            lengthBytes += VlanTag.BYTES;
        } else if (vlan != 0) {
            driverFlags = Mbuf.TX_VLAN;
        }
        if ((flags & WITH_OFFLOADS) != 0) {
            driverFlags |= driverFlags(flags, isIpv6(at));
        }
        boolean inFrame = copiesHeaders && driverFlags != 0;
        long mbuf = inFrame && !isFree(burst.frame(packet))
                ? addInCopy(burst.frame(packet), offset, lengthBytes, driverFlags)
                : add(burst.frame(packet), offset, lengthBytes, driverFlags);
        if (mbuf == 0) {
            undoTag(burst, packet);
            return false;
        }
        if (burst.hasBody(packet)) {
            long body = add(burst.body(packet), burst.bodyOffset(packet), burst.bodyLength(packet), 0);
            if (body == 0) {
                takeBackLast();
                undoTag(burst, packet);
                return false;
            }
            Mbuf.chain(mbuf, lengthBytes, body, burst.bodyLength(packet));
        }
        if (driverFlags != 0) {
            describe(mbuf, at, (driverFlags & Mbuf.TX_IPV6) != 0, flags, burst.segmentBytes(packet));
        }
        table.set(slot, mbuf);
        return true;
    }

    /** By the packet's own word: a driver that works on it must not guess. */
    private static boolean isIpv6(long packet) {
        return EthernetHeader.type(packet) == EthernetHeader.TYPE_IPV6;
    }

    private static long driverFlags(int flags, boolean ipv6) {
        long all = ipv6 ? Mbuf.TX_IPV6 : Mbuf.TX_IPV4;
        if (!ipv6 && (flags & PacketFlags.TX_IPV4_CHECKSUM) != 0) {
            all |= Mbuf.TX_IPV4_CHECKSUM;
        }
        if ((flags & PacketFlags.TX_TCP_CHECKSUM) != 0) {
            all |= Mbuf.TX_TCP_CHECKSUM;
        }
        if ((flags & PacketFlags.TX_UDP_CHECKSUM) != 0) {
            all |= Mbuf.TX_UDP_CHECKSUM;
        }
        if ((flags & PacketFlags.TX_TCP_SEGMENTATION) != 0) {
            all |= Mbuf.TX_TCP_SEGMENTATION;
        }
        return all;
    }

    /** Where the headers lie and how long they are: for a driver that works on them. */
    private void describe(long mbuf, long packet, boolean isIpv6, int flags, int segmentBytes) {
        prepare = true;
        int l2Bytes = insertsTag ? EthernetHeader.LENGTH + VlanTag.BYTES : EthernetHeader.LENGTH;
        long ip = packet + EthernetHeader.LENGTH;
        int ipBytes = isIpv6 ? Ipv6Header.LENGTH : Ipv4Header.headerLength(ip);
        int tcpBytes =
                (flags & PacketFlags.TX_TCP_CHECKSUM) != 0 ? TcpHeader.headerBytes(ip + ipBytes) : UdpHeader.LENGTH;
        boolean tso = (flags & PacketFlags.TX_TCP_SEGMENTATION) != 0;
        int maxSegmentBytes =
                maxSegmentFrameBytes == 0 ? segmentBytes : maxSegmentFrameBytes - l2Bytes - ipBytes - tcpBytes;
        Mbuf.headers(mbuf, l2Bytes, ipBytes, tcpBytes, tso ? Math.min(segmentBytes, maxSegmentBytes) : 0);
        if (vlan != 0 && !insertsTag) {
            Mbuf.vlanTci(mbuf, vlan);
        }
    }

    /**
     * One piece: the frame's own mbuf, or one that stands for it if that is in use or there is none.
     *
     * @return 0 if none is left
     */
    private long add(Buffer piece, int offset, int lengthBytes, long flags) {
        Buffer frame = ACCESS.frameOf(piece);
        long mbuf;
        if (isFree(frame)) {
            mbuf = RxFrames.mbuf(frame);
            Mbuf.single(mbuf, offset, lengthBytes, SHARED, flags);
        } else {
            mbuf = addElsewhere(frame, offset, lengthBytes, flags);
        }
        return note(mbuf, frame);
    }

    /** Whether a frame's own mbuf can stand for it now. */
    private boolean isFree(Buffer frame) {
        return frame.pool() == frames && !external.copies() && Mbuf.references(RxFrames.mbuf(frame)) == 1;
    }

    /** As {@link #add}, out of a frame in any case. */
    private long addInCopy(Buffer frame, int offset, int lengthBytes, long flags) {
        return lengthBytes > frames.payloadBytes()
                ? add(frame, offset, lengthBytes, flags)
                : note(addCopy(frame.frameAddress() + offset, lengthBytes, flags), frame);
    }

    private long note(long mbuf, Buffer frame) {
        if (mbuf != 0) {
            mbufs[tail & mask] = mbuf;
            holds[tail & mask] = frame;
            tail++;
        }
        return mbuf;
    }

    private long addElsewhere(Buffer frame, int offset, int lengthBytes, long flags) {
        long at = frame.frameAddress() + offset;
        return isReachable(frame, at, lengthBytes)
                ? external.attach(at, lengthBytes, flags)
                : addCopy(at, lengthBytes, flags);
    }

    private boolean isReachable(Buffer frame, long at, int lengthBytes) {
        return external.copies() || (frame.pool().region() == frames.region() && iova.isOnePiece(at, lengthBytes));
    }

    /** The device cannot read these bytes where they lie, such as across a border of pages without an IOMMU. */
    private long addCopy(long at, int lengthBytes, long flags) {
        Buffer copy = ACCESS.allocateReserved(frames);
        if (copy == null) {
            return 0;
        }
        copies[tail & mask] = copy;
        RawMemory.copy(at, copy.frameAddress() + frames.headroomBytes(), lengthBytes);
        long mbuf = RxFrames.mbuf(copy);
        Mbuf.single(mbuf, frames.headroomBytes(), lengthBytes, SHARED, flags);
        return mbuf;
    }

    /** Whether a piece is longer than what it would have to be copied into: it can never be sent. */
    private boolean isTooLong(Buffer piece, int offset, int lengthBytes) {
        return external.copies()
                ? lengthBytes > external.copiedBytes()
                : lengthBytes > frames.payloadBytes()
                        && !isReachable(piece, piece.frameAddress() + offset, lengthBytes);
    }

    private boolean isTooLong(Burst burst, int packet) {
        return isTooLong(burst.frame(packet), burst.offset(packet), burst.length(packet) + VlanTag.BYTES)
                || (burst.hasBody(packet)
                        && isTooLong(burst.body(packet), burst.bodyOffset(packet), burst.bodyLength(packet)));
    }

    // ---- what was not sent

    /** Undoes what was set up for packets of a chunk that the driver did not take. */
    private void takeBack(Burst burst, int first, int sent, int built) {
        int keep = sent == 0 ? chunkStart : ends[sent - 1];
        while (tail != keep) {
            takeBackLast();
        }
        if (insertsTag) {
            for (int i = sent; i < built; i++) {
                undoTag(burst, first + i);
            }
        }
    }

    private void takeBackLast() {
        int i = --tail & mask;
        release(i);
        holds[i] = null;
    }

    private void undoTag(Burst burst, int packet) {
        if (insertsTag) {
            VlanTag.undoInsert(burst.address(packet));
        }
    }

    /** The mbuf is ours alone. */
    private void release(int i) {
        long mbuf = mbufs[i];
        Mbuf.references(mbuf, 1);
        if (Mbuf.segments(mbuf) != 1) {
            Mbuf.unchain(mbuf);
        }
        if (external.copies() || (Mbuf.flags(mbuf) & Mbuf.EXTERNAL) != 0) {
            external.giveBack(mbuf);
        }
        if (copies[i] != null) {
            copies[i].release();
            copies[i] = null;
        }
    }

    // ---- what was sent

    /** The driver has copies: it may keep them as long as it likes, and some do until their ring is full. */
    private void releaseCopied() {
        for (int i = chunkStart; i != tail; i++) {
            ACCESS.unhold(holds[i & mask]);
            holds[i & mask] = null;
        }
    }

    /** Takes back what has been sent; returns how many pieces that were. */
    int complete() {
        int before = head;
        while (head != tail) {
            int i = head & mask;
            if (Mbuf.references(mbufs[i]) != 1) {
                break;
            }
            release(i);
            Buffer frame = holds[i];
            holds[i] = null;
            head++;
            if (frame != null) {
                ACCESS.unhold(frame);
            }
        }
        return head - before;
    }

    /** A call of the driver that sends nothing, but lets it see what has been sent. */
    void sendNothing(BurstFunctions driver) {
        int _ = driver.transmit(table.address(), 0);
    }

    /** How many pieces the driver has. */
    int inTransmission() {
        return tail - head;
    }

    /** When the driver is closed for good: what it did not give back comes back all the same. */
    void takeAll() {
        while (head != tail) {
            int i = head++ & mask;
            lost += Mbuf.references(mbufs[i]) == 1 ? 0 : 1;
            if (holds[i] != null) {
                ACCESS.unhold(holds[i]);
                holds[i] = null;
            }
            if (copies[i] != null) {
                copies[i].release();
                copies[i] = null;
            }
        }
    }

    /** How many the driver kept; meaningful after {@link #takeAll}. */
    int lost() {
        return lost;
    }

    long dropped() {
        return dropped;
    }
}
