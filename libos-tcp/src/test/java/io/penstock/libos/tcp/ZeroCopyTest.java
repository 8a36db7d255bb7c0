package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.sim.SimWire;
import io.penstock.datapath.poll.Idle;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.memory.Buffer;
import io.penstock.testkit.contract.LibOsLink;
import io.penstock.testkit.contract.Pair;
import io.penstock.testkit.device.ForwardingDevice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Between the device's frame and the application no byte of payload is copied: shown by where the bytes lie. */
class ZeroCopyTest {
    /** A device that notes where packets lay that were received and transmitted. */
    private static final class Witness extends ForwardingDevice {
        private final List<Long> received = new ArrayList<>();
        private final List<Long> transmitted = new ArrayList<>();

        Witness(PacketQueue device) {
            super(device);
        }

        private static boolean carries(Burst burst, int i, int payloadBytes) {
            return burst.length(i) >= payloadBytes + 42;
        }

        @Override
        public int rxBurst(Burst burst) {
            int count = super.rxBurst(burst);
            for (int i = 0; i < burst.count(); i++) {
                if (carries(burst, i, 200)) {
                    received.add(burst.address(i) + burst.length(i));
                }
            }
            return count;
        }

        @Override
        public int txBurst(Burst burst) {
            for (int i = 0; i < burst.count(); i++) {
                if (carries(burst, i, 200)) {
                    transmitted.add(burst.address(i) + burst.length(i));
                }
            }
            return super.txBurst(burst);
        }
    }

    private Witness witness;

    private Pair open() {
        VirtualClock clock = new VirtualClock();
        SimWire wire = SimWire.perfect("zero-copy");
        StackConfig.Builder client = StackConfig.builder().device(setup -> wire.open(SimWire.End.A, setup));
        StackConfig.Builder server = StackConfig.builder().device(setup -> {
            witness = new Witness(wire.open(SimWire.End.B, setup));
            return witness;
        });
        for (StackConfig.Builder config : List.of(client, server)) {
            config.clock(clock).idle(Idle.advancing(clock, 20_000)).frames(1024);
        }
        return new Pair(new LibOsLink(
                clock,
                () -> Stack.open(client.address(LibOsLink.CLIENT_CIDR).build()),
                () -> Stack.open(server.address(LibOsLink.SERVER_CIDR).build()),
                () -> {}));
    }

    /** The server's next completion of a kind. */
    private static Completion next(Pair p, Opcode opcode) {
        Completion c = new Completion();
        for (int i = 0; i < 100_000; i++) {
            p.client.turn();
            if (p.server.os.waitNext(c, 0) == WaitResult.COMPLETED) {
                if (c.opcode() == opcode) {
                    return c;
                }
            } else {
                p.link.rest(0);
            }
        }
        throw new AssertionError("no " + opcode);
    }

    @Test
    void tcpGivesTheReceivedFrameToTheApplicationAndTransmitsThePushedFrame() {
        try (Pair p = open()) {
            Pair.Connection c = p.connect();
            p.server.os.pop(c.server());
            p.client.push(c.client(), Pair.pattern(500));
            Completion pop = next(p, Opcode.POP);
            Buffer b = pop.buffer();
            assertThat(b.address() + b.length()).isEqualTo(witness.received.getLast());
            p.server.os.push(c.server(), b);
            long address = b.address();
            b.release();
            Pair.assertSame(p.popExactly(p.client, c.client(), 500), Pair.pattern(500));
            assertThat(witness.transmitted).containsExactly(address + 500);
        }
    }

    @Test
    void tcpTransmitsEachFrameOfAChainWhereItLies() {
        try (Pair p = open()) {
            Pair.Connection c = p.connect();
            Buffer chain = p.server.buffer(Pair.pattern(10_000));
            List<Long> ends = new ArrayList<>();
            for (Buffer b = chain; b != null; b = b.next()) {
                ends.add(b.address() + b.length());
            }
            p.server.os.push(c.server(), chain);
            chain.release();
            Pair.assertSame(p.popExactly(p.client, c.client(), 10_000), Pair.pattern(10_000));
            assertThat(witness.transmitted).containsExactlyElementsOf(ends);
        }
    }

    @Test
    void tcpTransmitsAnObjectOfTheHeapWhereItLies() {
        try (Pair p = open()) {
            Pair.Connection c = p.connect();
            for (int lengthBytes : new int[] {300, 700, 1_000, 1_460}) {
                witness.transmitted.clear();
                Buffer object = p.server.os.heap().allocate(lengthBytes);
                object.putBytes(0, Pair.pattern(lengthBytes), 0, lengthBytes);
                long end = object.address() + lengthBytes;
                p.server.os.push(c.server(), object);
                object.release();
                Pair.assertSame(p.popExactly(p.client, c.client(), lengthBytes), Pair.pattern(lengthBytes));
                assertThat(witness.transmitted).containsExactly(end);
            }
        }
    }

    @Test
    void udpGivesTheReceivedFrameToTheApplicationAndTransmitsThePushedFrame() {
        try (Pair p = open()) {
            int server = p.server.udp(7);
            int client = p.client.udp(8);
            p.server.os.pop(server);
            p.client.pushTo(client, Pair.pattern(500), p.server.at(7));
            Completion pop = next(p, Opcode.POP);
            Buffer b = pop.buffer();
            assertThat(b.address() + b.length()).isEqualTo(witness.received.getLast());
            p.server.os.pushTo(server, b, pop.peer());
            long address = b.address();
            b.release();
            Pair.assertSame(p.pop(p.client, client), Pair.pattern(500));
            assertThat(witness.transmitted).containsExactly(address + 500);
        }
    }
}
