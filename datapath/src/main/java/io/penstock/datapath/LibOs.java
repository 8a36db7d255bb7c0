package io.penstock.datapath;

import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.FramePool;

/**
 * The queue-token API: what an application sees of a stack.
 *
 * <p>An operation returns a <em>token</em> at once. The operation ends later, exactly once, with a {@link Completion}
 * that a wait returns. Waiting <em>is</em> the poll loop: {@link #waitNext} hands out what has completed, and when there
 * is nothing more it transmits, fires timers, receives and looks again. So the application runs to completion on the
 * stack's own core, and a server is one loop over {@code waitNext}.
 *
 * <p><b>Tokens.</b> Greater than zero. {@link #NO_TOKEN} says "try again after a completion": too many operations wait
 * already. A token whose completion was taken is stale, and using it is an {@link InvalidTokenException}. Tokens are
 * {@code long} and queues {@code int}, so that the compiler finds out when one is given for the other: for a queue in
 * the place of a token there is a deprecated {@link #waitFor(int, Completion, long)}.
 *
 * <p><b>Ownership.</b> Who allocated or popped a buffer releases it. A push takes holds of its own, so the buffer may be
 * released at once after it; its bytes must not change until the push completes. A push to a TCP queue completes when the
 * peer has acknowledged all of it, one to a UDP queue when the device has given the frame back, or a copy was made.
 *
 * <p><b>The close table.</b>
 *
 * <table>
 * <caption>What each operation answers in each state of a TCP queue</caption>
 * <tr><th>event</th><th>pending pop</th><th>later pop</th><th>pending push</th><th>later push</th></tr>
 * <tr><td>the peer closed (FIN)</td><td>what had arrived, then OK with zero bytes</td><td>the same: OK with zero bytes, each time</td><td>goes on</td><td>goes on</td></tr>
 * <tr><td>the peer reset (RST)</td><td>CONNECTION_RESET</td><td>what had arrived, then CONNECTION_RESET</td><td>CONNECTION_RESET</td><td>CONNECTION_RESET</td></tr>
 * <tr><td>the peer fell silent</td><td>TIMED_OUT</td><td>what had arrived, then TIMED_OUT</td><td>TIMED_OUT</td><td>TIMED_OUT</td></tr>
 * <tr><td>{@link #shutdown}</td><td>goes on</td><td>goes on</td><td>sent, then FIN</td><td>BROKEN_PIPE</td></tr>
 * <tr><td>{@link #closeQueue}</td><td>CANCELLED</td><td>InvalidQueueException</td><td>CANCELLED at once, yet sent, then FIN</td><td>InvalidQueueException</td></tr>
 * <tr><td>{@link #abort}</td><td>CANCELLED</td><td>InvalidQueueException</td><td>CANCELLED, discarded, RST</td><td>InvalidQueueException</td></tr>
 * </table>
 *
 * <p>A close with unread data sends RST, so that the peer learns that its bytes were not read (RFC 2525, section 2.17).
 * The token of {@link #closeQueue} completes when the last byte and the FIN are acknowledged (OK), or with the reason
 * why they never will be.
 *
 * <p><b>Threads.</b> One stack, one thread: the one that opened it. From any other thread only {@link #wake},
 * {@link #execute} and {@link Buffer#release}.
 *
 * <p><b>Errors.</b> What a peer or the network does is a completion's status. A stale queue or token, a call from a
 * foreign thread, or one after {@link #close()} is a defect of the caller and an exception.
 */
public interface LibOs extends AutoCloseable {
    /** What an operation returns when it could not be taken: try again after the next completion. */
    long NO_TOKEN = 0;

    /** Wait for ever. */
    long FOREVER = Long.MAX_VALUE;

    /** A new queue. Returns its descriptor, greater than zero, or 0 if the stack has no room for one more. */
    int socket(Transport transport);

    /**
     * Gives a queue its local address.
     *
     * @param local the unspecified address stands for all of the stack's own; port 0 lets the stack choose one
     * @return OK, ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE, or INVALID if it has one already
     */
    Status bind(int queue, Endpoint local);

