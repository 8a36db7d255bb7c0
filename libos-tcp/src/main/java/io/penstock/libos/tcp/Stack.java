package io.penstock.libos.tcp;

import io.penstock.datapath.Completion;
import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.QueueOption;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortLease;
import io.penstock.datapath.device.PortRelay;
import io.penstock.datapath.poll.Idle;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.datapath.stack.PollLoop;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.datapath.wire.Ipv4Header;
import io.penstock.datapath.wire.MacAddress;
import io.penstock.libos.tcp.arp.AddressProbe;
import io.penstock.libos.tcp.arp.ArpHandler;
import io.penstock.libos.tcp.config.LocalAddress;
import io.penstock.libos.tcp.config.StackSettings;
import io.penstock.libos.tcp.icmp.IcmpHandler;
import io.penstock.libos.tcp.input.EthernetInput;
import io.penstock.libos.tcp.input.Ipv4Input;
import io.penstock.libos.tcp.input.SiblingInput;
import io.penstock.libos.tcp.ip.Socket;
import io.penstock.libos.tcp.ip.TransportContext;
import io.penstock.libos.tcp.ipv4.Ipv4Layer;
import io.penstock.libos.tcp.link.Siblings;
import io.penstock.libos.tcp.link.TxQueue;
import io.penstock.libos.tcp.tcp.TcpEngine;
import io.penstock.libos.tcp.udp.UdpLayer;
import io.penstock.libos.tcp.udp.UdpSocket;
import io.penstock.linux.StartConditions;
import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.FramePool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ethernet to TCP on one device, in user space, for one thread: the queue-token API over everything in this module.
 *
 * <pre>
 *   Stack                        queues, tokens, completions
 *   TcpEngine     UdpLayer       transports
 *   Ipv4Layer     IcmpHandler    paths to peers
 *   ArpHandler    TxQueue        the link
 *   PacketQueue                  AF_XDP, DPDK, TAP, a wire
 * </pre>
 *
 * <p>The thread that opens a stack owns it. See {@link LibOs} for the rules of every operation.
 */
public final class Stack implements LibOs {
    private static final Logger LOG = LoggerFactory.getLogger(Stack.class);
    private static final int SEGMENT_HEADERS_BYTES = Ipv4Header.LENGTH + 20;
    private static final int DATAGRAM_HEADERS_BYTES = Ipv4Header.LENGTH + 8;

    private final Publication publication;
    private final Counters counters;
    private final StackMemory memory;
    private final FramePool pool;
    private final PacketQueue device;
    private final TxQueue tx;
    private final ArpHandler arp;
    private final UdpLayer udp;
    private final TcpEngine tcp;
    private final StackLoop work;
    private final OperationTable operations;
    private final Refusals refusals;
    private final QueueTable queues;
    private final PollLoop loop;
    private final Drain drain;
    private final Ipv4Layer ip;
    /** Null if this stack has all of its port. */
    private final Siblings siblings;

    /**
     * Opens a device and makes a stack on it, which the calling thread owns. Of a port that several stacks share, each is
     * opened on one queue ({@link DeviceFactory#queueOf}), on a thread of its own.
     *
     * @throws ConfigurationException if something that was asked for cannot be had, or Java was started without a flag that
     *     Penstock needs; nothing is left half done
     * @throws io.penstock.memory.OutOfMemoryRegionException if there is no memory for the frames
     */
    public static Stack open(StackConfig config) {
        requireConditions();
        return open(new StackParts(config));
    }

    /**
     * Does the privileged half of {@link #open(StackConfig)}, for another process to do the rest: device and memory. The
     * device is the lease's as long as a process holds it.
     *
     * @throws ConfigurationException if it cannot be had or handed over; nothing is left half done
     * @throws io.penstock.memory.OutOfMemoryRegionException if there is no memory for the frames
     */
    public static PortLease acquire(StackConfig config) {
        requireConditions();
        return Leases.acquire(config);
    }

    private static void requireConditions() {
        String complaint = StartConditions.complaint();
        if (complaint != null) {
            throw new ConfigurationException(complaint);
        }
    }

