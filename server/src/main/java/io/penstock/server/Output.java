package io.penstock.server;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.LibOs;
import io.penstock.memory.AgronaView;
import io.penstock.memory.Buffer;
import io.penstock.memory.DirectMemory;
import java.util.ArrayDeque;
import java.util.ArrayList;

/**
 * What goes out on one connection, in its order; or, as long as it is not its turn, one deferred answer.
 *
 * <pre>
 *   put   --&gt; frames, a segment each, as many as the stack says there is room for --&gt; one push for all
 *         \                                                                        ^
 *          `--&gt; blocks of the heap, while it has none ------- pushed one by one ---'
 *   write --&gt; somebody's own buffers, by reference -----------------------------' not copied
 * </pre>
 *
 * <p>Writing always succeeds, so that a request is never answered by half: what is more than {@link WaitingMemory} has is
 * lost, and with it the connection. Nothing more is executed for a connection that {@link #isFull}.
 *
 * <p>An answer with a length in front is not pushed before its end, as its length is written then.
 */
final class Output extends Reply {
    private static final int MAX_FRAMES = 32;
    private static final int MAX_SHARED = 4096;
    private static final int MIN_BLOCK_BYTES = 4 << 10;
    private static final int MAX_BLOCK_BYTES = 64 << 10;

    private final Common common;
    private final LibOs os;
    private final WaitingMemory memory;
    private final AgronaView view = new AgronaView();

    /** What was written and not pushed: buffers and chains, the last of which may still be written to. */
    private final ArrayDeque<Buffer> waiting = new ArrayDeque<>(2);
    /** Those of them that are blocks of its own, and those that are somebody else's. */
    private final ArrayDeque<Buffer> blocks = new ArrayDeque<>(2);

    private final ArrayDeque<Buffer> shared = new ArrayDeque<>(2);

    /** Buffers that others have let go of and that may be linked: the first may be a chain already. Null until there are. */
    private ArrayDeque<Buffer> adopted;

    private Object connection;
    private int queue;
    private Framing framing;

    /** The last buffer, if it is written to. */
    private Buffer tail;
    /** How many frames the last chain has; 0 if it is none. */
    private int frames;

    private int maxFrames;
    /** Whether the stack took no more when it was asked last, or is not to be asked. */
    private boolean isRefused;

    private long blockBytes;
    private long sharedBytes;
    private boolean isOverflown;

    // ---- the message that is written

    /** Whether it has begun; always so where there are no messages. */
    private boolean isOpen;
    /** What {@link #end} is once it has. */
    private int limit;
    /** Where its header is. */
    private Buffer headerIn;

    private int headerAt;
    /** How much of it lies in buffers before the last one, and from where on it lies there. */
    private long before;

    private int from;

    // ---- the request that is answered

    private int sent;
    private boolean isNone;
    private boolean isLast;
    private Output deferred;

    // ---- as a deferred answer

    private boolean isHeld;
    /** When it was asked for, in the server's looks at all connections. */
    int since;

    boolean isAnswered;
    private boolean isCancelled;

    private Output(Common common) {
        this.common = common;
        this.os = common.os;
        this.memory = common.memory;
    }

    /** What all outputs of a server share. */
    static final class Common {
        private final LibOs os;
        private final WaitingMemory memory;
        private final long maxBytes;
        private final Deferrals deferrals;
        /** How much a frame carries at most to leave as one packet: the stack cuts what is longer so. */
        private final int segmentBytes;
        /** Deferred answers that are done. */
        private final ArrayList<Output> free = new ArrayList<>();

        /**
         * @param maxBytes how much may wait on one connection
         * @throws ConfigurationException if the stack has too few frames
         */
        Common(LibOs os, WaitingMemory memory, long maxBytes, Deferrals deferrals) {
            this.os = os;
            this.memory = memory;
            this.maxBytes = maxBytes;
            this.deferrals = deferrals;
            Buffer chain = os.allocate(2 * os.pool().payloadBytes());
            if (chain == null) {
                throw new ConfigurationException(
                        "the pool has too few frames to serve: ask for more (StackConfig.frames)");
            }
            segmentBytes = chain.length();
            chain.release();
        }

