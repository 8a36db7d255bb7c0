package io.penstock.libos.tcp.udp;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Status;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.datapath.wire.Checksum;
import io.penstock.datapath.wire.Ipv4Header;
import io.penstock.datapath.wire.UdpHeader;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.IpLayer;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.ip.PartialChecksums;
import io.penstock.libos.tcp.ip.PortTable;
import io.penstock.libos.tcp.ip.SendResult;
import io.penstock.libos.tcp.ip.TransportContext;
import io.penstock.libos.tcp.link.Drop;
import io.penstock.libos.tcp.link.Drops;
import io.penstock.libos.tcp.link.TxPayload;
import io.penstock.libos.tcp.link.TxQueue;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.grant.FrameGrant;
import java.security.SecureRandom;

/**
 * UDP for one stack: finds the queue of a datagram by its port, and sends. Knows nothing of the IP version.
 *
 * <p>A port belongs to one queue. A push is complete when its bytes may change: when the device has given the frame back, or
 * a copy was made. While the transmit queue is full, pushes wait in order. Until the neighbour has answered, copies wait for
 * it; when too many do so already, a push ends with TRY_AGAIN. Owner's thread.
 */
public final class UdpLayer {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    /** RFC 6335, section 6: the dynamic ports. RFC 6056: chosen at random, so that answers cannot be forged blindly. */
    private static final int FIRST_EPHEMERAL_PORT = 49152;

    /** A copy of less costs less than to have the device fetch a second piece. */
    private static final int MIN_BODY_BYTES = 512;

    private final OperationTable operations;
    private final FramePool pool;
    private final IpLayer ip;
    private final TxQueue tx;
    private final Drops drops;
    private final PartialChecksums partialChecksums;
    private final PortTable<UdpQueue> ports = new PortTable<>(FIRST_EPHEMERAL_PORT, 65_535);
    private final FlowKey flow = new FlowKey();
    private final WaitingPushes waiting = new WaitingPushes();
    private final SentPushes sentPushes;
    private final WaitingForRoom waitingForRoom;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final TxPayload rest = new TxPayload();
    private final Counter received;
    private final Counter sent;
    private final Counter copied;
    private final Counter gathered;
    private final Counter refused;
    private final QueuedFrames queued;
    /** Some push waits, or some queue for room for one: if not, a turn has nothing to do here. */
    private boolean somethingWaits;

    public UdpLayer(TransportContext context, TxQueue tx) {
        this.operations = context.operations();
        this.sentPushes = new SentPushes(operations);
        this.waitingForRoom = new WaitingForRoom(operations);
        this.clock = context.clock();
        this.pool = context.pool();
        this.ip = context.ip();
        this.tx = tx;
        this.drops = new Drops(context.remedies());
        this.partialChecksums = new PartialChecksums(context);
        this.received = context.counters().counter("udp.received");
        this.sent = context.counters().counter("udp.sent");
        this.copied = context.counters().counter("udp.sent.copied");
        this.gathered = context.counters().counter("udp.sent.gathered");
        this.refused = context.counters().counter("udp.sent.try-again");
        this.queued = new QueuedFrames(pool.capacityFrames() / 2);
    }

    OperationTable operations() {
        return operations;
    }

    FramePool pool() {
        return pool;
    }

    QueuedFrames queued() {
        return queued;
    }

    // ---- receiving

    /**
     * A datagram came in.
     *
     * @param frame its reference passes to UDP if the answer is true
     * @param udpOffset where the UDP header begins in the frame, at least 34
     * @param lengthBytes what IP says: header and payload
     * @param verified whether the device has found the checksum right
     * @param flow the packet's addresses; its ports are set here
     * @return false if nobody listens at its port
     */
    public boolean receive(Buffer frame, int udpOffset, int lengthBytes, boolean verified, FlowKey flow) {
        long at = frame.frameAddress() + udpOffset;
        int length = lengthBytes < UdpHeader.LENGTH ? 0 : UdpHeader.length(at);
        if (length < UdpHeader.LENGTH || length > lengthBytes) {
            drops.drop(frame, Drop.UDP_MALFORMED);
            return true;
        }
        if (!verified && UdpHeader.checksum(at) != 0) {
            long pseudoHeader = Checksum.addressSum(flow.remoteHigh, flow.remoteLow)
                    + Checksum.addressSum(flow.localHigh, flow.localLow)
                    + (Ipv4Header.PROTOCOL_UDP + length);
            if (Checksum.fold(pseudoHeader + Checksum.sum(at, length)) != 0xffff
                    && isWrong(frame, UdpHeader.checksum(at), pseudoHeader, flow.remoteLow)) {
                return true;
            }
        }
        flow.ports = FlowKey.ports(UdpHeader.destinationPort(at), UdpHeader.sourcePort(at));
        UdpQueue socket = socket(flow);
        if (socket == null || !socket.hears(flow)) {
            return false;
        }
        int payloadLength = length - UdpHeader.LENGTH;
        if (!socket.hasRoomFor(payloadLength)) {
            drops.drop(frame, Drop.UDP_QUEUE_FULL, socket.localPort());
            return true;
        }
        if (queued.isFull()) {
            drops.drop(frame, Drop.UDP_FRAMES_FULL, queued.max);
            return true;
        }
        received.increment();
        socket.received(frame, udpOffset + UdpHeader.LENGTH, payloadLength, flow);
        return true;
    }

