package io.penstock.server.fiber;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.memory.Buffer;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;

/**
 * A TCP connection of a fiber. What {@link FiberScope#connect} and {@link Listener#accept} give out; close it.
 *
 * <p><b>Ownership.</b> As everywhere: who allocated or read a buffer releases it. {@link #write(Buffer)} takes a hold of its own, so the
 * buffer may be released at once after it; its bytes and its window must not change as long as they wait to be acknowledged.
 *
 * <p><b>Waiting.</b> A read that times out or is interrupted loses nothing: what comes after it is the next read's. One fiber at a
 * time reads; any number may write, each of whose writes goes out in one piece.
 *
 * <table>
 * <caption>What a fiber sees</caption>
 * <tr><th>event</th><th>{@link #read}</th><th>{@link #write}</th></tr>
 * <tr><td>the peer ended its stream</td><td>what had come, then null, each time</td><td>goes on</td></tr>
 * <tr><td>the peer reset, or fell silent</td><td>what had come, then {@link OperationFailedException}</td><td>{@link OperationFailedException}, from when it is known</td></tr>
 * <tr><td>the time-out passes</td><td>{@link SocketTimeoutException}</td><td></td></tr>
 * <tr><td>the fiber is interrupted</td><td>{@link InterruptedException}</td><td>{@link InterruptedException}: nothing of it was written</td></tr>
 * <tr><td>another fiber closes it</td><td>{@link AsynchronousCloseException}</td><td>{@link AsynchronousCloseException}</td></tr>
 * <tr><td>it is closed already</td><td>{@link ClosedChannelException}</td><td>{@link ClosedChannelException}</td></tr>
 * <tr><td>{@link #shutdownOutput} was called</td><td>goes on</td><td>{@link OperationFailedException}, BROKEN_PIPE</td></tr>
 * </table>
 *
 * <p><b>Errors of a write come late.</b> A write returns when the stack has taken the bytes, as a socket's does: that the peer never
 * got them is told by the next call. {@link #awaitDelivery} waits until it has them.
 *
 * <p><b>Threads.</b> The fibers of its loop, and nobody else: any other thread gets an {@link IllegalStateException}.
 */
public final class Connection extends StackQueue implements AutoCloseable {
    // Not an Endpoint: an idle connection is to be small.
    private final long peerHigh;
    private final long peerLow;
    private final int peerPort;

    /** Who waits for what arrives, or for the connection at first. */
    private RunTask reader;

    private Buffer arrived;
    private boolean isPopping;
    private boolean isAtEnd;
    private Status readFailure;

    /** Written, and not yet taken by the stack: at most one buffer, whose hold is this object's. */
    private Buffer unsent;

    private WaitList writers;
    private boolean awaitsRoom;
    private int undelivered;
    private WaitList deliveries;
    private Status writeFailure;

    private boolean isConnecting;
    private boolean isShut;
    private boolean isShutInStack;
    private boolean isClosed;
    private boolean isAborted;
    private RuntimeException mistake;

    /** One that was accepted. */
    Connection(Carrier carrier, int queue, Endpoint peer) {
        this(carrier, peer);
        opened(queue);
    }

    private Connection(Carrier carrier, Endpoint peer) {
        super(carrier);
        peerHigh = peer.high();
        peerLow = peer.low();
        peerPort = peer.port();
    }

    /** Connects, in a fiber. */
    static Connection open(Carrier carrier, Endpoint peer, long timeoutNanos) throws IOException, InterruptedException {
        FiberThread me = carrier.current();
        Connection connection = new Connection(carrier, peer);
        connection.isConnecting = true;
        connection.reader = me;
        carrier.post(connection);
        boolean isOpen = false;
        try {
            if (!carrier.await(me, null, timeoutNanos)) {
                throw new SocketTimeoutException("connect to " + peer + ": no answer within " + timeoutNanos + " ns");
            }
            connection.checkMistake();
            if (connection.readFailure != null) {
                throw new OperationFailedException("connect to " + peer, connection.readFailure);
            }
            isOpen = true;
            return connection;
        } finally {
            connection.reader = null;
            if (!isOpen) {
                connection.abort();
            }
        }
    }