        int segmentBytes() {
            return segmentBytes;
        }

        /** A connection's own. */
        Output open(Object connection, int queue, Framing framing) {
            return new Output(this).begin(connection, queue, framing, false);
        }

        /** A deferred answer on the same connection. */
        Output hold(Output main) {
            Output held = free.isEmpty() ? new Output(this) : free.removeLast();
            return held.begin(main.connection, main.queue, main.framing, true);
        }

        /** Nobody has it any more. */
        void recycle(Output held) {
            held.discard();
            held.connection = null;
            held.thrown = null;
            free.add(held);
        }
    }

    /** Who knows whose turn it is. */
    interface Deferrals {
        /** An answer of this connection will come later. */
        Output defer(Object connection);

        /** It has come, or will not. */
        void ended(Object connection, Output deferred);
    }

    private Output begin(Object newConnection, int newQueue, Framing newFraming, boolean newIsHeld) {
        connection = newConnection;
        queue = newQueue;
        framing = newFraming;
        isHeld = newIsHeld;
        isOpen = !newFraming.hasMessages();
        isRefused = newIsHeld;
        isAnswered = false;
        isCancelled = false;
        beginRequest();
        return this;
    }

    // ---- room

    @Override
    void makeRoom(int bytes) {
        if (!isOpen) {
            begin();
            if (end - at >= bytes) {
                return;
            }
        }
        finish();
        if (isOverflown || isCancelled || !(writeOn(bytes) || appendFrame() || appendBlock())) {
            isOverflown = true;
            to = LOST;
            at = 0;
            end = LOST.capacity();
            limit = end;
            from = 0;
        }
    }

    /** Goes on in the last block, if that waits still: replies to many small requests would else take a block each. */
    private boolean writeOn(int bytes) {
        int written = isRefused && tail != null && tail == blocks.peekLast() && tail == waiting.peekLast()
                ? tail.length()
                : Integer.MAX_VALUE;
        if (written == Integer.MAX_VALUE || tail.capacity() - written < bytes) {
            return false;
        }
        writeTo(tail.length(tail.capacity()), tail.capacity());
        at = written;
        from = written;
        return true;
    }

    private boolean appendFrame() {
        if (isRefused || (frames > 0 && frames >= maxFrames && (headerIn != null || !push(false)))) {
            return false;
        }
        if (frames == 0) {
            maxFrames = Math.min(MAX_FRAMES, os.sendRoomBytes(queue) / common.segmentBytes);
        }
        Buffer next = maxFrames == 0 ? null : os.allocate(common.segmentBytes);
        if (next == null) {
            return false;
        }
        if (frames == 0) {
            waiting.add(next);
        } else {
            tail.next(next);
        }
        frames++;
        writeTo(next, common.segmentBytes);
        return true;
    }

    private boolean appendBlock() {
        int bytes = Math.clamp(blockBytes, MIN_BLOCK_BYTES, MAX_BLOCK_BYTES);
        Buffer next = memory.hasPinnedRoom(bytes) ? os.heap().allocate(bytes) : null;
        if (next == null) {
            return false;
        }
        count(next.frameBytes());
        blocks.add(next);
        waiting.add(next);
        frames = 0;
        writeTo(next, bytes);
        return true;
    }

    private void writeTo(Buffer next, int bytes) {
        tail = next;
        to = view.over(next);
        at = 0;
        from = 0;
        end = bytes;
        limit = bytes;
    }

    private void count(long bytes) {
        blockBytes += bytes;
        memory.usePinned(bytes);
    }

    /** Notes how far the last buffer was filled; nothing more is written to it. */
    private void finish() {
        if (to != LOST) {
            tail.length(at);
        }
        before += at - from;
        to = LOST;
        at = 0;
        from = 0;
        end = 0;
        limit = 0;
    }