    /** Whether a checksum that does not fit is wrong; then the datagram is dropped. */
    private boolean isWrong(Buffer frame, int checksum, long pseudoHeader, long sourceLow) {
        if (!partialChecksums.isPartial(checksum, pseudoHeader, sourceLow)) {
            drops.drop(frame, Drop.UDP_CHECKSUM);
            return true;
        }
        if (partialChecksums.areTaken()) {
            return false;
        }
        frame.release();
        return true;
    }

    /** ICMP says that a datagram did not arrive. Only a connected queue can be told which. */
    public void onUnreachable(FlowKey flow, Status status) {
        UdpQueue socket = socket(flow);
        if (socket != null && socket.path != null && socket.isConnectedTo(flow)) {
            socket.failed(status);
        }
    }

    /** Whether a datagram between these can be one of ours, as an ICMP error says. */
    public boolean mayHaveSent(FlowKey flow) {
        UdpQueue socket = socket(flow);
        return socket != null && (socket.path == null || socket.isConnectedTo(flow));
    }

    // ---- addresses

    /** A port belongs to one queue, whatever the address that it is bound to. */
    private UdpQueue socket(FlowKey flow) {
        PortTable.Binding<UdpQueue> binding = ports.first(flow.localPort());
        return binding == null ? null : binding.owner();
    }

    Status bind(UdpQueue socket, long high, long low, int port) {
        if (socket.binding != null) {
            return Status.INVALID;
        }
        boolean any = FlowKey.isAny(high, low);
        if (!any && !ip.isLocal(high, low)) {
            return Status.ADDRESS_NOT_AVAILABLE;
        }
        int chosen = port == 0 ? ports.choose(random.nextInt(), _ -> true) : port;
        if (chosen == 0 || !ports.isUnused(chosen)) {
            return Status.ADDRESS_IN_USE;
        }
        socket.localHigh = any ? 0 : high;
        socket.localLow = any ? 0 : low;
        socket.binding = ports.add(socket.localHigh, socket.localLow, chosen, socket);
        return Status.OK;
    }

    Status connect(UdpQueue socket, Endpoint remote) {
        if (remote.port() == 0 || FlowKey.isAny(remote.high(), remote.low())) {
            return Status.INVALID;
        }
        IpPath path = ip.path(flow.local(0, 0).remote(remote.high(), remote.low()));
        if (path == null) {
            return Status.NETWORK_UNREACHABLE;
        }
        if (socket.binding == null) {
            Status bound = bind(socket, 0, 0, 0);
            if (bound != Status.OK) {
                return bound;
            }
        }
        path.retain();
        if (socket.path != null) {
            socket.path.release();
        }
        socket.path = path;
        socket.remote.copyFrom(remote);
        ip.chooseLocal(flow);
        socket.localHigh = flow.localHigh;
        socket.localLow = flow.localLow;
        return Status.OK;
    }

    // ---- sending

    /** Whether one more push can be taken, of whichever queue. */
    boolean canPush() {
        return !waiting.isFull() && !sentPushes.isFull();
    }

    void sendTo(UdpQueue socket, int slot, Buffer buffer, Endpoint remote) {
        int port = remote.port();
        IpPath path = port == 0 ? null : ip.path(flow.local(0, 0).remote(remote.high(), remote.low()));
        Status refusal = port == 0 ? Status.INVALID : path == null ? Status.NETWORK_UNREACHABLE : Status.OK;
        if (refusal == Status.OK && socket.binding == null) {
            refusal = bind(socket, 0, 0, 0);
        }
        if (refusal == Status.OK) {
            send(socket, slot, buffer, path, port);
        } else {
            operations.complete(slot, refusal);
        }
    }

