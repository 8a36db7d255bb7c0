package io.penstock.testkit;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.InvalidQueueException;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.QueueOption;
import io.penstock.datapath.StackTask;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.grant.StackGrant;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.PinnedHeap;
import io.penstock.memory.Region;
import io.penstock.memory.Tracing;
import io.penstock.memory.grant.FrameGrant;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A stack without a network, on which a test plays the clients: what it sends is popped, what is pushed it reads. Frames
 * and tokens are real; room for pushes, for operations and for frames is as scarce as the test likes.
 */
public final class MemoryOs implements LibOs {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    public static final int SEGMENT_BYTES = 1460;
    private static final Completion.Writer WRITER = Completion.writer(new StackGrant());
    private static final long HEAP_BYTES = 24 << 20;

    private final Region region = Region.mapSmall((1L << 20) + HEAP_BYTES);
    private final PinnedHeap memory = PinnedHeap.over("test", region);
    private final FramePool pool = memory.frames("test", 2048, FramePool.DEFAULT_HEADROOM_BYTES, 448);
    private final CoreHeap heap = memory.core("test");
    private final OperationTable operations;
    private final Map<Integer, Queue> queues = new HashMap<>();
    private int lastQueue;
    private final ArrayDeque<Runnable> mailbox = new ArrayDeque<>();
    private volatile boolean woken;
    private boolean closed;
    private Runnable whenIdle = () -> {};

    /** How many bytes a connection takes before the test reads them. */
    public int sendBufferBytes = 256 << 10;

    /** How many tasks {@link #execute} takes before they are run. */
    public volatile int mailboxCapacity = 1024;

    /** Whether {@link #allocate} finds frames. */
    public boolean framesAreOut;

    public MemoryOs(int maxOperations) {
        operations = new OperationTable(maxOperations);
    }

    /** Remembers where each frame was taken, so that a leak can be found. */
    public MemoryOs traced() {
        pool.tracing(Tracing.FULL);
        return this;
    }

    public MemoryOs() {
        this(1024);
    }

    /** What one queue knows. */
    private static final class Queue {
        final Transport transport;
        final Deque<Integer> pops = new ArrayDeque<>();
        final Deque<Integer> accepts = new ArrayDeque<>();
        final Deque<Integer> pushes = new ArrayDeque<>();
        final Deque<Integer> rooms = new ArrayDeque<>();
        final Deque<Buffer> arrived = new ArrayDeque<>();
        final Deque<Integer> strangers = new ArrayDeque<>();
        final ByteArrayOutputStream sent = new ByteArrayOutputStream();
        final List<Long> sentFrom = new ArrayList<>();
        Object attachment;
        boolean listens;
        boolean ended;
        boolean closed;
        boolean isShut;
        Status error;
        int port;
        int unread;

        Queue(Transport transport) {
            this.transport = transport;
        }
    }

    // ---- what the test does

    /** Runs this whenever there is nothing to hand out: the test's next step. */
    public void whenIdle(Runnable step) {
        whenIdle = step;
    }

    /** A client connects to the listener. */
    public int connect() {
        Queue listener =
                queues.values().stream().filter(q -> q.listens).findFirst().orElseThrow();
        int client = add(new Queue(Transport.TCP));
        listener.strangers.add(client);
        serveAccepts(listener);
        return client;
    }

    /** The client sends one segment for each piece; together they are popped if nobody pops between. */
    public void send(int client, byte[]... segments) {
        Queue q = queues.get(client);
        for (byte[] segment : segments) {
            for (int at = 0; at < segment.length; at += SEGMENT_BYTES) {
                int n = Math.min(SEGMENT_BYTES, segment.length - at);
                Buffer frame = ACCESS.allocateReserved(pool);
                ACCESS.window(frame, FramePool.DEFAULT_HEADROOM_BYTES + 54, n); // behind Ethernet, IP and TCP headers
                frame.putBytes(0, segment, at, n);
                q.arrived.add(frame);
            }
        }
        servePops(q);
    }

    /** The client ends its stream. */
    public void end(int client) {
        queues.get(client).ended = true;
        servePops(queues.get(client));
    }

    /** The client resets. */
    public void reset(int client) {
        queues.get(client).error = Status.CONNECTION_RESET;
        servePops(queues.get(client));
    }

    /** Takes what was sent to the client, which acknowledges it. */
    public byte[] read(int client) {
        Queue q = queues.get(client);
        byte[] all = q.sent.toByteArray();
        q.sent.reset();
        q.unread = 0;
        while (!q.pushes.isEmpty()) {
            operations.complete(q.pushes.remove(), Status.OK);
        }
        serveRoom(q);
        return all;
    }