    // ---- messages

    @Override
    void touch() {
        if (!isOpen) {
            begin();
        }
    }

    private void begin() {
        isOpen = true;
        end = limit;
        int room = framing.headerRoomBytes();
        if (room > 0) {
            need(room);
            headerIn = to == LOST ? null : tail;
            headerAt = at;
            at += room;
        }
        from = at;
        before = 0;
    }

    private void endMessage() {
        touch();
        long length = before + at - from;
        framing.checkAnswer(length);
        if (framing.trailerBytes() > 0) {
            need(2);
            if (framing.trailerBytes() > 1) {
                to.putByte(at++, (byte) '\r');
            }
            to.putByte(at++, (byte) '\n');
        }
        if (headerIn != null) {
            writeHeader(length);
            headerIn = null;
        }
        isOpen = false;
        limit = end;
        end = at; // so that the next byte is asked for, and begins a message
        from = at;
        before = 0;
        sent++;
    }

    /** A header that is shorter than its room is followed by what stands behind it in its buffer. */
    private void writeHeader(long length) {
        int room = framing.headerRoomBytes();
        long place = headerIn.address() + headerAt;
        int header = framing.writeHeader(place, length);
        if (header == room) {
            return;
        }
        boolean isLastBuffer = to != LOST && headerIn == tail;
        int stop = isLastBuffer ? at : headerIn.length();
        DirectMemory.copy(place + room, place + header, stop - headerAt - room);
        if (isLastBuffer) {
            at -= room - header;
        } else {
            headerIn.length(stop - (room - header));
        }
    }

    @Override
    boolean hasHeader() {
        return framing.headerRoomBytes() > 0;
    }

    /** A request begins. */
    void beginRequest() {
        sent = 0;
        isNone = false;
        deferred = null;
    }

    /** The handler has returned. Returns whether the request was answered, or will be, or need not be. */
    boolean endRequest() {
        if (framing.hasMessages()) {
            if (isOpen && deferred == null) {
                endMessage();
            }
            return sent > 0 || isNone || deferred != null;
        }
        return true;
    }

    /** What {@link #defer} was answered for this request, or null. */
    Output deferred() {
        return deferred;
    }

    boolean isLast() {
        return isLast;
    }

    @Override
    public void send() {
        if (framing.hasMessages()) {
            endMessage();
        }
        endDeferred();
    }

    @Override
    public void none() {
        requireNothingPut();
        isNone = true;
        endDeferred();
    }

    @Override
    boolean isDeferred() {
        return deferred == this;
    }

    @Override
    void endDeferred() {
        if (isDeferred()) {
            isAnswered = true;
            common.deferrals.ended(connection, this);
        }
    }

    @Override
    public Reply defer() {
        requireNothingPut();
        if (deferred == null) {
            deferred = isHeld ? this : common.deferrals.defer(connection);
            deferred.deferred = deferred;
        }
        return deferred;
    }

    private void requireNothingPut() {
        if (sent > 0 || (framing.hasMessages() && isOpen)) {
            throw new IllegalStateException("an answer has begun");
        }
    }

    @Override
    public boolean isCancelled() {
        return isCancelled;
    }

    @Override
    public void close() {
        isLast = true;
    }

    // ---- what lies somewhere already

    @Override
    public Reply write(Buffer ready) {
        int length = ready.chainLength();
        if (length < SHARED_BYTES || shared.size() >= MAX_SHARED || isOverflown || isCancelled) {
            copyChain(ready); // references take memory as well
        } else {
            share(length);
            Buffer _ = ready.retain();
            shared.add(ready);
            waiting.add(ready);
        }
        return this;
    }

    private void share(int length) {
        touch();
        finish();
        sharedBytes += length;
        before += length;
        frames = 0;
    }

    @Override
    boolean shares() {
        return !isRefused && !isOverflown; // what waits should not keep frames from others
    }

