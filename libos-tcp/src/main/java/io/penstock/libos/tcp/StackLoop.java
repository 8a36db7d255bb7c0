package io.penstock.libos.tcp;

import io.penstock.datapath.DeviceLostException;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.counters.Remedy;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortEvents;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.stack.LoopWork;
import io.penstock.libos.tcp.input.EthernetInput;
import io.penstock.libos.tcp.ipv4.Ipv4Layer;
import io.penstock.libos.tcp.link.TxQueue;
import io.penstock.libos.tcp.neighbour.Neighbours;
import io.penstock.libos.tcp.tcp.TcpEngine;
import io.penstock.libos.tcp.udp.UdpLayer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.FramePool;

/** What the stack does in each part of a turn of the poll loop. */
final class StackLoop implements LoopWork {
    /** Numbers that change with every packet but matter only to the eye are written this often. */
    private static final long GAUGE_INTERVAL_NANOS = 50_000_000L;
    /** When a full device is asked again. */
    private static final long RETRY_NANOS = 10_000L;
    /** When a sleeping loop asks a device again that has something of ours: a peer over shared memory may take long. */
    private static final long GIVEN_BACK_NANOS = 200_000L;

    private final PacketQueue queue;
    private final FramePool pool;
    private final CoreHeap objects;
    private final Clock clock;
    private final TxQueue tx;
    private final Remedies remedies;
    private final TimerHold timerHold;
    private final Counter framesInUse;
    private final Remedy framesRefused;
    private final Counter framesHighWater;
    private final Counter heapBytesInUse;
    private final Counter heapHighWater;
    private final Counter heapCached;
    private final Remedy heapRefused;
    private final Counter deviceRxDropped;
    private final Counter deviceTxDropped;
    private EthernetInput input;
    private Neighbours neighbours;
    private UdpLayer udp;
    private TcpEngine tcp;
    private Ipv4Layer ip;
    private long gaugesNanos;
    private final PortEvents events;
    /** What was seen of the events last. */
    private int changes;

    private int linkReturns;
    private boolean up = true;
    /** Packets come faster than they are taken: the last burst was a full one. */
    private boolean behind;

    StackLoop(PacketQueue queue, StackMemory memory, Clock clock, TxQueue tx, Remedies remedies) {
        this.queue = queue;
        this.events = queue.events();
        this.pool = memory.frames();
        this.objects = memory.objects();
        this.clock = clock;
        this.tx = tx;
        this.remedies = remedies;
        this.timerHold = new TimerHold(clock.nanos());
        Counters counters = remedies.counters();
        this.framesInUse = counters.counter("pool.frames-in-use", CounterType.GAUGE);
        this.framesRefused = remedies.add(
                "pool.refused",
                frames -> "all " + frames + " frames are in use, and whoever asked for one was refused: raise --frames"
                        + " (StackConfig.frames), or release buffers and pop sooner");
        this.framesHighWater = counters.counter("pool.frames-high-water", CounterType.GAUGE);
        this.heapBytesInUse = counters.counter("heap.bytes-in-use", CounterType.GAUGE_BYTES);
        this.heapHighWater = counters.counter("heap.bytes-high-water", CounterType.GAUGE_BYTES);
        this.heapCached = counters.counter("heap.bytes-cached", CounterType.GAUGE_BYTES);
        this.heapRefused = remedies.add(
                "heap.refused",
                bytes -> "the heap of " + (bytes >>> 20) + " MiB has no room for what was asked of it: raise --heap-mib"
                        + " (StackConfig.heapBytes; of the KV store --max-memory), or release objects sooner");
        this.deviceRxDropped = counters.counter("rx.dropped.device");
        this.deviceTxDropped = counters.counter("tx.dropped.device");
    }

    void layers(EthernetInput ethernetInput, Neighbours onLink, UdpLayer udpLayer, TcpEngine tcpEngine) {
        input = ethernetInput;
        neighbours = onLink;
        udp = udpLayer;
        tcp = tcpEngine;
    }

    /** Whom to tell of the link's MTU. */
    void follows(Ipv4Layer ipLayer) {
        ip = ipLayer;
        linkReturns = events.returns();
        changes = events.changes() - 1; // what has changed so far is heard in the first turn
    }

    @Override
    public int receive() {
        pool.reclaim();
        objects.reclaim();
        int received = input.receive();
        timerHold.received(received, clock.nanos());
        boolean isBehind = received >= EthernetInput.BURST;
        if (isBehind != behind) {
            tellBehind(isBehind);
        }
        return received;
    }

    @Override
    public int poll() {
        int received = input.receive();
        if (received != 0) {
            timerHold.received(received, clock.nanos());
            boolean isBehind = received >= EthernetInput.BURST;
            if (isBehind != behind) {
                tellBehind(isBehind);
            }
        }
        return received;
    }

    private void tellBehind(boolean isBehind) {
        behind = isBehind;
        tcp.loopIsBehind(isBehind);
    }

    @Override
    public int fireTimers(long nowNanos) {
        if (nowNanos - gaugesNanos >= GAUGE_INTERVAL_NANOS) {
            gaugesNanos = nowNanos;
            writeGauges();
            remedies.report(nowNanos);
            checkDevice();
        }
        if (timerHold.isHolding()) {
            return 0;
        }
        long dueNanos = timerHold.dueNanos();
        return neighbours.fireTimers(dueNanos) + tcp.fireTimers(dueNanos);
    }

    /** Throws as long as the device is lost, each time; the stack can only be closed then. */
    private void checkDevice() {
        String lost = events.lost();
        if (lost != null) {
            gaugesNanos -= GAUGE_INTERVAL_NANOS;
            throw new DeviceLostException(lost);
        }
    }

    /** Hears what has become of the port; that it is lost is said when the gauges are written. */
    private void hear() {
        changes = events.changes();
        ip.mtuBytes(events.mtuBytes());
        if (events.isUp() != up || events.returns() != linkReturns) {
            boolean returned = linkReturns != events.returns();
            linkReturns = events.returns();
            up = events.isUp();
            tcp.link(up, returned);
        }
    }

    /** What there is to say when the stack closes. */
    void lastWords() {
        writeGauges();
        remedies.reportNow(clock.nanos());
    }

    private void writeGauges() {
        framesInUse.set(pool.framesInUse());
        framesRefused.total(pool.failedAllocations(), pool.capacityFrames());
        framesHighWater.set(pool.highWaterFrames());
        heapBytesInUse.set(objects.bytesInUse());
        heapHighWater.set(objects.highWaterBytes());
        heapCached.set(objects.cachedBytes());
        heapRefused.total(objects.failedAllocations(), objects.limitBytes());
        deviceRxDropped.set(queue.rxDropped());
        deviceTxDropped.set(queue.txDropped());
    }

    @Override
    public int transmit() {
        int staged = neighbours.transmit() + udp.transmit() + tcp.transmit();
        int flushed = tx.flush();
        queue.reclaim();
        if (events.changes() != changes) {
            hear();
        }
        return staged + flushed + udp.completeSent();
    }

    @Override
    public long nextDeadlineNanos() {
        long next = Math.min(neighbours.nextDeadlineNanos(), tcp.nextDeadlineNanos());
        if (!tx.isEmpty()) {
            return Math.min(next, clock.nanos() + RETRY_NANOS);
        }
        return udp.waitsForDevice() ? Math.min(next, clock.nanos() + GIVEN_BACK_NANOS) : next;
    }
}