    /**
     * Makes a bound TCP queue a listener.
     *
     * @param backlog how many connections may wait for an accept, at least 1. Those still in their handshake do not count:
     *     the stack bounds them by itself, and forgets the oldest first
     * @return OK, or INVALID
     */
    Status listen(int queue, int backlog);

    /**
     * Sets an option of a queue, which is in force from now on. What is set on a listener holds for the connections that are
     * established from then on, accepted or not.
     *
     * @return OK, or INVALID if the queue is not one of TCP
     * @throws InvalidQueueException if the queue is stale
     */
    Status set(int queue, QueueOption.Flag option, boolean value);

    /** As {@link #set(int, QueueOption.Flag, boolean)}; INVALID also if the value is out of the option's range. */
    Status set(int queue, QueueOption.Amount option, long value);

    /** As {@link #set(int, QueueOption.Flag, boolean)}; INVALID also if there is nothing of this name, or it is too late for it. */
    Status set(int queue, QueueOption.Name option, String value);

    /**
     * What an option of a queue is, whether it was set or not.
     *
     * @throws IllegalArgumentException if the queue is not one of TCP
     * @throws InvalidQueueException if the queue is stale
     */
    boolean get(int queue, QueueOption.Flag option);

    /** As {@link #get(int, QueueOption.Flag)}. */
    long get(int queue, QueueOption.Amount option);

    /** As {@link #get(int, QueueOption.Flag)}. */
    String get(int queue, QueueOption.Name option);

    /**
     * Attaches something of the application's to a queue, which every completion of its operations brings from then on
     * ({@link Completion#attachment()}), so that no server has to look up by descriptor what it knows of a connection. An
     * accepted queue begins with nothing. The stack lets go of it when the queue is closed and the last of its completions
     * taken; until then the queue counts as one.
     *
     * @param attachment null: nothing
     * @throws InvalidQueueException if the queue is stale
     */
    void attach(int queue, Object attachment);

    /** What is attached to a queue, or null. */
    Object attachment(int queue);

    /** Takes the next connection. Completes with {@link Completion#newQueue()} and the peer. */
    long accept(int queue);

    /** Opens a connection (TCP), or fixes the peer that {@link #push} sends to (UDP). */
    long connect(int queue, Endpoint remote);

    /**
     * Sends a buffer or chain. Nothing is copied as long as the bytes in front of each window are free (see
     * {@link Buffer#headroomIsFree()}), or the device puts packets together out of two pieces.
     */
    long push(int queue, Buffer buffer);

    /**
     * How much one push may bring now so that this queue holds no more than its part of the stack's memory: what it has
     * pushed counts, and the part shrinks as frames run short. A push that brings more is taken, and the next one then
     * waits for longer; a server that writes into frames only what there is room for here leaves some for its other peers,
     * however many of them do not read. A peer that takes nothing while frames are few is reset after some seconds.
     *
     * @return 0 if {@link #push} would answer {@link #NO_TOKEN}, or the queue is not connected
     */
    int sendRoomBytes(int queue);

    /**
     * Waits until a push of this queue would be taken: what to do when {@link #push} or {@link #pushTo} has answered {@link
     * #NO_TOKEN}. Completes with OK as soon as there is room, and at once if there is; or with what a push would be answered
     * at once, as the connection is lost or its stream ended. What is free for all may be another queue's before the push:
     * it is then waited for again.
     *
     * <p>One operation of a queue may wait for room; a second one ends with INVALID.
     */
    long awaitRoom(int queue);

    /** Sends one datagram to a peer. UDP only. */
    long pushTo(int queue, Buffer buffer, Endpoint remote);

    /** Takes what arrives next, of any length. */
    long pop(int queue);

    /**
     * Takes what arrives next, at most {@code maxBytes} of it. The rest of a stream stays for the next pop; the rest of
     * a datagram too is not lost: it stays for the next pop, from the same peer.
     */
    long pop(int queue, int maxBytes);