    // ---- what fibers call

    /** Who is at the other end: a new object each time. */
    public Endpoint peer() {
        return new Endpoint().set(peerHigh, peerLow, peerPort);
    }

    /** The stack's descriptor, for what only the stack can be asked or told: in {@link FiberScope#onLoop}. */
    public int queue() {
        return queue;
    }

    /**
     * Waits for what arrives next, of any length.
     *
     * @return a buffer or chain, which the caller releases; null at the end of the stream
     * @throws IOException see the table above
     * @throws InterruptedException the fiber was told to end
     */
    public Buffer read() throws IOException, InterruptedException {
        return read(LibOs.FOREVER);
    }

    /**
     * As {@link #read()}, not for ever.
     *
     * @param timeoutNanos at least 0
     * @throws SocketTimeoutException nothing came in that time
     */
    public Buffer read(long timeoutNanos) throws IOException, InterruptedException {
        FiberThread me = carrier.current();
        // The wait is not in a method of its own: what stands between it and the fiber's task, each idle connection
        // keeps.
        if (arrived == null && mustWait(me)) {
            boolean isInTime;
            try {
                isInTime = carrier.await(me, null, timeoutNanos);
            } finally {
                reader = null;
            }
            checkArrival(isInTime, timeoutNanos);
        }
        Buffer chain = arrived;
        arrived = null;
        return chain;
    }