    /** The addresses of the frames that were sent to the client. */
    public List<Long> sentFrom(int client) {
        return queues.get(client).sentFrom;
    }

    public boolean isClosed(int client) {
        return queues.get(client).closed;
    }

    /** Whether the server has ended its side, and nothing else. */
    public boolean isShut(int client) {
        return queues.get(client).isShut;
    }

    public int waitingPops(int client) {
        return queues.get(client).pops.size();
    }

    // ---- what the server sees

    private int add(Queue q) {
        queues.put(++lastQueue, q);
        return lastQueue;
    }

    private Queue find(int queue) {
        Queue q = queues.get(queue);
        if (q == null || q.closed) {
            throw new InvalidQueueException(queue);
        }
        return q;
    }

    @Override
    public int socket(Transport transport) {
        return add(new Queue(transport));
    }

    @Override
    public Status bind(int queue, Endpoint local) {
        Queue bound = find(queue);
        boolean taken =
                queues.values().stream().anyMatch(q -> q.port == local.port() && q.transport == bound.transport);
        bound.port = local.port();
        return taken ? Status.ADDRESS_IN_USE : Status.OK;
    }

    @Override
    public Status listen(int queue, int backlog) {
        find(queue).listens = true;
        return Status.OK;
    }

    @Override
    public Status set(int queue, QueueOption.Flag option, boolean value) {
        return find(queue).transport == Transport.TCP ? Status.OK : Status.INVALID; // nothing depends on it here
    }

    @Override
    public Status set(int queue, QueueOption.Amount option, long value) {
        return find(queue).transport == Transport.TCP ? Status.OK : Status.INVALID; // nothing depends on it here
    }

    @Override
    public Status set(int queue, QueueOption.Name option, String value) {
        return find(queue).transport == Transport.TCP ? Status.OK : Status.INVALID; // nothing depends on it here
    }

    @Override
    public boolean get(int queue, QueueOption.Flag option) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long get(int queue, QueueOption.Amount option) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String get(int queue, QueueOption.Name option) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void attach(int queue, Object attachment) {
        find(queue).attachment = attachment;
    }

    @Override
    public Object attachment(int queue) {
        return find(queue).attachment;
    }

    @Override
    public long accept(int queue) {
        Queue q = find(queue);
        return open(Opcode.ACCEPT, queue, q.accepts, () -> serveAccepts(q));
    }

    private long open(Opcode opcode, int queue, Deque<Integer> waiting, Runnable serve) {
        int slot = operations.open(opcode, queue);
        if (slot == OperationTable.NONE) {
            return NO_TOKEN;
        }
        long token = operations.token(slot);
        waiting.add(slot);
        serve.run();
        return token;
    }

    private void serveAccepts(Queue q) {
        while (!q.accepts.isEmpty() && !q.strangers.isEmpty()) {
            int slot = q.accepts.remove();
            operations.newQueue(slot, q.strangers.remove());
            operations.complete(slot, Status.OK);
        }
    }

    private void servePops(Queue q) {
        while (!q.pops.isEmpty() && (!q.arrived.isEmpty() || q.ended || q.error != null)) {
            int slot = q.pops.remove();
            if (q.arrived.isEmpty()) {
                operations.complete(slot, q.error == null ? Status.OK : q.error);
                continue;
            }
            Buffer head = q.arrived.remove();
            if (q.transport == Transport.TCP) {
                for (Buffer tail = head; !q.arrived.isEmpty(); tail = tail.next()) {
                    tail.next(q.arrived.remove());
                }
            } else {
                operations.peer(slot, 0, 0xffff_c612_0001L, 9999);
            }
            operations.buffer(slot, head);
            operations.lengthBytes(slot, head.chainLength());
            operations.complete(slot, Status.OK);
        }
    }

    @Override
    public long pop(int queue) {
        Queue q = find(queue);
        return open(Opcode.POP, queue, q.pops, () -> servePops(q));
    }