    void send(UdpQueue socket, int slot, Buffer buffer, IpPath path, int port) {
        int payload = buffer.next() == null ? buffer.length() : buffer.chainLength();
        int length = payload + UdpHeader.LENGTH;
        if (length > path.datagramBytes()) {
            operations.complete(slot, Status.MESSAGE_TOO_LONG);
            return;
        }
        // Of a frame that is another thread's nobody here sees when it comes back; and who does not answer may take
        // seconds.
        boolean reachable = buffer.next() == null
                && buffer.pool().region() == pool.region()
                && buffer.pool().isOwner()
                && path.isReady();
        boolean inPlace =
                reachable && buffer.headroomIsFree() && buffer.offset() >= path.headerRoomBytes() + UdpHeader.LENGTH;
        boolean gathered = !inPlace
                && reachable
                && payload >= MIN_BODY_BYTES
                && path.offloads().bodies();
        if (gathered && waiting.isEmpty() && !tx.isFull(TxQueue.UDP)) {
            sendGathered(socket, slot, buffer, path, port);
            return;
        }
        Buffer frame = buffer;
        if (!inPlace) {
            frame = gather(buffer, payload);
            if (frame == null) {
                operations.complete(slot, Status.NO_MEMORY);
                return;
            }
            copied.increment();
        }
        int offset = frame.offset() - UdpHeader.LENGTH;
        writeHeader(frame.frameAddress() + offset, socket.localPort(), port, path, frame.address(), payload);
        operations.lengthBytes(slot, payload);
        if (!waiting.isEmpty() || tx.isFull(TxQueue.UDP)) {
            ACCESS.hold(frame);
            waiting.add(socket, slot, path, frame, offset, length);
            somethingWaits = true;
        } else {
            SendResult result = path.send(frame, offset, length, Ipv4Header.PROTOCOL_UDP);
            finish(socket, slot, result, inPlace ? frame : null);
        }
        if (!inPlace) {
            frame.release();
        }
    }

    /** Sends the payload from where it lies, with its header in a frame of its own. */
    private void sendGathered(UdpQueue socket, int slot, Buffer buffer, IpPath path, int port) {
        Buffer head = pool.allocate();
        if (head == null) {
            operations.complete(slot, Status.NO_MEMORY);
            return;
        }
        int payload = buffer.length();
        int offset = Math.max(head.offset(), path.headerRoomBytes());
        writeHeader(head.frameAddress() + offset, socket.localPort(), port, path, buffer.address(), payload);
        operations.lengthBytes(slot, payload);
        rest.body(ACCESS.frameOf(buffer), buffer.offset(), payload);
        SendResult result = path.send(head, offset, UdpHeader.LENGTH, Ipv4Header.PROTOCOL_UDP, false, rest);
        finish(socket, slot, result, ACCESS.frameOf(buffer));
        head.release();
        gathered.increment();
    }

    private static void writeHeader(long at, int localPort, int port, IpPath path, long payloadAt, int payloadBytes) {
        int length = payloadBytes + UdpHeader.LENGTH;
        long sum = path.pseudoHeaderSum(Ipv4Header.PROTOCOL_UDP) + length;
        if (path.offloads().udpChecksum()) {
            UdpHeader.write(at, localPort, port, length, Checksum.fold(sum));
            return;
        }
        UdpHeader.write(at, localPort, port, length, 0);
        int checksum =
                Checksum.complement(sum + Checksum.sum(at, UdpHeader.LENGTH) + Checksum.sum(payloadAt, payloadBytes));
        // A checksum of zero would mean that there is none (RFC 768): its other form stands for it.
        UdpHeader.write(at, localPort, port, length, checksum == 0 ? 0xffff : checksum);
    }

    private Buffer gather(Buffer chain, int lengthBytes) {
        Buffer copy = pool.allocate();
        if (copy == null) {
            return null;
        }
        if (copy.capacity() < lengthBytes) {
            copy.release();
            return null;
        }
        copy.length(lengthBytes);
        int at = 0;
        for (Buffer b = chain; b != null; b = b.next()) {
            copy.putBytes(at, b, 0, b.length());
            at += b.length();
        }
        return copy;
    }

    /** @param own the application's frame, if the datagram went out of it; null if a copy did */
    private void finish(UdpQueue socket, int slot, SendResult result, Buffer own) {
        switch (result) {
            case SENT -> {
                sent.increment();
                if (own == null) {
                    operations.complete(slot, Status.OK);
                } else {
                    sentPushes.add(socket, slot, own);
                    somethingWaits = true;
                }
            }
            case QUEUE_FULL, NEIGHBOUR_BUSY -> {
                refused.increment();
                operations.lengthBytes(slot, 0);
                operations.complete(slot, Status.TRY_AGAIN);
            }
            case UNREACHABLE -> {
                operations.lengthBytes(slot, 0);
                operations.complete(slot, Status.HOST_UNREACHABLE);
            }
        }
    }

