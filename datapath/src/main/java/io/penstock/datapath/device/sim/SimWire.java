package io.penstock.datapath.device.sim;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.PacketPort;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortEvents;
import io.penstock.datapath.device.PortShare;
import io.penstock.datapath.device.SharedPort;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.grant.FrameGrant;
import java.nio.file.Path;

/**
 * A wire with two ends in one process, whose packets travel as long as its {@link Conditions} say.
 *
 * <pre>
 *   end A  == direction A to B: lose, delay, reorder, ... ==&gt;  end B
 *   end A  &lt;== direction B to A: lose, delay, reorder, ... ==  end B
 * </pre>
 *
 * <p>Packets are copied from the sender's pool onto the wire and from there to the receiver's pool. All of its time
 * comes from the clocks of the stacks at its ends, which must show the same time: one {@code VirtualClock} for both, or
 * the system's.
 *
 * <p>One thread for both ends.
 */
public final class SimWire {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    /** Room for the largest frame of the usual MTU. */
    public static final int DEFAULT_MTU_BYTES = 1500;

    private static final int CAPACITY_PACKETS = 4096;

    /** One end of the wire. */
    public enum End {
        /** The end whose traffic is captured. */
        A,
        /** The other end. */
        B
    }

    private final String name;
    private final int mtuBytes;
    private final Direction aToB;
    private final Direction bToA;
    private Port a;
    private Port b;
    private PcapWriter capture;
    private boolean up = true;

    /**
     * A wire with an MTU of 1500.
     *
     * @param name appears in the devices' names
     * @param aToB what happens to packets from A to B; copied
     * @param bToA what happens to packets from B to A; copied
     */
    public SimWire(String name, Conditions aToB, Conditions bToA) {
        this(name, DEFAULT_MTU_BYTES, aToB, bToA);
    }

    /**
     * A wire.
     *
     * @param name appears in the devices' names
     * @param mtuBytes largest IP packet, 576 to 9000
     * @param aToB what happens to packets from A to B; copied
     * @param bToA what happens to packets from B to A; copied
     */
    public SimWire(String name, int mtuBytes, Conditions aToB, Conditions bToA) {
        if (mtuBytes < 576 || mtuBytes > 9000) {
            throw new ConfigurationException("MTU " + mtuBytes + " of device 'sim:" + name + "': expected 576 to 9000");
        }
        this.name = name;
        this.mtuBytes = mtuBytes;
        int slotBytes = mtuBytes + EthernetHeader.LENGTH + 63 & -64;
        this.aToB = new Direction(aToB, 0, CAPACITY_PACKETS, slotBytes);
        this.bToA = new Direction(bToA, 0x9e37_79b9_7f4a_7c15L, CAPACITY_PACKETS, slotBytes);
    }

    /** A perfect wire. */
    public static SimWire perfect(String name) {
        return new SimWire(name, new Conditions(), new Conditions());
    }

    /**
     * Opens one end.
     *
     * @throws ConfigurationException if it is open already
     */
    public PacketQueue open(End end, DeviceSetup setup) {
        try (PacketPort port = port(end)) {
            return port.open(setup);
        }
    }

    /**
     * Opens the port of one end.
     *
     * @throws ConfigurationException if it is open already
     */
    public PacketPort port(End end) {
        if (at(end) != null) {
            throw new ConfigurationException("both ends of 'sim:" + name + "' are in use: choose another name");
        }
        Port port = new Port(end);
        if (end == End.A) {
            a = port;
        } else {
            b = port;
        }
        return port;
    }

    /**
     * Writes what end A sends and receives to a file that tshark reads, from now until the last end is closed.
     *
     * @param file overwritten
     */
    public void captureTo(Path file) {
        if (capture != null) {
            capture.close();
        }
        capture = PcapWriter.create(file);
    }

    /** Plugs the cable in, or pulls it: packets on the wire and packets sent meanwhile are lost. */
    public void setUp(boolean plugged) {
        up = plugged;
        if (!plugged) {
            aToB.clear();
            bToA.clear();
        }
        noteLink(a);
        noteLink(b);
    }

    private void noteLink(Port port) {
        if (port != null && port.queue != null) {
            port.queue.events.link(up);
        }
    }

    /** When the next packet arrives at either end, or {@link Long#MAX_VALUE} if none travels. */
    public long nextArrivalNanos() {
        return Math.min(aToB.nextArrivalNanos(), bToA.nextArrivalNanos());
    }

    /** How many packets travel at present, in both directions. */
    public int travelling() {
        return aToB.travelling() + bToA.travelling();
    }