    @Override
    public long pop(int queue, int maxBytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long push(int queue, Buffer buffer) {
        Queue q = find(queue);
        if (q.unread >= sendBufferBytes) {
            return NO_TOKEN;
        }
        return open(Opcode.PUSH, queue, q.pushes, () -> {
            for (Buffer b = buffer; b != null; b = b.next()) {
                byte[] bytes = new byte[b.length()];
                b.getBytes(0, bytes, 0, bytes.length);
                q.sent.writeBytes(bytes);
                q.sentFrom.add(b.address());
                q.unread += bytes.length;
            }
        });
    }

    @Override
    public long awaitRoom(int queue) {
        Queue q = find(queue);
        if (!q.rooms.isEmpty()) {
            Deque<Integer> second = new ArrayDeque<>();
            return open(Opcode.ROOM, queue, second, () -> operations.complete(second.remove(), Status.INVALID));
        }
        return open(Opcode.ROOM, queue, q.rooms, () -> serveRoom(q));
    }

    private void serveRoom(Queue q) {
        while (!q.rooms.isEmpty() && q.unread < sendBufferBytes) {
            operations.complete(q.rooms.remove(), Status.OK);
        }
    }

    @Override
    public int sendRoomBytes(int queue) {
        return Math.max(0, sendBufferBytes - find(queue).unread);
    }

    @Override
    public long pushTo(int queue, Buffer buffer, Endpoint remote) {
        return push(queue, buffer);
    }

    @Override
    public long closeQueue(int queue) {
        find(queue);
        int slot = operations.open(Opcode.CLOSE, queue);
        if (slot == OperationTable.NONE) {
            return NO_TOKEN;
        }
        operations.complete(slot, Status.OK);
        abort(queue);
        return operations.token(slot);
    }

    @Override
    public void abort(int queue) {
        Queue q = find(queue);
        q.closed = true;
        for (Deque<Integer> waiting : List.of(q.pops, q.pushes, q.rooms, q.accepts)) {
            waiting.forEach(slot -> operations.complete(slot, Status.CANCELLED));
            waiting.clear();
        }
        q.arrived.forEach(Buffer::release);
        q.arrived.clear();
    }

    @Override
    public WaitResult waitNext(Completion out, long timeoutNanos) {
        runMailbox();
        for (int tries = 0; tries < 2; tries++) {
            if (operations.firstDone() != OperationTable.NONE) {
                operations.take(operations.firstDone(), out);
                WRITER.attachment(out, queues.get(out.queue()).attachment);
                return WaitResult.COMPLETED;
            }
            if (woken) {
                woken = false;
                return WaitResult.WOKEN;
            }
            if (tries == 0) {
                whenIdle.run();
            }
        }
        return WaitResult.TIMED_OUT;
    }

    @Override
    public Buffer allocate(int lengthBytes) {
        if (framesAreOut) {
            return null;
        }
        if (lengthBytes > SEGMENT_BYTES) {
            return pool.allocate(lengthBytes, SEGMENT_BYTES);
        }
        Buffer single = pool.allocate();
        return single == null ? null : single.length(lengthBytes);
    }

    @Override
    public FramePool pool() {
        return pool;
    }

    @Override
    public CoreHeap heap() {
        return heap;
    }

    @Override
    public void wake() {
        woken = true;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        abandonMailbox();
        pool.close();
        heap.close();
        memory.close();
        region.close();
    }

    @Override
    public long connect(int queue, Endpoint remote) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Status shutdown(int queue) {
        find(queue).isShut = true;
        return Status.OK;
    }

    @Override
    public int drain(long timeoutNanos) {
        int left = 0;
        for (Queue q : queues.values()) {
            left += q.listens || q.closed || q.unread == 0 ? 0 : 1;
        }
        return left;
    }

    @Override
    public WaitResult waitFor(long token, Completion out, long timeoutNanos) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean execute(Runnable work) {
        synchronized (mailbox) {
            if (closed) {
                throw new IllegalStateException("the stack is closed");
            }
            return mailbox.size() < mailboxCapacity && mailbox.add(work);
        }
    }

    /** Runs what was in the mailbox when this was called, as each wait does. Returns how many tasks. */
    public int runMailbox() {
        int count;
        synchronized (mailbox) {
            count = mailbox.size();
        }
        for (int i = 0; i < count; i++) {
            Runnable next;
            synchronized (mailbox) {
                next = mailbox.poll();
            }
            if (next == null) {
                return i; // one of them has closed the stack
            }
            next.run();
        }
        return count;
    }

    private void abandonMailbox() {
        List<Runnable> left;
        synchronized (mailbox) {
            closed = true;
            left = List.copyOf(mailbox);
            mailbox.clear();
        }
        for (Runnable r : left) {
            if (r instanceof StackTask task) {
                task.abandoned();
            }
        }
    }

    @Override
    public boolean peer(int queue, Endpoint out) {
        return false;
    }

    @Override
    public boolean local(int queue, Endpoint out) {
        return false;
    }
}
