package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.device.Burst;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.datapath.wire.Checksum;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.IpLayer;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.ip.Secret;
import io.penstock.libos.tcp.ip.SendResult;
import io.penstock.libos.tcp.ip.Socket;
import io.penstock.libos.tcp.ip.TransportContext;
import io.penstock.libos.tcp.ip.TxOffloads;
import io.penstock.libos.tcp.link.TxPayload;
import io.penstock.libos.tcp.link.TxQueue;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One TCP engine with everything around it that a stack would give it, in virtual time.
 *
 * <p>Its device reads frames late, at the end of the turn, as a NIC does: whoever changes a frame that the device still
 * holds sends rubbish, and the receiver's checksum tells.
 */
final class TcpHost implements IpLayer, Socket.Descriptors, AutoCloseable {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    static final int HEADER_ROOM = 34;

    final String name;
    final long addressLow;
    final VirtualClock clock;
    final Region region;
    final FramePool pool;
    final OperationTable operations = new OperationTable(8192);
    final Counters counters = Counters.inMemory();
    final Remedies remedies = new Remedies(counters);
    final TcpEngine engine;
    final Map<Integer, TcpSocket> sockets = new HashMap<>();
    private final Map<Integer, Op> waiting = new HashMap<>();
    private final Map<Long, Path> paths = new HashMap<>();
    private final Completion completion = new Completion();
    private int nextDescriptor = 1;

    SegmentSink wire;
    int mtu = 1500;
    /** How many segments the device's queue takes in a turn. */
    int transmitQueue = Integer.MAX_VALUE;
    /** The device gives frames back only after this many turns. */
    int deviceHoldsForTurns = 0;

    boolean unreachable;
    boolean noDescriptors;
    boolean noRoute;

    /** What its device does; before the first connection. */
    TxOffloads offloads = TxOffloads.NONE;
    /** How much payload each packet had that was given down with some. */
    final List<Integer> givenDown = new ArrayList<>();

    private final Burst staged = new Burst(8192);
    private final List<Buffer> heldFrames = new ArrayList<>();
    private final List<Integer> heldUntilTurn = new ArrayList<>();
    private final FlowKey arriving = new FlowKey();
    private int turn;

    TcpHost(String name, int ipv4, VirtualClock clock, TcpConfig config, int frames) {
        this(name, ipv4, clock, config, frames, 2048);
    }

    TcpHost(String name, int ipv4, VirtualClock clock, TcpConfig config, int frames, int frameBytes) {
        this.name = name;
        this.addressLow = 0xffff_0000_0000L | (ipv4 & 0xffff_ffffL);
        this.clock = clock;
        region = Region.mapSmall((long) frames * frameBytes);
        pool = FramePool.over(name, region, frameBytes, FramePool.DEFAULT_HEADROOM_BYTES);
        engine = new TcpEngine(
                new TransportContext(operations, pool, clock, this, remedies, new Secret(0x1234_5678L * ipv4, ipv4)),
                config);
        engine.descriptors(this);
    }

    /** An address of the tests with a port. */
    static Endpoint at(long low, int port) {
        return new Endpoint().set(0, low, port);
    }

    long counter(String counterName) {
        return counters.counter(counterName).get();
    }

    // ---- IP

    @Override
    public IpPath path(FlowKey flow) {
        return noRoute ? null : paths.computeIfAbsent(flow.remoteLow, Path::new);
    }

    @Override
    public boolean isLocal(long high, long low) {
        return high == 0 && low == addressLow;
    }

    @Override
    public void chooseLocal(FlowKey flow) {
        flow.local(0, addressLow);
    }

    private final class Path implements IpPath {
        private final long remoteLow;

        Path(long remoteLow) {
            this.remoteLow = remoteLow;
        }

        @Override
        public long pseudoHeaderSum(int protocol) {
            return Checksum.addressSum(0, addressLow) + Checksum.addressSum(0, remoteLow) + protocol;
        }

        @Override
        public boolean isIpv4() {
            return true;
        }

        @Override
        public int mtuPayloadBytes() {
            return mtu - 20;
        }