    /**
     * Waits until something is there, and copies what fits; the rest stays for the next read.
     *
     * @param into where it goes, from {@code offset} on
     * @param length how much at most
     * @return how many bytes; -1 at the end of the stream; 0 only if {@code length} is 0
     * @throws IOException as {@link #read()}
     * @throws InterruptedException the fiber was told to end
     */
    public int read(byte[] into, int offset, int length) throws IOException, InterruptedException {
        FiberThread me = carrier.current();
        Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) {
            return 0;
        }
        if (arrived == null && mustWait(me)) {
            boolean isInTime;
            try {
                isInTime = carrier.await(me, null, LibOs.FOREVER);
            } finally {
                reader = null;
            }
            checkArrival(isInTime, LibOs.FOREVER);
        }
        if (arrived == null) {
            return -1;
        }
        int copied = 0;
        while (arrived != null && copied < length) {
            Buffer head = arrived;
            int count = Math.min(head.length(), length - copied);
            head.getBytes(0, into, offset + copied, count);
            copied += count;
            if (count < head.length()) {
                head.advance(count);
            } else {
                arrived = head.next();
                head.next(null);
                head.release();
            }
        }
        return copied;
    }

    /** Nothing has arrived: begins to read, unless the stream has ended. */
    private boolean mustWait(FiberThread me) throws IOException {
        checkOpen();
        if (isAtEnd) {
            return false;
        }
        if (readFailure != null) {
            throw new OperationFailedException("read from " + peer(), readFailure);
        }
        if (reader != null) {
            throw new IllegalStateException("fiber '" + me + "' reads where '" + reader + "' does already");
        }
        reader = me;
        carrier.post(this);
        return true;
    }

    private void checkArrival(boolean isInTime, long timeoutNanos) throws IOException {
        if (arrived != null) {
            return;
        }
        if (!isInTime) {
            throw new SocketTimeoutException("nothing came from " + peer() + " within " + timeoutNanos + " ns");
        }
        checkMistake();
        if (isClosed) {
            throw new AsynchronousCloseException();
        }
        if (readFailure != null) {
            throw new OperationFailedException("read from " + peer(), readFailure);
        }
    }

    /**
     * Sends a buffer or chain, without a copy wherever a push makes none. Waits as long as what was written before has found no room
     * in the stack, which is what holds up a fiber whose peer does not read.
     *
     * @param buffer stays the caller's to release
     * @throws IOException see the table above
     * @throws InterruptedException the fiber was told to end; nothing of the buffer goes out
     */
    public void write(Buffer buffer) throws IOException, InterruptedException {
        FiberThread me = carrier.current();
        checkWritable();
        if (unsent != null) {
            awaitTurn(me);
        }
        unsent = buffer.retain();
        carrier.post(this);
    }

    /**
     * Sends bytes of an array, copied: they may be changed as soon as this returns. Waits for frames as {@link FiberScope#allocate}
     * does, and for room as {@link #write(Buffer)} does.
     *
     * @param from where they are, from {@code offset} on
     * @param length how many
     * @throws IOException see the table above
     * @throws InterruptedException the fiber was told to end; some of it may have been written
     */
    public void write(byte[] from, int offset, int length) throws IOException, InterruptedException {
        Objects.checkFromIndexSize(offset, length, from.length);
        int end = offset + length;
        for (int at = offset; at < end; at += Frames.MAX_COPIED_BYTES) {
            Buffer chain = Frames.allocate(carrier, Math.min(end - at, Frames.MAX_COPIED_BYTES));
            try {
                int next = at;
                for (Buffer b = chain; b != null; b = b.next()) {
                    b.putBytes(0, from, next, b.length());
                    next += b.length();
                }
                write(chain);
            } finally {
                chain.release();
            }
        }
    }

    private void awaitTurn(FiberThread me) throws IOException, InterruptedException {
        if (writers == null) {
            writers = new WaitList();
        }
        do {
            writers.add(me);
            boolean isMyTurn = false;
            try {
                carrier.await(me, null, LibOs.FOREVER);
                isMyTurn = true;
            } finally {
                writers.remove(me);
                if (!isMyTurn && unsent == null) {
                    writers.wakeFirst(); // it may have been woken for its turn, and is interrupted as well
                }
            }
            checkMistake();
            if (isClosed) {
                throw new AsynchronousCloseException();
            }
            checkWritable();
        } while (unsent != null);
    }

    /**
     * Waits until the peer has acknowledged all that was written.
     *
     * @throws IOException it never will
     * @throws InterruptedException the fiber was told to end
     */
    public void awaitDelivery() throws IOException, InterruptedException {
        FiberThread me = carrier.current();
        checkOpen();
        while (undelivered > 0 || unsent != null) {
            if (deliveries == null) {
                deliveries = new WaitList();
            }
            deliveries.add(me);
            try {
                carrier.await(me, null, LibOs.FOREVER);
            } finally {
                deliveries.remove(me);
            }
            checkMistake();
            if (isClosed) {
                throw new AsynchronousCloseException();
            }
        }
        if (writeFailure != null) {
            throw new OperationFailedException("delivery to " + peer(), writeFailure);
        }
    }

    /** Ends this side's stream: what was written goes out, then the end. Reads go on. Does nothing the second time. */
    public void shutdownOutput() throws IOException {
        carrier.current();
        checkOpen();
        isShut = true;
        carrier.post(this);
    }

    /**
     * Closes it, and waits for nothing: what was written goes out, then the end of the stream; fibers that wait here are told. A
     * close with unread bytes resets, so that the peer learns that they were not read. Does nothing the second time.
     */
    @Override
    public void close() {
        carrier.current();
        closeAtEnd();
    }

    /** Closes it without sending what waits: the peer gets a reset. Does nothing after a close or abort. */
    public void abort() {
        carrier.current();
        abortAtEnd();
    }

    /** Whether this side has closed it. */
    public boolean isClosed() {
        return isClosed;
    }

    private void checkOpen() throws IOException {
        if (isClosed) {
            throw new ClosedChannelException();
        }
        checkMistake();
    }

    private void checkMistake() {
        if (mistake != null) {
            throw new IllegalStateException("the connection to " + peer() + " was aborted", mistake);
        }
    }

    private void checkWritable() throws IOException {
        checkOpen();
        if (isShut || writeFailure != null) {
            throw new OperationFailedException("write to " + peer(), isShut ? Status.BROKEN_PIPE : writeFailure);
        }
    }

    // ---- what the loop calls

    @Override
    void advance() {
        if (isGone) {
            return;
        }
        if (queue == 0) {
            advanceOpening();
            return;
        }
        if (unsent != null && !awaitsRoom) {
            advanceWriting();
        }
        if (isClosed) {
            advanceClosing();
        } else if (isShut && !isShutInStack && unsent == null) {
            isShutInStack = true;
            noteWriteFailure(carrier.os.shutdown(queue));
        }
        if (reader != null && !isConnecting && !isPopping && arrived == null && !isClosed) {
            isPopping = begun(carrier.os.pop(queue));
        }
    }

    private void advanceOpening() {
        if (isClosed) {
            isGone = true; // its fiber has gone before the stack was asked
            return;
        }
        int descriptor = carrier.os.socket(Transport.TCP);
        if (descriptor == 0) {
            connected(Status.NO_MEMORY);
            return;
        }
        opened(descriptor);
        if (!begun(carrier.os.connect(descriptor, peer()))) {
            connected(Status.TRY_AGAIN);
        }
    }

    private void advanceWriting() {
        if (writeFailure != null) {
            dropUnsent();
            return;
        }
        long token = carrier.os.push(queue, unsent);
        if (token == LibOs.NO_TOKEN) {
            awaitsRoom = begun(carrier.os.awaitRoom(queue));
        } else {
            begun(token);
            undelivered++;
            dropUnsent();
        }
    }

    /** It is the stack's, or nobody's: the next one may write. */
    private void dropUnsent() {
        if (unsent != null) {
            unsent.release();
            unsent = null;
        }
        if (writers != null) {
            writers.wakeFirst();
        }
        wakeIfDelivered();
    }

    private void wakeIfDelivered() {
        if (undelivered == 0 && unsent == null) {
            wakeAll(deliveries);
        }
    }

    private void advanceClosing() {
        if (isAborted || isConnecting) {
            abortQueue();
        } else if (unsent == null) {
            closeQueue();
        }
    }

    @Override
    void completed(Completion c) {
        switch (c.opcode()) {
            case POP -> popped(c);
            case PUSH -> {
                undelivered--;
                noteWriteFailure(c.status());
                wakeIfDelivered();
            }
            case ROOM -> {
                awaitsRoom = false;
                noteWriteFailure(c.status());
                carrier.post(this);
            }
            case CONNECT -> connected(c.status());
            default -> {}
        }
    }

    private void connected(Status status) {
        isConnecting = false;
        readFailure = status == Status.OK ? null : status;
        if (reader != null) {
            reader.wake();
        }
    }

    private void popped(Completion c) {
        isPopping = false;
        Buffer chain = c.buffer();
        if (isClosed) {
            if (chain != null) {
                chain.release();
            }
        } else if (!c.isOk()) {
            readFailure = c.status();
        } else if (c.lengthBytes() == 0) {
            isAtEnd = true;
        } else {
            arrived = chain;
        }
        if (reader != null) {
            reader.wake();
        }
    }

    private void noteWriteFailure(Status status) {
        if (status != Status.OK && writeFailure == null && !isClosed) {
            writeFailure = status;
            if (!awaitsRoom) {
                dropUnsent();
            }
            wakeAll(writers);
        }
    }

    private static void wakeAll(WaitList waiting) {
        if (waiting != null) {
            waiting.wakeAll();
        }
    }

    @Override
    void broken(RuntimeException why) {
        mistake = why;
        abortAtEnd();
    }

    @Override
    void closeAtEnd() {
        if (!isClosed) {
            isClosed = true;
            isAborted = arrived != null || mistake != null;
            endWaits();
        }
    }

    @Override
    void abortAtEnd() {
        if (!isClosed || (!isGone && !isAborted)) {
            isClosed = true;
            isAborted = true;
            endWaits();
        }
    }

    private void endWaits() {
        if (arrived != null) {
            arrived.release();
            arrived = null;
        }
        if (isAborted && unsent != null) {
            unsent.release();
            unsent = null;
        }
        if (reader != null) {
            reader.wake();
        }
        wakeAll(writers);
        wakeAll(deliveries);
        carrier.post(this);
    }

    @Override
    public String toString() {
        return "connection to " + peer();
    }
}
