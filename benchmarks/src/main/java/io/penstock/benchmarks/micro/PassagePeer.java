package io.penstock.benchmarks.micro;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.PacketFlags;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortEvents;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import io.penstock.testkit.packet.Host;
import io.penstock.testkit.packet.Packets;
import io.penstock.testkit.packet.Seg;
import java.util.ArrayDeque;
import java.util.Set;

/**
 * A device with one TCP peer behind it, whose segments lie in frames, ready to be received: before each is given away it
 * gets the next numbers, and its checksum is set right from the sum of all that stays. Of what the stack sends it reads the
 * numbers. So nearly all the time that passes is the stack's.
 *
 * <p>As a NIC does, it goes round a ring of frames; they stay its own, with a reference more for the stack.
 */
final class PassagePeer implements PacketQueue {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    static final int FRAMES = 64;

    private static final int MTU_BYTES = 1500;
    private static final int MSS_BYTES = MTU_BYTES - 40;
    private static final int HEADERS_BYTES = 54;
    private static final int TYPE_AT = 12;
    private static final int ARP_OP_AT = 20;
    private static final int ARP_TARGET_AT = 38;
    private static final int IP_LENGTH_AT = 16;
    private static final int SEQUENCE_AT = 38;
    private static final int ACK_AT = 42;
    private static final int DATA_OFFSET_AT = 46;
    private static final int FLAGS_AT = 47;
    private static final int CHECKSUM_AT = 50;

    private static final Host SELF = new Host(0x0200_0000_0009L, Packets.ip("198.18.0.9"), 40_000);
    private static final long STACK_MAC = 0x0200_0000_0001L;

    private final Host stack;
    private final boolean vouches;
    private final DeviceSetup setup;
    private final DeviceInfo info;
    private final PortEvents events;
    /** What is rare: ARP and the handshake. */
    private final ArrayDeque<byte[]> arriving = new ArrayDeque<>();

    private final Segments data;
    private final Segments acks;
    /** Whose next segment arrives; null if none does. */
    private Segments next;

    private int sequence = 5_000;
    private int expected;
    private boolean isConnected;
    private int segmentsWithData;
    private long payloadAddress;
    private int payloadBytes;

    /** Segments of one length. */
    private static final class Segments {
        private final Buffer[] frames = new Buffer[FRAMES];
        /** Sums of all that stays in each, in one's complement. */
        private final int[] sums = new int[FRAMES];

        private final int payloadBytes;
        private int at;

        private Segments(int payloadBytes) {
            this.payloadBytes = payloadBytes;
        }
    }

    /**
     * A peer that has not sent anything yet.
     *
     * @param address of the stack
     * @param port on which it listens
     * @param vouches whether the device verifies and fills in checksums; if not, the stack does
     * @param sizeBytes of the payload of its segments
     */
    PassagePeer(DeviceSetup setup, int address, int port, boolean vouches, int sizeBytes) {
        this.setup = setup;
        this.stack = new Host(STACK_MAC, address, port);
        this.vouches = vouches;
        Capabilities capabilities = vouches
                ? new Capabilities(Set.of(Offload.RX_CHECKSUM, Offload.TX_IPV4_CHECKSUM, Offload.TX_TCP_CHECKSUM), 0, 0)
                : Capabilities.none();
        this.info = new DeviceInfo("passage", "in memory", STACK_MAC, MTU_BYTES, 1, capabilities);
        this.events = new PortEvents(info);
        this.data = segments(sizeBytes);
        this.acks = segments(0);
    }

    /** What stands at a place of the payload of the n-th segment with data. */
    static byte payloadByte(int segment, int at) {
        return (byte) (segment % FRAMES + 31 * at);
    }

    private Segments segments(int sizeBytes) {
        Segments made = new Segments(sizeBytes);
        for (int i = 0; i < FRAMES; i++) {
            byte[] payload = new byte[sizeBytes];
            for (int at = 0; at < sizeBytes; at++) {
                payload[at] = payloadByte(i, at);
            }
            byte[] packet = packet(Packets.tcp(
                    SELF.address(), SELF.port(), stack.address(), stack.port(), 0, 0, Seg.ACK | Seg.PSH, payload));
            made.frames[i] = setup.pool().allocate();
            made.sums[i] = ~Packets.u16(packet, CHECKSUM_AT) & 0xffff; // numbers are 0 as yet
            RawMemory.copyFrom(packet, 0, made.frames[i].address(), packet.length);
        }
        return made;
    }

    /** With the widest window that needs no option, within its frame. */
    private static byte[] packet(Host stack, byte[] segment) {
        segment[14] = (byte) 0xff;
        segment[15] = (byte) 0xff;
        return SELF.ipv4(stack, 6, Packets.withTcpChecksum(segment, SELF.address(), stack.address()));
    }