        @Override
        public int headerRoomBytes() {
            return HEADER_ROOM;
        }

        @Override
        public TxOffloads offloads() {
            return offloads;
        }

        @Override
        public SendResult send(
                Buffer frame, int offset, int lengthBytes, int protocol, boolean isData, TxPayload payload) {
            boolean cut = payload != null && payload.isSegmented();
            int length = lengthBytes + (payload == null ? 0 : payload.bodyBytes());
            boolean tooLong = length > (cut ? offloads.maxTsoBytes() + 20 : mtuPayloadBytes());
            if (offset < HEADER_ROOM || tooLong || protocol != 6) {
                throw new AssertionError("offset " + offset + ", length " + length + ", protocol " + protocol);
            }
            if (length != lengthBytes && !offloads.bodies()) {
                throw new AssertionError("bodies were not offered");
            }
            if (unreachable) {
                return SendResult.UNREACHABLE;
            }
            if (staged.count() >= transmitQueue || staged.isFull()) {
                return SendResult.QUEUE_FULL;
            }
            // What IP and Ethernet would write: rubbish here, so that payload in the way is noticed.
            for (int i = 1; i <= HEADER_ROOM; i++) {
                RawMemory.putByte(frame.frameAddress() + offset - i, (byte) 0xee);
            }
            ACCESS.hold(frame);
            TxQueue.add(staged, frame, offset, lengthBytes, 0, payload);
            if (length > 20) {
                givenDown.add(length - 20);
            }
            return SendResult.SENT;
        }
    }

    // ---- the facade

    @Override
    public int assign(Socket socket) {
        if (noDescriptors) {
            return 0;
        }
        sockets.put(nextDescriptor, (TcpSocket) socket);
        socket.descriptor(nextDescriptor);
        return nextDescriptor++;
    }

    @Override
    public void release(Socket socket) {
        sockets.remove(socket.descriptor());
    }

    TcpSocket open() {
        TcpSocket s = engine.open();
        if (s != null) {
            sockets.put(nextDescriptor, s);
            s.descriptor(nextDescriptor++);
        }
        return s;
    }

    /** The socket that refers to a connection. */
    TcpSocket socketOf(TcpConnection c) {
        return sockets.values().stream()
                .filter(s -> s.connection() == c)
                .findAny()
                .orElseThrow();
    }

    TcpSocket listen(int port, int backlog) {
        TcpSocket s = open();
        require(s.bind(at(0, port)));
        require(s.listen(backlog));
        return s;
    }

    private static void require(Status status) {
        if (status != Status.OK) {
            throw new AssertionError(status);
        }
    }

    private int slot(Op op, TcpSocket s) {
        int slot = operations.open(op.opcode, s.descriptor());
        if (slot == OperationTable.NONE) {
            throw new AssertionError("no slot");
        }
        waiting.put(slot, op);
        return slot;
    }

    Op connect(TcpSocket s, TcpHost to, int port) {
        return connect(s, to.addressLow, port);
    }

    Op connect(TcpSocket s, long toLow, int port) {
        Op op = new Op(Opcode.CONNECT);
        s.connect(slot(op, s), at(toLow, port));
        return op;
    }

    Op accept(TcpSocket s) {
        Op op = new Op(Opcode.ACCEPT);
        s.accept(slot(op, s));
        return op;
    }

    Op pop(TcpSocket s) {
        return pop(s, Integer.MAX_VALUE);
    }

    Op pop(TcpSocket s, int maxBytes) {
        Op op = new Op(Opcode.POP);
        s.pop(slot(op, s), maxBytes);
        return op;
    }

    void abort(TcpSocket s) {
        s.abort();
    }

    Op awaitRoom(TcpSocket s) {
        Op op = new Op(Opcode.ROOM);
        s.awaitRoom(slot(op, s));
        return op;
    }

    Op close(TcpSocket s) {
        Op op = new Op(Opcode.CLOSE);
        s.close(slot(op, s));
        return op;
    }

