package io.penstock.testkit.traffic;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.memory.Buffer;
import java.util.function.LongSupplier;

/** One connection that carries a stream in one direction, each byte of which tells where it stands. Allocates nothing. */
public final class OneWay {
    private static final Endpoint SERVER = Endpoint.of("198.18.0.2", 7);
    private static final long LIMIT_NANOS = 3_600_000_000_000L;
    private static final long STEP_NANOS = 100_000;
    private static final int MAX_PENDING = 8;

    /** Makes what is pushed next. */
    @FunctionalInterface
    public interface Source {
        /**
         * Something to push.
         *
         * @param at where in the stream it begins
         * @return null if there is no memory now
         */
        Buffer next(long at);
    }

    private final LibOs sender;
    private final LibOs receiver;
    private final LongSupplier nextArrivalNanos;
    private final VirtualClock clock;
    private final Completion c = new Completion();
    private final byte[] scratch = new byte[1 << 16];
    private final int listener;
    private final int to;
    private int from;
    private boolean connected;
    private long pushed;
    private long popped;
    private int pending;
    private boolean ended;
    private int quiet;

    /**
     * Connects 198.18.0.1 to 198.18.0.2.
     *
     * @param nextArrivalNanos when, by the clock, the link between the two has something for one of them again
     */
    public OneWay(LibOs sender, LibOs receiver, LongSupplier nextArrivalNanos, VirtualClock clock) {
        this.sender = sender;
        this.receiver = receiver;
        this.nextArrivalNanos = nextArrivalNanos;
        this.clock = clock;
        listener = receiver.socket(Transport.TCP);
        if (receiver.bind(listener, SERVER) != Status.OK || receiver.listen(listener, 1) != Status.OK) {
            throw new AssertionError("port 7");
        }
        receiver.accept(listener);
        to = sender.socket(Transport.TCP);
        sender.connect(to, SERVER);
        long deadline = clock.nanos() + LIMIT_NANOS;
        while (!connected || from == 0) {
            turn(deadline);
        }
    }

    /** What stands at a place of the stream. */
    public static byte expected(long at) {
        return (byte) (at * 31 + (at >> 8) * 7 + (at >> 16) * 13);
    }

    /** Fills a buffer, or a chain, with the stream from {@code at} on. */
    public Buffer fill(Buffer chain, long at) {
        long from0 = at;
        for (Buffer b = chain; b != null; b = b.next()) {
            for (int done = 0; done < b.length(); ) {
                int n = Math.min(scratch.length, b.length() - done);
                for (int i = 0; i < n; i++) {
                    scratch[i] = expected(from0 + i);
                }
                b.putBytes(done, scratch, 0, n);
                from0 += n;
                done += n;
            }
        }
        return chain;
    }

    /** Sends so many bytes more, or a little more, and waits until they have arrived and every push is complete. */
    public void carry(long bytes, Source source) {
        long deadline = clock.nanos() + LIMIT_NANOS;
        long end = pushed + bytes;
        while (pushed < end || popped < pushed || pending > 0) {
            while (pushed < end && pending < MAX_PENDING && push(source.next(pushed))) {}
            turn(deadline);
        }
    }

    /** Pushes each buffer of its own and releases it. */
    private boolean push(Buffer b) {
        if (b == null) {
            return false;
        }
        int length = b.chainLength();
        boolean taken = sender.push(to, b) != LibOs.NO_TOKEN;
        b.release();
        if (taken) {
            pushed += length;
            pending++;
        }
        return taken;
    }

    private void turn(long deadline) {
        boolean any = false;
        while (sender.waitNext(c, 0) == WaitResult.COMPLETED) {
            any = true;
            require(c.isOk() || ended);
            connected |= c.opcode() == Opcode.CONNECT;
            pending -= c.opcode() == Opcode.PUSH ? 1 : 0;
        }
        while (receiver.waitNext(c, 0) == WaitResult.COMPLETED) {
            any = true;
            require(c.isOk() || ended);
            if (c.opcode() == Opcode.ACCEPT && c.isOk()) {
                from = c.newQueue();
                receiver.pop(from);
            } else if (c.opcode() == Opcode.POP && c.isOk()) {
                popped();
            }
        }
        quiet = any ? 0 : quiet + 1;
        if (quiet > 2) { // the devices need some turns for what they have
            clock.advanceTo(
                    Math.min(Math.max(nextArrivalNanos.getAsLong(), clock.nanos()), clock.nanos() + STEP_NANOS));
            if (nextArrivalNanos.getAsLong() <= clock.nanos() && quiet > 64) {
                clock.advance(STEP_NANOS); // no room for what has arrived
            }
        }
        require(clock.nanos() < deadline);
    }

    private void popped() {
        if (c.lengthBytes() == 0) {
            ended = true;
            return;
        }
        for (Buffer b = c.buffer(); b != null; b = b.next()) {
            for (int done = 0; done < b.length(); ) {
                int n = Math.min(scratch.length, b.length() - done);
                b.getBytes(done, scratch, 0, n);
                for (int i = 0; i < n; i++) {
                    require(scratch[i] == expected(popped + i));
                }
                popped += n;
                done += n;
            }
        }
        c.buffer().release();
        receiver.pop(from);
    }

    private void require(boolean condition) {
        if (!condition) {
            throw new AssertionError("after " + popped + " of " + pushed + " bytes, at " + clock.nanos() + " ns: " + c);
        }
    }

    /** Closes the sender's end, and waits until the receiver has seen the end and all frames are home. */
    public void end() {
        sender.closeQueue(to);
        long deadline = clock.nanos() + LIMIT_NANOS;
        while (!ended) {
            turn(deadline);
        }
        require(popped == pushed);
        receiver.closeQueue(from);
        receiver.abort(listener);
        while (!isHome(sender) || !isHome(receiver)) {
            turn(deadline);
        }
    }

    private static boolean isHome(LibOs stack) {
        return stack.pool().framesInUse() == 0
                && stack.pool().slicesInUse() == 0
                && stack.heap().bytesInUse() == 0;
    }
}