    private byte[] packet(byte[] segment) {
        return packet(stack, segment);
    }

    // ---- the peer's side

    /** A SYN arrives next; what comes after it is answered by itself. */
    void connect() {
        byte[] mss = {2, 4, (byte) (MSS_BYTES >> 8), (byte) MSS_BYTES};
        byte[] syn = Packets.tcp(SELF.address(), SELF.port(), stack.address(), stack.port(), sequence, 0, Seg.SYN, mss);
        syn[12] = 0x60; // what stands behind the header is an option
        arriving.add(packet(syn));
        sequence++;
    }

    boolean isConnected() {
        return isConnected;
    }

    /** A segment with the next bytes arrives next. */
    void dataArrives() {
        next = data;
    }

    /** An acknowledgement of all that was sent arrives next. */
    void acknowledgementArrives() {
        next = acks;
    }

    /** How many segments with data the stack has sent. */
    int segmentsWithData() {
        return segmentsWithData;
    }

    /** What the last of them carried; valid until it is acknowledged. */
    byte[] lastPayload() {
        byte[] bytes = new byte[payloadBytes];
        RawMemory.copyTo(payloadAddress, bytes, 0, bytes.length);
        return bytes;
    }

    // ---- the device

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public PortEvents events() {
        return events;
    }

    @Override
    public int rxBurst(Burst burst) {
        Segments ready = next;
        if (ready != null) {
            next = null;
            give(ready, burst);
            return 1;
        }
        return arriving.isEmpty() ? 0 : giveRare(burst);
    }

    private void give(Segments ready, Burst burst) {
        int i = ready.at++ & (FRAMES - 1);
        Buffer frame = ready.frames[i].retain();
        int offset = setup.pool().prefixBytes() + setup.pool().headroomBytes();
        long at = frame.frameAddress() + offset;
        RawMemory.putIntBe(at + SEQUENCE_AT, sequence);
        RawMemory.putIntBe(at + ACK_AT, expected);
        burst.add(frame, offset, HEADERS_BYTES + ready.payloadBytes);
        if (vouches) {
            burst.flag(PacketFlags.RX_IPV4_CHECKSUM_GOOD | PacketFlags.RX_L4_CHECKSUM_GOOD);
        } else {
            int sum = ready.sums[i] + (sequence >>> 16) + (sequence & 0xffff) + (expected >>> 16) + (expected & 0xffff);
            sum = (sum & 0xffff) + (sum >>> 16);
            sum = (sum & 0xffff) + (sum >>> 16);
            RawMemory.putShortBe(at + CHECKSUM_AT, ~sum);
        }
        sequence += ready.payloadBytes;
    }

    private int giveRare(Burst burst) {
        byte[] packet = arriving.poll();
        Buffer frame = setup.pool().allocate();
        RawMemory.copyFrom(packet, 0, frame.address(), packet.length);
        burst.add(frame, frame.offset(), packet.length);
        return 1;
    }

    @Override
    public int txBurst(Burst burst) {
        int count = burst.count();
        for (int i = 0; i < count; i++) {
            long at = burst.address(i);
            int type = RawMemory.getUnsignedShortBe(at + TYPE_AT);
            if (type == 0x0800) {
                hears(at);
            } else if (type == 0x0806) {
                hearsArp(at);
            }
            burst.unhold(ACCESS, i);
        }
        return count;
    }

    private void hears(long at) {
        int headerBytes = RawMemory.getUnsignedByte(at + DATA_OFFSET_AT) >>> 4 << 2;
        int payload = RawMemory.getUnsignedShortBe(at + IP_LENGTH_AT) - 20 - headerBytes;
        int first = RawMemory.getIntBe(at + SEQUENCE_AT);
        if (payload > 0) {
            segmentsWithData++;
            payloadBytes = payload;
            payloadAddress = at + HEADERS_BYTES - 20 + headerBytes;
            expected = first + payload;
        } else if ((RawMemory.getUnsignedByte(at + FLAGS_AT) & Seg.SYN) != 0) {
            expected = first + 1;
            isConnected = true;
            acknowledgementArrives();
        }
    }

    /** Answers a request for the peer's address. */
    private void hearsArp(long at) {
        if (RawMemory.getUnsignedShortBe(at + ARP_OP_AT) == 1
                && RawMemory.getIntBe(at + ARP_TARGET_AT) == SELF.address()) {
            arriving.add(Packets.arp(stack.mac(), 2, SELF.mac(), SELF.address(), stack.mac(), stack.address()));
        }
    }

    @Override
    public int reclaim() {
        return 0;
    }

    @Override
    public long rxDropped() {
        return 0;
    }

    @Override
    public void close() {
        for (int i = 0; i < FRAMES; i++) {
            data.frames[i].release();
            acks.frames[i].release();
        }
    }
}
