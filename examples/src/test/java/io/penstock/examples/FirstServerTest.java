package io.penstock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.memory.Buffer;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The server of docs/api.md loses nothing, however its client reads. */
@Timeout(120)
class FirstServerTest {
    private static final long TOTAL_BYTES = 8 << 20;
    private static final int PIECE_BYTES = 1400;
    /** So many turns in a row in which nothing could be sent: the server has stopped reading. */
    private static final int STALLED_TURNS = 20_000;

    private final String wire = "shm:first-" + ProcessHandle.current().pid() + "-" + System.identityHashCode(this);
    private final AtomicReference<FirstServer> server = new AtomicReference<>();
    private final Completion completion = new Completion();
    private Thread serverThread;
    private Stack os;
    private int queue;
    private boolean popping;
    private long sent;
    private long received;
    private boolean ended;

    private StackConfig config(String address) {
        return StackConfig.builder()
                .device(wire)
                .address(address)
                .probeAddress(false)
                .frames(4096)
                .build();
    }

    @BeforeEach
    void open() {
        serverThread = Thread.ofPlatform().name("first-server").start(() -> {
            try (Stack stack = Stack.open(config("198.18.0.2/24"))) {
                FirstServer first = new FirstServer(stack, 7);
                server.set(first);
                first.run();
            }
        });
        os = Stack.open(config("198.18.0.1/24"));
        Status status;
        do { // until it listens
            queue = os.socket(Transport.TCP);
            long token = os.connect(queue, Endpoint.of("198.18.0.2", 7));
            assertThat(os.waitFor(token, completion, 30_000_000_000L)).isEqualTo(WaitResult.COMPLETED);
            status = completion.status();
        } while (status == Status.CONNECTION_REFUSED);
        assertThat(status).isEqualTo(Status.OK);
    }

    @AfterEach
    void close() throws InterruptedException {
        os.close();
        server.get().stop();
        serverThread.join();
    }

    private static byte byteAt(long position) {
        return (byte) (position * 31 + (position >> 9));
    }

    /** Sends the next piece, if there is room. */
    private boolean send() {
        Buffer b = sent < TOTAL_BYTES ? os.allocate((int) Math.min(PIECE_BYTES, TOTAL_BYTES - sent)) : null;
        if (b == null) {
            return false;
        }
        for (int i = 0; i < b.length(); i++) {
            b.putByte(i, byteAt(sent + i));
        }
        int length = b.length();
        boolean taken = os.push(queue, b) != LibOs.NO_TOKEN;
        b.release();
        sent += taken ? length : 0;
        return taken;
    }

    private void turn(boolean reads) {
        if (reads && !popping && !ended) {
            popping = os.pop(queue) != LibOs.NO_TOKEN;
        }
        if (os.waitNext(completion, 0) != WaitResult.COMPLETED || completion.opcode() != Opcode.POP) {
            return;
        }
        popping = false;
        assertThat(completion.status()).isEqualTo(Status.OK);
        ended = completion.lengthBytes() == 0;
        Buffer chain = completion.buffer();
        for (Buffer b = chain; b != null; b = b.next()) {
            for (int i = 0; i < b.length(); i++) {
                if (b.getByte(i) != byteAt(received)) {
                    throw new AssertionError("byte " + received + " differs");
                }
                received++;
            }
        }
        if (chain != null) {
            chain.release();
        }
    }

    private void sendAndReadAll() {
        boolean shut = false;
        while (!ended) {
            send();
            if (sent == TOTAL_BYTES && !shut) {
                shut = true;
                assertThat(os.shutdown(queue)).isEqualTo(Status.OK);
            }
            turn(true);
        }
        assertThat(received).isEqualTo(TOTAL_BYTES);
    }

    @Test
    void aClientThatReadsAtOnceGetsAllOfIt() {
        sendAndReadAll();
    }

    @Test
    void aClientThatReadsLateGetsAllOfIt() {
        for (int stalled = 0; stalled < STALLED_TURNS; ) {
            if (send()) {
                stalled = 0;
            } else {
                stalled++;
                LockSupport.parkNanos(10_000); // lets the server run where cores are few
            }
            turn(false);
        }
        assertThat(sent).as("what the server and both windows hold").isLessThan(TOTAL_BYTES);
        sendAndReadAll();
    }
}