    /** Ends the slot when a push may be taken. */
    void awaitRoom(UdpQueue socket, int slot) {
        waitingForRoom.add(socket, slot);
        somethingWaits = true;
    }

    /** Sends what waited for room in the transmit queue, in order. */
    public int transmit() {
        return somethingWaits ? transmitWaiting() : 0;
    }

    private int transmitWaiting() {
        int count = 0;
        while (!waiting.isEmpty() && !tx.isFull(TxQueue.UDP) && !sentPushes.isFull()) {
            int first = waiting.first();
            Buffer frame = waiting.frame(first);
            UdpQueue socket = waiting.socket(first);
            if (frame != null) {
                sendWaiting(socket, first, frame);
                left(socket);
                count++;
            }
            waiting.removeFirst();
        }
        return count;
    }

    private void sendWaiting(UdpQueue socket, int i, Buffer frame) {
        IpPath path = waiting.path(i);
        int offset = waiting.offset(i);
        int length = waiting.length(i);
        Buffer own = frame;
        SendResult result;
        if (path.isReady()) {
            result = path.send(frame, offset, length, Ipv4Header.PROTOCOL_UDP);
        } else {
            own = null; // it was known when the push came
            result = sendCopy(path, frame, offset, length);
        }
        ACCESS.unhold(frame);
        if (waiting.slot(i) != OperationTable.NONE) {
            finish(socket, waiting.slot(i), result, own);
        }
    }

    private SendResult sendCopy(IpPath path, Buffer frame, int offset, int lengthBytes) {
        Buffer copy = pool.allocate();
        if (copy == null) {
            return SendResult.NEIGHBOUR_BUSY;
        }
        RawMemory.copy(frame.frameAddress() + offset, copy.frameAddress() + offset, lengthBytes);
        copied.increment();
        SendResult result = path.send(copy, offset, lengthBytes, Ipv4Header.PROTOCOL_UDP);
        copy.release();
        return result;
    }

    /** Ends pushes whose frames the device has given back, and tells who waits for room. Returns how many pushes it were. */
    public int completeSent() {
        return somethingWaits ? lookAfterWaiting() : 0;
    }

    private int lookAfterWaiting() {
        int done = sentPushes.complete(clock.nanos());
        waitingForRoom.serve();
        somethingWaits = !(waiting.isEmpty() && sentPushes.isEmpty() && waitingForRoom.isEmpty());
        return done;
    }

    /** Whether pushes wait for the device to give their frames back. */
    public boolean waitsForDevice() {
        return !sentPushes.isEmpty();
    }

    private void left(UdpQueue socket) {
        socket.waitingPushes--;
        if (socket.waitingPushes == 0 && socket.closeSlot != OperationTable.NONE) {
            operations.complete(socket.closeSlot, Status.OK);
            socket.closeSlot = OperationTable.NONE;
        }
    }

    // ---- closing

    void close(UdpQueue socket, int slot, boolean discard) {
        socket.discardReceived();
        waitingForRoom.cancel(socket);
        if (socket.binding != null) {
            ports.remove(socket.binding);
            socket.binding = null;
        }
        if (socket.waitingPushes > 0) {
            cancelWaiting(socket, discard);
        }
        sentPushes.endAll(socket);
        if (socket.path != null) {
            socket.path.release();
            socket.path = null;
        }
        if (slot == OperationTable.NONE) {
            return;
        }
        if (socket.waitingPushes == 0) {
            operations.complete(slot, Status.OK);
        } else {
            socket.closeSlot = slot;
        }
    }

    private void cancelWaiting(UdpQueue socket, boolean discard) {
        for (int i = waiting.first(), n = waiting.count(); n > 0; i = waiting.following(i), n--) {
            if (waiting.socket(i) == socket) {
                if (waiting.slot(i) != OperationTable.NONE) {
                    operations.lengthBytes(waiting.slot(i), 0);
                    operations.complete(waiting.slot(i), Status.CANCELLED);
                    waiting.forgetSlot(i);
                }
                if (discard && waiting.frame(i) != null) {
                    ACCESS.unhold(waiting.frame(i));
                    waiting.forgetFrame(i);
                    socket.waitingPushes--;
                }
            }
        }
    }

    /** Gives back the frames that wait to be sent. */
    public void close() {
        while (!waiting.isEmpty()) {
            Buffer frame = waiting.frame(waiting.first());
            if (frame != null) {
                ACCESS.unhold(frame);
            }
            waiting.removeFirst();
        }
    }
}