    /**
     * Makes a stack on a device that was acquired before, which takes no privilege. The calling thread owns it.
     *
     * @param config as it was given to {@link #acquire}: what frames there are cannot be chosen any more
     * @param lease what that returned, received from the other process; the stack's from now on, closed if this fails
     * @throws ConfigurationException if something that was asked for cannot be had; nothing is left half done
     */
    public static Stack open(StackConfig config, PortLease lease) {
        boolean opened = false;
        try {
            requireConditions();
            Stack stack = open(Leases.parts(config, lease));
            opened = true;
            return stack;
        } finally {
            if (!opened) {
                lease.close();
            }
        }
    }

    private static Stack open(StackParts parts) {
        try {
            return open(parts, parts.memory());
        } catch (RuntimeException e) {
            parts.publication.discard();
            throw e;
        }
    }

    private static Stack open(StackParts parts, StackMemory memory) {
        try {
            PacketQueue device = parts.openDevice(memory.frames());
            try {
                return new Stack(parts, memory, device);
            } catch (RuntimeException e) {
                device.close();
                throw e;
            }
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    private Stack(StackParts parts, StackMemory memory, PacketQueue device) {
        this.publication = parts.publication;
        this.counters = parts.counters;
        this.memory = memory;
        this.pool = memory.frames();
        this.device = device;
        DeviceInfo info = device.info();
        checkMtu(info, pool);
        checkAddressIsFree(parts, device, pool);
        StackConfig config = parts.config;
        this.operations = new OperationTable(config.maxOperations());
        this.queues = new QueueTable(config.maxQueues());
        this.refusals = new Refusals(parts.remedies, operations, config.maxQueues());
        this.tx = new TxQueue(device, parts.counters);
        this.arp = new ArpHandler(config.network(), info.macAddress(), pool, tx, parts.clock, parts.remedies);
        Ipv4Layer ip = new Ipv4Layer(config.network(), info, tx, arp.neighbours(), parts.clock, parts.secret);
        TransportContext context =
                new TransportContext(operations, pool, parts.clock, ip, parts.remedies, parts.secret);
        this.udp = new UdpLayer(context, tx);
        this.tcp = new TcpEngine(context, config.tcp());
        this.tcp.descriptors(new AcceptedQueues(queues, refusals));
        IcmpHandler icmp = new IcmpHandler(ip, parts.clock, parts.secret, parts.remedies);
        icmp.transports(udp, tcp);
        arp.neighbours().onGivenUp(icmp::givenUp);
        Ipv4Input ipv4 = new Ipv4Input(config.network(), icmp, udp, tcp.input(), parts.remedies);
        this.work = new StackLoop(device, memory, parts.clock, tx, parts.remedies);
        this.work.layers(new EthernetInput(device, arp, ipv4, parts.remedies), arp.neighbours(), udp, tcp);
        this.work.follows(ip);
        this.ip = ip;
        if (device.kernelAnswersArp()) {
            arp.leaveAnswers();
        }
        Idle idle = parts.idle(device);
        this.loop = new PollLoop(work, operations, parts.clock, idle, parts.remedies);
        this.drain = new Drain(this, queues, tcp, parts.clock);
        this.siblings = device.relay() == null ? null : join(device.relay(), icmp, parts.remedies);
        arp.announceTwice();
        publication.opened(info, idle.spins());
        LOG.info("{} on {} ({})", LocalAddress.format(config.addresses()), info.name(), info.mode());
        if (!notice().isEmpty()) {
            LOG.info("{}", notice());
        }
    }

    private Siblings join(PortRelay relay, IcmpHandler icmp, Remedies remedies) {
        SiblingInput input = new SiblingInput(arp, icmp);
        Runnable hear = () -> siblings.hear(input);
        Siblings joined = new Siblings(relay, () -> loop.post(hear), remedies);
        arp.siblings(joined);
        icmp.siblings(joined);
        return joined;
    }

    private static void checkMtu(DeviceInfo info, FramePool pool) {
        int largest = pool.payloadBytes() - EthernetHeader.LENGTH;
        if (info.mtuBytes() > largest) {
            throw new ConfigurationException("MTU " + info.mtuBytes() + " of '" + info.name()
                    + "' does not fit into frames of " + pool.strideBytes() + " bytes (" + pool.payloadBytes()
                    + " behind the headroom): lower the MTU to " + largest
                    + (pool.strideBytes() < 4096
                            ? " or take larger frames (StackConfig.frameBytes(4096))"
                            : " or less"));
        }
    }

    private static void checkAddressIsFree(StackParts parts, PacketQueue device, FramePool pool) {
        if (parts.clock.isVirtual() || !parts.config.values().get(StackSettings.PROBE_ADDRESS)) {
            return;
        }
        if (device.relay() != null && !device.relay().isEmpty()) {
            return; // whoever has it would answer on another's queue, whose stack defends it or hands the answer on
        }
        for (LocalAddress local : parts.config.addresses()) {
            int address = (int) local.low();
            long holder = new AddressProbe(device, pool, address).run();
            if (holder != 0) {
                throw new ConfigurationException("address " + Endpoint.ipv4ToString(address) + " is in use by "
                        + MacAddress.toString(holder) + ": choose another one, or take it from that host");
            }
        }
    }

    // ---- queues

    @Override
    public int socket(Transport transport) {
        loop.checkOwner();
        if (queues.count() == queues.capacity()) {
            refusals.queue();
            return 0;
        }
        Socket socket = transport == Transport.UDP ? new UdpSocket(udp) : tcp.open();
        if (socket == null) {
            return 0;
        }
        return queues.add(socket);
    }

    private Socket find(int queue) {
        loop.checkOwner();
        return queues.get(queue);
    }

    @Override
    public Status bind(int queue, Endpoint local) {
        return find(queue).bind(local);
    }

    @Override
    public Status listen(int queue, int backlog) {
        return find(queue).listen(backlog);
    }

    @Override
    public Status set(int queue, QueueOption.Flag option, boolean value) {
        return find(queue).set(option, value);
    }

    @Override
    public Status set(int queue, QueueOption.Amount option, long value) {
        return find(queue).set(option, value);
    }

    @Override
    public Status set(int queue, QueueOption.Name option, String value) {
        return find(queue).set(option, value);
    }

    @Override
    public boolean get(int queue, QueueOption.Flag option) {
        return find(queue).get(option);
    }

    @Override
    public long get(int queue, QueueOption.Amount option) {
        return find(queue).get(option);
    }

    @Override
    public String get(int queue, QueueOption.Name option) {
        return find(queue).get(option);
    }

    @Override
    public void attach(int queue, Object attachment) {
        find(queue).attach(attachment);
    }

    @Override
    public Object attachment(int queue) {
        return find(queue).attachment();
    }

    @Override
    public Status shutdown(int queue) {
        return find(queue).shutdown();
    }

    @Override
    public boolean peer(int queue, Endpoint out) {
        return find(queue).peer(out);
    }

    @Override
    public boolean local(int queue, Endpoint out) {
        return find(queue).local(out);
    }

    // ---- operations

    /** A slot for an operation, or {@link OperationTable#NONE}, which is counted. */
    private int open(Opcode opcode, Socket socket) {
        int slot = operations.open(opcode, socket.descriptor());
        if (slot == OperationTable.NONE) {
            return refusals.operation();
        }
        socket.begun();
        return slot;
    }

    @Override
    public long accept(int queue) {
        Socket socket = find(queue);
        int slot = open(Opcode.ACCEPT, socket);
        if (slot == OperationTable.NONE) {
            return NO_TOKEN;
        }
        socket.accept(slot);
        return operations.token(slot);
    }

    @Override
    public long connect(int queue, Endpoint remote) {
        Socket socket = find(queue);
        int slot = open(Opcode.CONNECT, socket);
        if (slot == OperationTable.NONE) {
            return NO_TOKEN;
        }
        socket.connect(slot, remote);
        return operations.token(slot);
    }

    @Override
    public long push(int queue, Buffer buffer) {
        Socket socket = find(queue);
        requireAlive(buffer);
        int slot = socket.canPush() ? open(Opcode.PUSH, socket) : refusals.push();
        if (slot == OperationTable.NONE) {
            return NO_TOKEN;
        }
        socket.push(slot, buffer);
        return operations.token(slot);
    }

    @Override
    public int sendRoomBytes(int queue) {
        return find(queue).sendRoomBytes();
    }

    @Override
    public long awaitRoom(int queue) {
        Socket socket = find(queue);
        int slot = open(Opcode.ROOM, socket);
        if (slot == OperationTable.NONE) {
            return NO_TOKEN;
        }
        socket.awaitRoom(slot);
        return operations.token(slot);
    }

    @Override
    public long pushTo(int queue, Buffer buffer, Endpoint remote) {
        Socket socket = find(queue);
        requireAlive(buffer);
        int slot = socket.canPushTo() ? open(Opcode.PUSH, socket) : refusals.push();
        if (slot == OperationTable.NONE) {
            return NO_TOKEN;
        }
        socket.pushTo(slot, buffer, remote);
        return operations.token(slot);
    }

    /** A buffer that was released may belong to somebody else by now: say so before anything is written into it. */
    private static void requireAlive(Buffer chain) {
        for (Buffer b = chain; b != null; b = b.next()) {
            if (!b.isAlive()) {
                b.retain(); // throws, and names the buffer
            }
        }
    }

    @Override
    public long pop(int queue) {
        return pop(queue, Integer.MAX_VALUE);
    }

    @Override
    public long pop(int queue, int maxBytes) {
        Socket socket = find(queue);
        if (maxBytes < 1) {
            throw new IllegalArgumentException("a pop takes at least one byte, not " + maxBytes);
        }
        int slot = open(Opcode.POP, socket);
        if (slot == OperationTable.NONE) {
            return NO_TOKEN;
        }
        socket.pop(slot, maxBytes);
        return operations.token(slot);
    }

    @Override
    public long closeQueue(int queue) {
        Socket socket = find(queue);
        int slot = open(Opcode.CLOSE, socket);
        if (slot == OperationTable.NONE) {
            return NO_TOKEN;
        }
        queues.remove(queue);
        socket.close(slot);
        return operations.token(slot);
    }

    @Override
    public void abort(int queue) {
        Socket socket = find(queue);
        queues.remove(queue);
        socket.abort();
    }

    // ---- waiting

    @Override
    public WaitResult waitNext(Completion out, long timeoutNanos) {
        return taken(loop.waitNext(out, timeoutNanos), out);
    }

    @Override
    public WaitResult waitFor(long token, Completion out, long timeoutNanos) {
        return taken(loop.waitFor(token, out, timeoutNanos), out);
    }

    private WaitResult taken(WaitResult result, Completion out) {
        if (result == WaitResult.COMPLETED) {
            queues.taken(out);
        }
        return result;
    }

    @Override
    public void wake() {
        loop.wake();
    }

    @Override
    public boolean execute(Runnable task) {
        return loop.execute(task);
    }

    // ---- memory and device

    @Override
    public Buffer allocate(int lengthBytes) {
        loop.checkOpen();
        int mtuBytes = ip.mtuBytes();
        if (lengthBytes > Math.min(mtuBytes - DATAGRAM_HEADERS_BYTES, pool.payloadBytes()) || lengthBytes < 0) {
            return pool.allocate(lengthBytes, mtuBytes - SEGMENT_HEADERS_BYTES);
        }
        Buffer single = pool.allocate();
        return single == null ? null : single.length(lengthBytes);
    }

    @Override
    public FramePool pool() {
        loop.checkOpen();
        return pool;
    }

    @Override
    public CoreHeap heap() {
        loop.checkOpen();
        return memory.objects();
    }

    /** What the device is and can do. */
    public DeviceInfo device() {
        return device.info();
    }

    /**
     * Where the stack counts: for counters of the application's own, which then stand beside the stack's. Each has one writer;
     * they may be read and written after the stack's close.
     */
    public Counters counters() {
        return counters;
    }

    /** Whether packets can pass at present. */
    public boolean isUp() {
        return device.events().isUp();
    }

    /** What an operator should know about the memory, in one line; empty when all is as it should be. */
    public String notice() {
        return memory.region().notice();
    }

    @Override
    public int drain(long timeoutNanos) {
        loop.checkOwner();
        return drain.run(timeoutNanos);
    }

    @Override
    public void close() {
        if (!loop.mayClose()) {
            return;
        }
        memory.ownedBy(Thread.currentThread());
        for (int slot = 0; slot < queues.capacity(); slot++) {
            Socket socket = queues.at(slot);
            if (socket != null) {
                queues.remove(queues.descriptorAt(slot));
                socket.abort();
                if (tx.isFull(TxQueue.TCP)) {
                    work.transmit(); // as many resets as the device takes: nobody waits for them
                }
            }
        }
        work.transmit();
        work.lastWords();
        if (siblings != null) {
            siblings.close();
        }
        tcp.close();
        udp.close();
        arp.neighbours().close();
        tx.discard();
        loop.close();
        device.close();
        operations.releaseUntaken();
        try {
            memory.close();
        } finally {
            publication.close();
        }
    }
}
