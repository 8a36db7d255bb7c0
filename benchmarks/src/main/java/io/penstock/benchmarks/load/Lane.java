package io.penstock.benchmarks.load;

import io.penstock.datapath.Endpoint;
import io.penstock.linux.Errno;
import io.penstock.linux.RawMemory;
import io.penstock.linux.net.SocketAddress4;
import io.penstock.linux.net.Sockets;
import java.lang.foreign.Arena;

/**
 * One connection with one request on its way at a time.
 *
 * <pre>
 *   request:  0           4         8                            size - 8     size
 *             +-----------+---------+----------------------------+------------+
 *             | lane      |  zero   |  sequence, then a pattern  |  sequence  |
 *             +-----------+---------+----------------------------+------------+
 *   sequence at 8 too, so that the mix of two answers shows
 * </pre>
 *
 * The answer must be the very same bytes.
 */
final class Lane implements AutoCloseable {
    private static final int SEQUENCE_OFFSET = 8;
    private static final int PATTERN_OFFSET = 16;
    private static final int TRAILER_BYTES = 8;

    private final int index;
    private final int sizeBytes;
    private final boolean stream;
    private final int fd;
    private final Arena arena = Arena.ofConfined();
    private final long request;
    private final long answer;
    private long sequence;
    private int receivedBytes;
    private long startNanos;
    private boolean waiting;

    private Lane(int index, LoadSpec spec, int fd) {
        this.index = index;
        this.sizeBytes = spec.sizeBytes();
        this.stream = spec.target().isTcp();
        this.fd = fd;
        this.request = arena.allocate(sizeBytes, 64).address();
        // One byte more than is wanted: an answer that is too long shows.
        this.answer = arena.allocate(sizeBytes + 1L, 64).address();
        fillPattern();
    }

    static Lane open(int index, LoadSpec spec) {
        LoadSpec.Target target = spec.target();
        int fd = Sockets.open(target.isTcp() ? Sockets.SOCK_STREAM : Sockets.SOCK_DGRAM);
        Endpoint peer = Endpoint.of(target.address(), target.port());
        int result = Sockets.connect(fd, SocketAddress4.of(peer.ipv4(), peer.port()));
        if (result != 0) {
            Sockets.close(fd);
            throw new LoadException("cannot connect to " + target.address() + ":" + target.port() + " ("
                    + target.transport() + "): " + Errno.describe(-result));
        }
        if (target.isTcp()) {
            Sockets.setLingerZero(fd);
        }
        return new Lane(index, spec, fd);
    }

    private void fillPattern() {
        long seed = index + 1L;
        for (int i = PATTERN_OFFSET; i < sizeBytes - TRAILER_BYTES; i++) {
            seed = seed * 6364136223846793005L + 1442695040888963407L;
            RawMemory.putByte(request + i, (byte) (seed >>> 56));
        }
        RawMemory.putInt(request, index);
    }

    int fd() {
        return fd;
    }

    boolean isWaiting() {
        return waiting;
    }

    long startNanos() {
        return startNanos;
    }

    /** Sends the next request. */
    void send() {
        sequence++;
        RawMemory.putLong(request + SEQUENCE_OFFSET, sequence);
        RawMemory.putLong(request + sizeBytes - TRAILER_BYTES, sequence);
        receivedBytes = 0;
        waiting = true;
        startNanos = System.nanoTime();
        int sent = 0;
        while (sent < sizeBytes) {
            int count = Sockets.send(fd, request + sent, sizeBytes - sent, 0);
            if (count >= 0) {
                sent += count;
            } else if (count != -Errno.EINTR) {
                throw new LoadException("send on connection " + index + ": " + Errno.describe(-count));
            }
        }
    }

    /** Takes what has come. Returns whether the answer is complete. */
    boolean receive(Tally tally) {
        int count = Sockets.receive(fd, answer + receivedBytes, sizeBytes + 1 - receivedBytes, Sockets.MSG_DONTWAIT);
        if (count < 0) {
            if (count == -Errno.EAGAIN || count == -Errno.EINTR) {
                return false;
            }
            throw new LoadException("receive on connection " + index + ": " + Errno.describe(-count));
        }
        if (stream && count == 0) {
            throw new LoadException("the server closed connection " + index);
        }
        receivedBytes += count;
        if (!stream) {
            return isAnswer(tally);
        }
        if (receivedBytes < sizeBytes) {
            return false;
        }
        waiting = false;
        if (receivedBytes != sizeBytes || !RawMemory.equal(request, answer, sizeBytes)) {
            tally.wrong++;
        }
        return true;
    }

    private boolean isAnswer(Tally tally) {
        int length = receivedBytes;
        receivedBytes = 0;
        if (length == sizeBytes && RawMemory.equal(request, answer, sizeBytes)) {
            waiting = false;
            return true;
        }
        // The answer to a request that was given up, or nonsense.
        if (length == sizeBytes && RawMemory.getLong(answer + SEQUENCE_OFFSET) < sequence) {
            tally.late++;
        } else {
            tally.wrong++;
        }
        return false;
    }

    /** UDP: waits no longer for the answer. */
    void giveUp() {
        waiting = false;
    }

    @Override
    public void close() {
        Sockets.close(fd);
        arena.close();
    }
}
