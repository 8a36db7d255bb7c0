package io.penstock.server.fiber;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;

/**
 * A port that fibers accept connections from: what {@link FiberScope#listen} gives out.
 *
 * <p>An {@link #accept} that times out or is interrupted loses no connection: the next one gets it.
 *
 * <p>The fibers of its loop, and nobody else.
 */
public final class Listener extends StackQueue implements AutoCloseable {
    private final Endpoint local = new Endpoint();
    private RunTask acceptor;
    private Connection accepted;
    private boolean isAccepting;
    private Status failure;
    private boolean isClosed;
    private boolean isAborted;
    private RuntimeException mistake;

    private Listener(Carrier carrier, int queue) {
        super(carrier);
        opened(queue);
    }

    /** Opens one. The loop. */
    static Listener open(Carrier carrier, Endpoint at, int backlog) throws OperationFailedException {
        LibOs os = carrier.os;
        int queue = os.socket(Transport.TCP);
        if (queue == 0) {
            throw new OperationFailedException("listen at " + at, Status.NO_MEMORY);
        }
        Status status = os.bind(queue, at);
        if (status == Status.OK) {
            status = os.listen(queue, backlog);
        }
        if (status != Status.OK) {
            os.abort(queue);
            throw new OperationFailedException("listen at " + at, status);
        }
        Listener listener = new Listener(carrier, queue);
        if (!os.local(queue, listener.local)) {
            listener.local.copyFrom(at);
        }
        return listener;
    }

    /** Where it listens, with the port that the stack has chosen if none was given. Not to be changed. */
    public Endpoint local() {
        return local;
    }

    /** The stack's descriptor, for what only the stack can be asked or told: in {@link FiberScope#onLoop}. */
    public int queue() {
        return queue;
    }

    /**
     * Waits for the next connection, which is the caller's to close.
     *
     * @throws ClosedChannelException the listener is closed; an {@link AsynchronousCloseException} if that was meanwhile
     * @throws OperationFailedException the stack has ended it
     * @throws InterruptedException the fiber was told to end
     */
    public Connection accept() throws IOException, InterruptedException {
        return accept(LibOs.FOREVER);
    }

    /**
     * As {@link #accept()}, not for ever.
     *
     * @param timeoutNanos at least 0
     * @throws SocketTimeoutException nobody came in that time
     */
    public Connection accept(long timeoutNanos) throws IOException, InterruptedException {
        FiberThread me = carrier.current();
        if (isClosed) {
            throw new ClosedChannelException();
        }
        if (accepted == null && failure == null) {
            if (acceptor != null) {
                throw new IllegalStateException("fiber '" + me + "' accepts where '" + acceptor + "' does already");
            }
            acceptor = me;
            carrier.post(this);
            try {
                if (!carrier.await(me, null, timeoutNanos)) {
                    throw new SocketTimeoutException("nobody came to " + local + " within " + timeoutNanos + " ns");
                }
            } finally {
                acceptor = null;
            }
        }
        if (mistake != null) {
            throw new IllegalStateException("the listener at " + local + " was closed", mistake);
        }
        if (isClosed) {
            throw new AsynchronousCloseException();
        }
        if (accepted == null) {
            throw new OperationFailedException("accept at " + local, failure);
        }
        Connection connection = accepted;
        accepted = null;
        return connection;
    }

    /** Takes no more connections. Those that were accepted go on; one that nobody has taken gets a reset. Does nothing the second time. */
    @Override
    public void close() {
        carrier.current();
        closeAtEnd();
    }

    // ---- what the loop calls

    @Override
    void advance() {
        if (isGone) {
            return;
        }
        if (isAborted) {
            abortQueue();
        } else if (isClosed) {
            closeQueue();
        } else if (acceptor != null && !isAccepting && accepted == null) {
            isAccepting = begun(carrier.os.accept(queue));
        }
    }

    @Override
    void completed(Completion c) {
        switch (c.opcode()) {
            case ACCEPT -> {
                isAccepting = false;
                if (!c.isOk()) {
                    failure = c.status();
                } else if (isClosed) {
                    carrier.os.abort(c.newQueue());
                } else {
                    accepted = new Connection(carrier, c.newQueue(), c.peer());
                }
                if (acceptor != null) {
                    acceptor.wake();
                }
            }
            default -> {}
        }
    }

    @Override
    void broken(RuntimeException why) {
        mistake = why;
        closeAtEnd();
    }

    @Override
    void closeAtEnd() {
        if (!isClosed) {
            isClosed = true;
            if (accepted != null) {
                accepted.abortAtEnd();
                accepted = null;
            }
            if (acceptor != null) {
                acceptor.wake();
            }
            carrier.post(this);
        }
    }

    @Override
    void abortAtEnd() {
        isAborted = true;
        closeAtEnd();
        carrier.post(this);
    }

    @Override
    public String toString() {
        return "listener at " + local;
    }
}