    @Override
    void adopt(Buffer single) {
        share(single.length());
        if (adopted == null) {
            adopted = new ArrayDeque<>(2);
        }
        adopted.add(single);
        shared.add(single);
        waiting.add(single);
    }

    // ---- to the stack

    /**
     * Pushes all that it can, in order. Returns whether nothing is left.
     *
     * @param mayLink whether nobody else has a reference to what was adopted
     */
    private boolean push(boolean mayLink) {
        for (Buffer first = waiting.peekFirst(); first != null; first = waiting.peekFirst()) {
            if (mayLink && adopted != null && first == adopted.peekFirst() && waiting.size() > 1) {
                linkAdopted(first);
            }
            if (os.push(queue, first) == LibOs.NO_TOKEN) {
                isRefused = true;
                return false;
            }
            waiting.removeFirst();
            letGo(first);
        }
        isRefused = false;
        tail = null;
        frames = 0;
        return true;
    }

    /** One push for all that came together. */
    private void linkAdopted(Buffer head) {
        Buffer last = head;
        while (last.next() != null) {
            last = last.next();
        }
        adopted.removeFirst();
        shared.removeFirst();
        waiting.removeFirst();
        while (!adopted.isEmpty() && adopted.peekFirst() == waiting.peekFirst()) {
            Buffer following = adopted.removeFirst();
            shared.removeFirst();
            waiting.removeFirst();
            last.next(following);
            last = following;
        }
        adopted.addFirst(head);
        shared.addFirst(head);
        waiting.addFirst(head);
    }

    private void letGo(Buffer first) {
        if (adopted != null && first == adopted.peekFirst()) {
            adopted.removeFirst();
        }
        if (first == blocks.peekFirst()) {
            blocks.removeFirst();
            count(-first.frameBytes());
        } else if (first == shared.peekFirst()) {
            shared.removeFirst();
            sharedBytes -= first.chainLength();
        }
        first.release();
    }

    /**
     * Pushes what was written.
     *
     * @return false if some of it has to wait until there is room
     */
    boolean flush() {
        finish();
        return push(true);
    }

    /** Puts a deferred answer behind what was written, whose turn it is. */
    void append(Output answer) {
        answer.finish();
        finish();
        isOverflown |= answer.isOverflown;
        isLast |= answer.isLast;
        move(answer.waiting, waiting);
        move(answer.blocks, blocks);
        move(answer.shared, shared);
        blockBytes += answer.blockBytes;
        sharedBytes += answer.sharedBytes;
        answer.blockBytes = 0;
        answer.sharedBytes = 0;
        tail = null;
        frames = 0;
    }

    /** Without an iterator, which is garbage. */
    private static void move(ArrayDeque<Buffer> from, ArrayDeque<Buffer> to) {
        for (Buffer b = from.pollFirst(); b != null; b = from.pollFirst()) {
            to.addLast(b);
        }
    }

    /** Whether so much waits that its peer has to read before anything more is executed for it. */
    boolean isFull() {
        if (framing.isStream()) {
            return !waiting.isEmpty(); // there is nothing that a peer would have to send before it reads
        }
        return waitingBytes() > Math.min(memory.shareBytes(), common.maxBytes);
    }

    @Override
    boolean isLost() {
        return isOverflown;
    }

    /** How much waits, apart from frames. */
    long waitingBytes() {
        return blockBytes + sharedBytes;
    }

    /** The connection has ended: what is written to this answer goes nowhere. */
    void cancel() {
        discard();
        isCancelled = true;
    }

    /** Gives back what was written and not pushed, and is as new. */
    void discard() {
        finish();
        while (!waiting.isEmpty()) {
            letGo(waiting.removeFirst());
        }
        tail = null;
        headerIn = null;
        frames = 0;
        isOverflown = false;
        isLast = false;
        isRefused = isHeld;
        isOpen = !framing.hasMessages();
    }
}
