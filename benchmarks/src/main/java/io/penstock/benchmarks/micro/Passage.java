package io.penstock.benchmarks.micro;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.memory.Buffer;
import io.penstock.testkit.packet.Packets;
import java.time.Duration;

/**
 * One established connection of a stack on the calling thread, with a {@link PassagePeer}: a segment goes up through it, or
 * a buffer down, as often as is wanted.
 *
 * <pre>
 *   receive   the device's frame → Ethernet → IP → TCP → completion of a pop
 *   push      buffer → TCP → IP → Ethernet → the device's frame
 * </pre>
 */
final class Passage implements AutoCloseable {
    private static final String ADDRESS = "198.18.0.1";
    private static final int PORT = 7;
    private static final int FRAMES = 1024;
    private static final int MAX_TURNS = 1_000_000;

    /** The peer is never late, but this thread may be, on a busy machine: nothing is sent again for that. */
    private static final Duration NO_TIMEOUT = Duration.ofSeconds(60);

    private final int sizeBytes;
    private final Stack stack;
    private final Completion done = new Completion();
    private final int queue;
    private PassagePeer peer;
    private int pushed;

    /**
     * Opens a stack and lets the peer connect.
     *
     * @param sizeBytes of segments and buffers
     * @param deviceSums whether checksums are the device's affair, both ways; if not, the stack's
     */
    Passage(int sizeBytes, boolean deviceSums) {
        this.sizeBytes = sizeBytes;
        this.stack = Stack.open(StackConfig.builder()
                .device(setup -> peer = new PassagePeer(setup, Packets.ip(ADDRESS), PORT, deviceSums, sizeBytes))
                .address(ADDRESS + "/24")
                .frames(FRAMES)
                .probeAddress(false)
                .set(TcpSettings.INITIAL_RTO, NO_TIMEOUT)
                .set(TcpSettings.MIN_RTO, NO_TIMEOUT)
                .build());
        int listener = stack.socket(Transport.TCP);
        stack.bind(listener, Endpoint.of(ADDRESS, PORT));
        stack.listen(listener, 1);
        stack.accept(listener);
        peer.connect();
        await(Opcode.ACCEPT);
        this.queue = done.newQueue();
        stack.pop(queue);
    }

    /** A segment of the peer arrives, and the pop that waits for it ends. Returns what it brought, to be given back. */
    Buffer receive() {
        peer.dataArrives();
        await(Opcode.POP);
        return done.buffer();
    }

    /** The application is through with what it received, and wants more. */
    void giveBack(Buffer received) {
        received.release();
        stack.pop(queue);
    }

    /** For the next push. */
    Buffer allocate() {
        return stack.allocate(sizeBytes);
    }

    /** Sends one buffer until the device has its frame. Takes over the caller's reference. */
    void push(Buffer buffer) {
        pushed++;
        if (stack.push(queue, buffer) == LibOs.NO_TOKEN) {
            throw new IllegalStateException("no room for push " + pushed);
        }
        buffer.release();
        if (stack.waitNext(done, 0) == WaitResult.COMPLETED || peer.segmentsWithData() != pushed) {
            throw new IllegalStateException("push " + pushed + " did not go to the device at once: the peer has "
                    + peer.segmentsWithData() + ", and the loop says " + done);
        }
    }

    /** The peer acknowledges all that it got, and so many pushes end. */
    void acknowledge(int pushes) {
        peer.acknowledgementArrives();
        for (int i = 0; i < pushes; i++) {
            await(Opcode.PUSH);
        }
    }

    private void await(Opcode opcode) {
        for (int turn = 0; turn < MAX_TURNS; turn++) {
            if (stack.waitNext(done, 0) == WaitResult.COMPLETED) {
                if (done.opcode() != opcode || !done.isOk()) {
                    throw new IllegalStateException("expected the end of a " + opcode + ", got " + done);
                }
                return;
            }
        }
        throw new IllegalStateException("no " + opcode + " ended in a million turns");
    }

    PassagePeer peer() {
        return peer;
    }

    /** One of the stack's counters. */
    long count(String counter) {
        return stack.counters().counter(counter).get();
    }

    @Override
    public void close() {
        stack.close();
    }
}