    /** Pushes bytes in frames of at most {@code perFrame}, and releases the chain at once. */
    Op push(TcpSocket s, byte[] bytes, int from, int length, int perFrame) {
        Buffer chain = pool.allocate(length, perFrame);
        if (chain == null) {
            return null;
        }
        int at = from;
        for (Buffer b = chain; b != null; b = b.next()) {
            b.putBytes(0, bytes, at, b.length());
            at += b.length();
        }
        Op op = new Op(Opcode.PUSH);
        s.push(slot(op, s), chain);
        chain.release();
        return op;
    }

    Op push(TcpSocket s, byte[] bytes) {
        return push(s, bytes, 0, bytes.length, 1460);
    }

    Op push(TcpSocket s, Buffer buffer) {
        Op op = new Op(Opcode.PUSH);
        s.push(slot(op, s), buffer);
        return op;
    }

    /** Takes what has completed. Returns how many. */
    int takeCompletions() {
        int count = 0;
        for (int slot = operations.firstDone(); slot != OperationTable.NONE; slot = operations.firstDone()) {
            operations.take(slot, completion);
            Op op = waiting.remove(slot);
            op.complete(completion);
            if (completion.newQueue() != 0) {
                op.accepted = sockets.get(completion.newQueue());
            }
            count++;
        }
        return count;
    }

    // ---- the device and the loop

    /** A segment arrives: it is copied to a frame of this host's pool. Lost if none is free, as on a NIC. */
    void receive(TcpHost from, long address, int lengthBytes) {
        receive(from.addressLow, address, lengthBytes);
    }

    void receive(long fromLow, long address, int lengthBytes) {
        Buffer frame = ACCESS.allocateReserved(pool);
        if (frame == null) {
            return;
        }
        int offset = pool.headroomBytes() + HEADER_ROOM;
        RawMemory.copy(address, frame.frameAddress() + offset, lengthBytes);
        engine.input()
                .receive(
                        frame,
                        offset,
                        lengthBytes,
                        false,
                        arriving.remote(0, fromLow).local(0, addressLow));
    }

    /** Timers, transmission, the device. Returns whether anything happened. */
    boolean endTurn() {
        turn++;
        int work = engine.fireTimers(clock.nanos());
        work += engine.transmit();
        work += staged.count();
        for (int i = 0; i < staged.count(); i++) {
            if (staged.flags(i) == 0) {
                wire.carry(this, staged.address(i), staged.length(i)); // from where it lies, as tests look at
            } else {
                carryInPieces(i);
            }
            keep(staged.frame(i));
            if (staged.hasBody(i)) {
                keep(staged.body(i));
            }
        }
        staged.clear();
        giveFramesBack(false);
        return work > 0;
    }

    private void carryInPieces(int i) {
        for (byte[] segment : Segmenter.segments(staged, i)) {
            try (Arena arena = Arena.ofConfined()) {
                long at = arena.allocate(segment.length).address();
                RawMemory.copyFrom(segment, 0, at, segment.length);
                wire.carry(this, at, segment.length);
            }
        }
    }

    private void keep(Buffer frame) {
        heldFrames.add(frame);
        heldUntilTurn.add(turn + deviceHoldsForTurns);
    }

    private void giveFramesBack(boolean all) {
        int kept = 0;
        for (int i = 0; i < heldFrames.size(); i++) {
            if (all || heldUntilTurn.get(i) <= turn) {
                ACCESS.unhold(heldFrames.get(i));
            } else {
                heldFrames.set(kept, heldFrames.get(i));
                heldUntilTurn.set(kept++, heldUntilTurn.get(i));
            }
        }
        heldFrames.subList(kept, heldFrames.size()).clear();
        heldUntilTurn.subList(kept, heldUntilTurn.size()).clear();
    }

    boolean holdsFrames() {
        return !heldFrames.isEmpty();
    }

    /** Closes the engine, lets the device finish, and frees what completed pops still carry. */
    void shutDown() {
        engine.close();
        endTurn();
        giveFramesBack(true);
        takeCompletions();
    }

    Endpoint endpoint() {
        return new Endpoint().set(0, addressLow, 0);
    }

    @Override
    public void close() {
        pool.close();
        region.close();
    }
}
