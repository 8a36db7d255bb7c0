package io.penstock.testkit.traffic;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.memory.Buffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** Sends streams of random bytes to an echo and compares the hashes of what went and what came back. */
public final class EchoClient {
    private static final int PIECE = 8192;
    /** How much may be under way: less than what both ends' buffers take, so that the echo never has to drop. */
    private static final int WINDOW = 128 << 10;

    private static final class Stream {
        private final SplittableRandom random;
        private final MessageDigest sent = sha256();
        private final MessageDigest received = sha256();
        private final long bytes;
        private long pushed;
        private long popped;
        private boolean connected;
        private boolean over;

        Stream(long seed, long bytes) {
            this.random = new SplittableRandom(seed);
            this.bytes = bytes;
        }
    }

    private final LibOs os;
    private final Map<Integer, Stream> streams = new HashMap<>();
    /** Those that found no frame or no room, to be tried again after a completion. */
    private final ArrayDeque<Integer> blocked = new ArrayDeque<>();

    private final Completion c = new Completion();
    private final byte[] scratch = new byte[1 << 16];
    private int open;
    private long popped;

    public EchoClient(LibOs os) {
        this.os = os;
    }

    /** Opens a connection over which so many bytes will go. */
    public void start(Endpoint server, long seed, long bytes) {
        int queue = os.socket(Transport.TCP);
        if (queue == 0 || os.connect(queue, server) == LibOs.NO_TOKEN) {
            throw new AssertionError("no room for connection " + streams.size());
        }
        streams.put(queue, new Stream(seed, bytes));
        open++;
    }

    /** Handles what has come. Returns whether something had. */
    public boolean turn() {
        boolean any = false;
        while (os.waitNext(c, 0) == WaitResult.COMPLETED) {
            any = true;
            Stream s = streams.get(c.queue());
            if (c.opcode() == Opcode.CLOSE) {
                open--;
                continue;
            }
            if (!c.isOk()) {
                throw new AssertionError(c.toString());
            }
            switch (c.opcode()) {
                case CONNECT -> {
                    s.connected = true;
                    os.pop(c.queue());
                }
                case POP -> popped(s);
                default -> {}
            }
            send(c.queue(), s);
        }
        for (int i = any ? blocked.size() : 0; i > 0; i--) {
            int queue = blocked.remove();
            send(queue, streams.get(queue));
        }
        return any;
    }

    private void popped(Stream s) {
        if (c.buffer() == null) {
            throw new AssertionError("the stream ended after " + s.popped + " of " + s.bytes);
        }
        for (Buffer b = c.buffer(); b != null; b = b.next()) {
            b.getBytes(0, scratch, 0, b.length());
            s.received.update(scratch, 0, b.length());
        }
        s.popped += c.lengthBytes();
        popped += c.lengthBytes();
        c.buffer().release();
        if (s.popped < s.bytes) {
            os.pop(c.queue());
        } else if (!s.over) {
            s.over = true;
            os.closeQueue(c.queue());
        }
    }

    private void send(int queue, Stream s) {
        while (!s.over && s.connected && s.pushed < s.bytes && s.pushed - s.popped < WINDOW) {
            int length = (int) Math.min(1 + s.random.nextInt(PIECE), s.bytes - s.pushed);
            Buffer chain = os.allocate(length);
            if (chain == null) {
                blocked.add(queue);
                return;
            }
            SplittableRandom before = s.random.split();
            for (Buffer b = chain; b != null; b = b.next()) {
                before.nextBytes(scratch);
                b.putBytes(0, scratch, 0, b.length());
            }
            long token = os.push(queue, chain);
            if (token != LibOs.NO_TOKEN) {
                for (Buffer b = chain; b != null; b = b.next()) {
                    b.getBytes(0, scratch, 0, b.length());
                    s.sent.update(scratch, 0, b.length());
                }
                s.pushed += length;
            }
            chain.release();
            if (token == LibOs.NO_TOKEN) {
                blocked.add(queue);
                return;
            }
        }
    }

    /** Whether every connection has got all back and is closed. */
    public boolean isOver() {
        return open == 0;
    }

    /** How many bytes came back, over all connections. */
    public long popped() {
        return popped;
    }

    /** Compares the hashes. */
    public void assertEqualHashes() {
        streams.forEach((queue, s) -> {
            if (s.pushed != s.bytes || s.popped != s.bytes || !Arrays.equals(s.sent.digest(), s.received.digest())) {
                throw new AssertionError("queue " + queue + ": sent " + s.pushed + ", got " + s.popped + " of "
                        + s.bytes + ", and the hashes differ if these do not");
            }
        });
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has it", e);
        }
    }
}