    /** How many packets were lost on the way, in both directions. */
    public long lost() {
        return aToB.lost() + bToA.lost();
    }

    /** How many packets were held back, in both directions. */
    public long reordered() {
        return aToB.reordered() + bToA.reordered();
    }

    /** How many packets were doubled, in both directions. */
    public long duplicated() {
        return aToB.duplicated() + bToA.duplicated();
    }

    /** How many packets were damaged, in both directions. */
    public long corrupted() {
        return aToB.corrupted() + bToA.corrupted();
    }

    // ---- the ends

    private Direction from(End end) {
        return end == End.A ? aToB : bToA;
    }

    private Direction to(End end) {
        return end == End.A ? bToA : aToB;
    }

    /** Whether somebody would receive what this end sends. */
    private boolean isHeard(End end) {
        Port other = at(end == End.A ? End.B : End.A);
        return up && other != null && other.queue != null;
    }

    private void capture(End end, long nowNanos, long address, int lengthBytes) {
        if (capture != null && end == End.A) {
            capture.write(nowNanos, address, lengthBytes);
        }
    }

    private Port at(End end) {
        return end == End.A ? a : b;
    }

    boolean isOpen() {
        return a != null || b != null;
    }

    private void closed(End end) {
        if (end == End.A) {
            a = null;
        } else {
            b = null;
        }
        to(end).clear();
        if (!isOpen() && capture != null) {
            capture.close();
            capture = null;
        }
    }

    /** One end. */
    private final class Port extends SharedPort {
        private final End end;
        private final DeviceInfo info;
        private Queue queue;

        Port(End end) {
            this.end = end;
            // Locally administered (bit 1 of the first byte), and the same in every run.
            long mac = 0x0200_5300_0000L | (name.hashCode() & 0xffffL) << 8 | (end == End.A ? 0x0a : 0x0b);
            this.info = new DeviceInfo("sim:" + name, "simulated wire, end " + end, mac, mtuBytes, 1);
        }

        @Override
        public DeviceInfo info() {
            return info;
        }

        @Override
        protected PacketQueue openQueues(PortShare share, DeviceSetup setup) {
            queue = new Queue(this, share, setup);
            return queue;
        }

        @Override
        protected void end() {
            closed(end);
        }
    }

    /** What a stack at one end runs on. */
    private final class Queue implements PacketQueue {
        private final End end;
        private final Direction outgoing;
        private final Direction incoming;
        private final FramePool pool;
        private final Clock clock;
        private final Port port;
        private final PortShare share;
        private final PortEvents events;
        private long rxDropped;
        private long txDropped;
        private boolean closed;

        Queue(Port port, PortShare share, DeviceSetup setup) {
            this.port = port;
            this.share = share;
            this.end = port.end;
            this.outgoing = from(end);
            this.incoming = to(end);
            this.pool = setup.pool();
            this.clock = setup.clock();
            this.events = new PortEvents(port.info());
            events.link(up);
        }

        @Override
        public DeviceInfo info() {
            return port.info();
        }

        @Override
        public PortEvents events() {
            return events;
        }

        @Override
        public int rxBurst(Burst burst) {
            Direction in = incoming;
            long now = clock.nanos();
            int count = 0;
            while (!burst.isFull() && in.nextArrivalNanos() <= now) {
                int length = in.nextLength();
                int offset = pool.headroomBytes();
                if (length > pool.payloadBytes()) {
                    rxDropped++;
                    in.removeNext();
                    continue;
                }
                Buffer frame = ACCESS.allocateReserved(pool);
                if (frame == null) {
                    break; // it waits on the wire, as it would in a NIC that has no descriptor left
                }
                RawMemory.copy(in.nextAddress(), frame.frameAddress() + offset, length);
                in.removeNext();
                burst.add(frame, offset, length);
                capture(end, now, frame.frameAddress() + offset, length);
                count++;
            }
            return count;
        }

        @Override
        public int txBurst(Burst burst) {
            long now = clock.nanos();
            int n = burst.count();
            boolean heard = isHeard(end);
            for (int i = 0; i < n; i++) {
                long address = burst.address(i);
                int length = burst.length(i);
                if (!heard) {
                    txDropped++;
                } else if (!outgoing.send(address, length, now)) {
                    return i;
                }
                capture(end, now, address, length);
                ACCESS.unhold(burst.frame(i));
            }
            return n;
        }

        @Override
        public int reclaim() {
            return 0;
        }

        @Override
        public long rxDropped() {
            return rxDropped;
        }

        @Override
        public long txDropped() {
            return txDropped;
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                events.link(false);
                share.counted(rxDropped, txDropped);
                share.closed();
            }
        }
    }
}
