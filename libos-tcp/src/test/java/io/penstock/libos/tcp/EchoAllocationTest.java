package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Completion;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.device.sim.SimWire;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.SystemClock;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.memory.Buffer;
import io.penstock.testkit.Garbage;
import io.penstock.testkit.traffic.Echo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** After warm-up a request and its answer allocate nothing, at either end. */
class EchoAllocationTest {
    private static final int WARM_UP = 30_000;
    private static final int REQUESTS = 20_000;

    private Stack client;
    private Stack server;
    private Echo echo;
    private Clock clock;
    private final Completion c = new Completion();
    private int queue;
    private Transport transport;

    @ParameterizedTest
    @CsvSource({"sim, TCP, 64", "sim, UDP, 64", "sim, TCP, 1400", "shm, TCP, 64", "shm, UDP, 64", "shm, TCP, 5000"})
    void aRequestAllocatesNothing(String wire, Transport over, int lengthBytes) {
        transport = over;
        open(wire);
        try {
            connect();
            run(WARM_UP, lengthBytes);
            Garbage.assertNone(() -> run(REQUESTS / 10, lengthBytes));
        } finally {
            client.close();
            server.close();
        }
    }

    /** Time passes, but nobody says why this machine's core stood still: the line is garbage, though of no request. */
    private record Unwatched(Clock time) implements Clock {
        @Override
        public long nanos() {
            return time.nanos();
        }

        @Override
        public long update() {
            return time.update();
        }

        @Override
        public boolean isVirtual() {
            return true;
        }
    }

    private void open(String wire) {
        StackConfig.Builder first =
                StackConfig.builder().address("198.18.0.1/24").frames(1024);
        StackConfig.Builder second =
                StackConfig.builder().address("198.18.0.2/24").frames(1024);
        if (wire.equals("sim")) {
            clock = new VirtualClock();
            SimWire sim = SimWire.perfect("allocation");
            first.device(setup -> sim.open(SimWire.End.A, setup));
            second.device(setup -> sim.open(SimWire.End.B, setup));
        } else {
            clock = new Unwatched(new SystemClock());
            String name = "allocation-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
            first.device("shm:" + name).probeAddress(false);
            second.device("shm:" + name).probeAddress(false);
        }
        client = Stack.open(first.clock(clock).build());
        server = Stack.open(second.clock(clock).build());
        echo = new Echo(server, 7);
    }

    private void connect() {
        queue = client.socket(transport);
        long token = client.connect(queue, io.penstock.datapath.Endpoint.of("198.18.0.2", 7));
        long deadline = clock.nanos() + 5_000_000_000L;
        while (client.waitFor(token, c, 0) != WaitResult.COMPLETED) {
            rest();
            assertThat(clock.update()).isLessThan(deadline);
        }
        assertThat(c.isOk()).isTrue();
    }

    private void rest() {
        if (!echo.turn() && clock instanceof VirtualClock virtual) {
            virtual.advance(2_000);
        }
    }

    private void run(int requests, int lengthBytes) {
        for (int i = 0; i < requests; i++) {
            Buffer request = client.allocate(lengthBytes);
            request.putInt(0, i);
            if (client.push(queue, request) == LibOs.NO_TOKEN) {
                throw new AssertionError("no token");
            }
            request.release();
            int left = lengthBytes;
            client.pop(queue);
            for (int idle = 0; left > 0; idle++) {
                if (idle > 50_000_000) {
                    throw new AssertionError("no answer to request " + i);
                }
                if (client.waitNext(c, 0) != WaitResult.COMPLETED) {
                    rest();
                } else if (c.opcode() == Opcode.POP) {
                    if (left == lengthBytes && c.buffer().getInt(0) != i) {
                        throw new AssertionError("another answer");
                    }
                    left -= c.lengthBytes();
                    c.buffer().release();
                    if (left > 0) {
                        client.pop(queue);
                    }
                }
            }
        }
    }
}
