package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.datapath.wire.Checksum;
import io.penstock.datapath.wire.TcpHeader;
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
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import io.penstock.testkit.Garbage;
import org.junit.jupiter.api.Test;

/** The packet path makes no garbage: a hundred thousand echoes, and half as many with every twentieth segment lost. */
class ZeroAllocationTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int ROUND_TRIPS = 100_000;
    /** Until the compiler has seen everything: interpreted code boxes what it hands to variable handles. */
    private static final int WARM_UP = 50_000;

    private final VirtualClock clock = new VirtualClock();
    private final Node client = new Node(1);
    private final Node server = new Node(2);
    private int lossEvery;
    private int carried;

    /** An engine and a wire, with nothing in between that could make garbage itself. */
    private final class Node implements IpLayer, IpPath {
        private final long low;
        private final Region region = Region.mapSmall(256 * 2048);
        private final FramePool pool = FramePool.over("node", region, 2048, 256);
        private final OperationTable operations = new OperationTable(64);
        private final Completion completion = new Completion();
        private final TcpEngine engine;
        private final Buffer[] frames = new Buffer[256];
        private final int[] offsets = new int[256];
        private final int[] lengths = new int[256];
        private int staged;
        private Node other;
        private TcpSocket socket;
        private long receivedBytes;
        private final FlowKey arriving = new FlowKey();

        Node(int number) {
            low = 0xffff_c612_0000L + number;
            engine = new TcpEngine(
                    new TransportContext(operations, pool, clock, this, Remedies.inMemory(), new Secret(1, number)),
                    TcpConfig.defaults());
        }

        @Override
        public IpPath path(FlowKey flow) {
            return this;
        }

        @Override
        public boolean isLocal(long high, long candidate) {
            return candidate == low;
        }

        @Override
        public void chooseLocal(FlowKey flow) {
            flow.local(0, low);
        }

        @Override
        public boolean isIpv4() {
            return true;
        }

        @Override
        public long pseudoHeaderSum(int protocol) {
            return Checksum.addressSum(0, low) + Checksum.addressSum(0, other.low) + protocol;
        }

        @Override
        public int mtuPayloadBytes() {
            return 1480;
        }

        @Override
        public int headerRoomBytes() {
            return 34;
        }

        @Override
        public TxOffloads offloads() {
            return TxOffloads.NONE;
        }

        @Override
        public SendResult send(
                Buffer frame, int offset, int lengthBytes, int protocol, boolean isData, TxPayload rest) {
            if (staged == frames.length) {
                return SendResult.QUEUE_FULL;
            }
            ACCESS.hold(frame);
            frames[staged] = frame;
            offsets[staged] = offset;
            lengths[staged++] = lengthBytes;
            return SendResult.SENT;
        }

        int slot(Opcode opcode) {
            return operations.open(opcode, socket.descriptor());
        }

        void endTurn() {
            engine.fireTimers(clock.nanos());
            engine.transmit();
            for (int i = 0; i < staged; i++) {
                if (lossEvery == 0 || ++carried % lossEvery != 0) {
                    Buffer to = ACCESS.allocateReserved(other.pool);
                    RawMemory.copy(frames[i].frameAddress() + offsets[i], to.frameAddress() + 290, lengths[i]);
                    other.engine
                            .input()
                            .receive(
                                    to,
                                    290,
                                    lengths[i],
                                    false,
                                    arriving.remote(0, low).local(0, other.low));
                }
                ACCESS.unhold(frames[i]);
                frames[i] = null;
            }
            staged = 0;
        }

        /** Echoes (the server) or counts (the client) what came, and asks for more. */
        boolean work(boolean echo) {
            boolean worked = false;
            for (int s = operations.firstDone(); s != OperationTable.NONE; s = operations.firstDone()) {
                worked = true;
                operations.take(s, completion);
                if (completion.opcode() == Opcode.POP) {
                    Buffer b = completion.buffer();
                    receivedBytes += b.length();
                    if (echo) {
                        socket.push(slot(Opcode.PUSH), b);
                    }
                    b.release();
                    socket.pop(slot(Opcode.POP), Integer.MAX_VALUE);
                }
            }
            return worked;
        }
    }

    private void connect() {
        client.other = server;
        server.other = client;
        TcpSocket listener = server.engine.open();
        listener.bind(TcpHost.at(0, 7));
        listener.listen(4);
        server.engine.descriptors(new Socket.Descriptors() {
            @Override
            public int assign(Socket accepted) {
                server.socket = (TcpSocket) accepted;
                return 1;
            }

            @Override
            public void release(Socket accepted) {}
        });
        listener.accept(server.operations.open(Opcode.ACCEPT, 1));
        client.socket = client.engine.open();
        client.socket.connect(client.slot(Opcode.CONNECT), TcpHost.at(server.low, 7));
        while (server.socket == null) {
            client.endTurn();
            server.endTurn();
        }
        client.work(false);
        server.work(false);
        client.socket.pop(client.slot(Opcode.POP), Integer.MAX_VALUE);
        server.socket.pop(server.slot(Opcode.POP), Integer.MAX_VALUE);
    }

    private void roundTrips(int count, int bytes) {
        for (int i = 0; i < count; i++) {
            long expected = client.receivedBytes + bytes;
            Buffer request = client.pool.allocate().length(bytes);
            client.socket.push(client.slot(Opcode.PUSH), request);
            request.release();
            while (client.receivedBytes < expected) {
                client.endTurn();
                boolean worked = server.work(true);
                server.endTurn();
                worked |= client.work(false);
                if (!worked) {
                    long next = Math.min(client.engine.nextDeadlineNanos(), server.engine.nextDeadlineNanos());
                    clock.advanceTo(Math.min(next, clock.nanos() + 100_000_000));
                } else {
                    clock.advance(2_000);
                }
            }
        }
    }

    private void warmUp(int bytes) {
        connect();
        roundTrips(WARM_UP, bytes);
    }

    private void finish() {
        server.engine.close();
        client.engine.close();
        client.endTurn();
        server.endTurn();
        assertThat(server.pool.framesInUse() + client.pool.framesInUse()).isZero();
        server.region.close();
        client.region.close();
    }

    @Test
    void echoesMakeNoGarbage() {
        warmUp(64);
        Garbage.assertNone(() -> roundTrips(ROUND_TRIPS / 10, 64));
        finish();
    }

    /** SYNs of strangers, none of whom answers. */
    private void flood(int count) {
        for (int i = 0; i < count; i++) {
            Buffer frame = ACCESS.allocateReserved(server.pool);
            long header = frame.frameAddress() + 290;
            TcpHeader.ports(header, (1 + (i & 0x7fff)) << 16 | 7);
            TcpHeader.write(header, i, 0, TcpHeader.headerBytesAndFlags(TcpHeader.LENGTH_BYTES, TcpHeader.SYN), 1_000);
            long stranger = client.low + (i >>> 15) + 1;
            server.engine
                    .input()
                    .receive(
                            frame,
                            290,
                            TcpHeader.LENGTH_BYTES,
                            true,
                            server.arriving.remote(0, stranger).local(0, server.low));
            if (i % 64 == 0) {
                clock.advance(50_000);
                server.endTurn();
                client.endTurn();
            }
        }
    }

    @Test
    void aFloodOfSynsMakesNoGarbage() {
        warmUp(64);
        flood(WARM_UP);
        Garbage.assertNone(() -> flood(ROUND_TRIPS));
        assertThat(server.engine.context().halfOpen.size()).isGreaterThan(10_000);
        while (server.engine.context().halfOpen.size() > 0) {
            clock.advance(10_000_000_000L);
            server.engine.fireTimers(clock.nanos());
        }
        finish();
    }

    @Test
    void lossAndItsRepairMakeNoGarbage() {
        lossEvery = 20;
        warmUp(1460);
        Garbage.assertNone(() -> roundTrips(ROUND_TRIPS / 20, 1460));
        finish();
    }
}