    /**
     * Ends sending: what was pushed goes out, then FIN. Pops go on. A listener takes no new connections, whose SYNs are
     * answered by RST from then on; those whose handshake has begun can still be accepted. Returns OK, or why it cannot be
     * done.
     */
    Status shutdown(int queue);

    /** Closes a queue; see the close table. The descriptor is stale at once. ({@link #close()} ends the stack.) */
    long closeQueue(int queue);

    /** Closes a queue without waiting for anything: RST. The descriptor is stale at once. */
    void abort(int queue);

    /**
     * The next completion of any operation.
     *
     * @param out filled if the answer is COMPLETED
     * @param timeoutNanos 0 turns the loop once; {@link #FOREVER} waits until something completes or wakes
     * @throws DeviceLostException if no packet will ever pass again: only {@link #close()} is of use then
     */
    WaitResult waitNext(Completion out, long timeoutNanos);

    /**
     * The completion of one operation; those of others stay for later waits, in their order.
     *
     * @throws InvalidTokenException if the token is stale
     */
    WaitResult waitFor(long token, Completion out, long timeoutNanos);

    /**
     * Not to be called: a queue's descriptor, or another {@code int}, was given for a token. It is here because {@code int}
     * widens to {@code long} by itself: so the compiler warns.
     *
     * @throws InvalidTokenException always
     * @deprecated wait for the token that an operation has returned
     */
    @Deprecated(forRemoval = true)
    default WaitResult waitFor(int queue, Completion out, long timeoutNanos) {
        throw new InvalidTokenException(queue);
    }

    /** Ends the wait that goes on, or the next one, with WOKEN. Any thread. */
    void wake();

    /**
     * Runs something on the stack's thread, in the next turn of its loop. Any thread. What the work throws comes out of the
     * wait in whose turn it ran; that harms nothing, and what was to run behind it does so in a later turn. What has not run
     * when the stack is closed never does; a {@link StackTask} is told so.
     *
     * @return false if the mailbox is full: try again later
     */
    boolean execute(Runnable work);

    /** Room for {@code lengthBytes} as one buffer, or a chain that can be pushed without a copy; null if none is free. */
    Buffer allocate(int lengthBytes);

    /** The stack's frames. */
    FramePool pool();

    /**
     * Pinned memory for the application's own objects, from 64 B to 1 MiB in one piece. What fits a segment, with the
     * default headroom, is sent as it lies; of what is longer, all but the first segment is copied unless the device puts
     * packets together out of two pieces: {@link #allocate} makes chains that are never copied. Belongs to the stack's thread.
     */
    CoreHeap heap();

    /** Who is at the other end of a connected queue. Returns false if nobody is. */
    boolean peer(int queue, Endpoint out);

    /** The local address of a queue. Returns false if it has none. */
    boolean local(int queue, Endpoint out);

    /**
     * Ends all service in good order, as the last thing before {@link #close()}: listeners are gone, so that a SYN is
     * answered by RST; on each connection what was pushed is sent, then FIN. Turns the loop until every peer has
     * acknowledged all of it and has closed its side. Not waited for are peers that have got all and are silent for half a
     * second. Whatever arrives meanwhile is thrown away, and completions are not handed out: answer first what is to be
     * answered. Ends early if the thread is interrupted, not by {@link #wake}.
     *
     * @param timeoutNanos how long at most; 0 or less: begins, and waits for nobody
     * @return how many connections have not acknowledged all: {@link #close()} will reset them
     */
    int drain(long timeoutNanos);

    /**
     * Aborts what is open, gives all frames and the device back. Closing twice does nothing. From then on every other call,
     * from every thread, is an {@link IllegalStateException}: "the stack is closed"; buffers and views that it gave out throw
     * as well.
     *
     * <p>The stack's thread closes it, also from within {@link #execute}, which ends the wait that ran it with that exception.
     * Any other thread: {@code os.execute(os::close)}; or by itself once the stack's thread has ended.
     *
     * @throws IllegalStateException on another thread while the stack's own is alive
     */
    @Override
    void close();
}
