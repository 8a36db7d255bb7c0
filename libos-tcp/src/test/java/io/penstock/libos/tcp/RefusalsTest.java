package io.penstock.libos.tcp;

import static io.penstock.libos.tcp.testing.LoneStack.OWN;
import static io.penstock.libos.tcp.testing.LoneStack.PEER;
import static io.penstock.libos.tcp.testing.LoneStack.fromPeer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.libos.tcp.testing.LoneStack;
import io.penstock.memory.Buffer;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Packets;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Whatever is full says what it is and which setting makes it larger. */
class RefusalsTest {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final Counters counters = Counters.inMemory();
    private ScriptedDevice device;

    private Stack stack(UnaryOperator<StackConfig.Builder> setting) {
        return Stack.open(setting.apply(StackConfig.builder()
                        .device(setup -> device = new ScriptedDevice(setup, 1500, Capabilities.none()))
                        .address("198.18.0.2/24")
                        .frames(512)
                        .clock(new VirtualClock())
                        .counters(counters))
                .build());
    }

    private void assertSaid(Stack stack, String counter, String... parts) {
        stack.close();
        assertThat(counters.counter(counter).get()).as(counter).isPositive();
        assertThat(counters.remedyOf(counter)).contains(parts);
    }

    @Test
    void saysThatAllFramesAreInUse() {
        Stack stack = stack(c -> c);
        List<Buffer> taken = new ArrayList<>();
        for (Buffer b = stack.allocate(8); b != null; b = stack.allocate(8)) {
            taken.add(b);
        }
        taken.forEach(Buffer::release);

        assertSaid(stack, "pool.refused", "all 512 frames", "--frames", "StackConfig.frames");
    }

    @Test
    void saysThatTheHeapIsFull() {
        Stack stack = stack(c -> c.heapBytes(2 << 20));
        List<Buffer> taken = new ArrayList<>();
        for (Buffer b = stack.heap().allocate(60_000);
                b != null;
                b = stack.heap().allocate(60_000)) {
            taken.add(b);
        }
        taken.forEach(Buffer::release);

        assertSaid(stack, "heap.refused", "heap of 2 MiB", "--heap-mib", "StackConfig.heapBytes");
    }

    @Test
    void saysThatTheTableOfOperationsIsFull() {
        Stack stack = stack(c -> c.maxOperations(16));
        int queue = stack.socket(Transport.UDP);
        for (int i = 0; i < 16; i++) {
            assertThat(stack.pop(queue)).isNotEqualTo(LibOs.NO_TOKEN);
        }
        assertThat(stack.pop(queue)).isEqualTo(LibOs.NO_TOKEN);

        assertSaid(stack, "api.refused.operations", "table of 16 operations", "StackConfig.maxOperations");
    }

    @Test
    void saysThatAllQueuesAreInUse() {
        Stack stack = stack(c -> c.maxQueues(3));
        for (int i = 0; i < 3; i++) {
            assertThat(stack.socket(Transport.UDP)).isNotZero();
        }
        assertThat(stack.socket(Transport.TCP)).isZero();

        assertSaid(stack, "api.refused.queues", "all 3 queues", "StackConfig.maxQueues");
    }

    @Test
    void saysThatThereAreAsManyConnectionsAsThereMayBe() {
        Stack stack = stack(c -> c.maxConnections(2));
        assertThat(stack.socket(Transport.TCP)).isNotZero();
        assertThat(stack.socket(Transport.TCP)).isNotZero();
        assertThat(stack.socket(Transport.TCP)).isZero();
        assertThat(stack.socket(Transport.UDP)).isNotZero();

        assertSaid(stack, "api.refused.connections", "(2)", "StackConfig.maxConnections");
    }

    @Test
    void keepsItsLimitWhenAnotherStackIsOpenedFromTheSameBuilder() {
        StackConfig.Builder config = StackConfig.builder()
                .device(setup -> new ScriptedDevice(setup, 1500, Capabilities.none()))
                .address("198.18.0.2/24")
                .frames(512)
                .clock(new VirtualClock());
        try (Stack two = Stack.open(
                        config.counters(Counters.inMemory()).maxConnections(2).build());
                Stack one = Stack.open(
                        config.counters(Counters.inMemory()).maxConnections(1).build())) {
            assertThat(one.socket(Transport.TCP)).isNotZero();
            assertThat(one.socket(Transport.TCP)).isZero();
            assertThat(two.socket(Transport.TCP)).isNotZero();
            assertThat(two.socket(Transport.TCP)).isNotZero();
            assertThat(two.socket(Transport.TCP)).isZero();
        }
    }

    @Test
    void saysWhichNumbersOfConnectionsCanBe() {
        assertThatThrownBy(() -> StackConfig.builder().maxConnections(0).build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("tcp.max-connections=0: expected a whole number from 1 to 1048576");
    }

    // ---- TCP from a peer

    private static byte[] segment(int port, int sequence, int acknowledgment, int flags) {
        byte[] header = ByteBuffer.allocate(20)
                .putShort((short) 4321)
                .putShort((short) port)
                .putInt(sequence)
                .putInt(acknowledgment)
                .put((byte) 0x50)
                .put((byte) flags)
                .putShort((short) 8000)
                .putInt(0)
                .array();
        int sum = ~Packets.checksum(header, 0, 20, Packets.pseudo(PEER, OWN, 6, 20)) & 0xffff;
        header[16] = (byte) (sum >>> 8);
        header[17] = (byte) sum;
        return fromPeer(6, header);
    }

    @Test
    void namesTheTcpPortWhereNobodyListens() {
        try (LoneStack lone = new LoneStack()) {
            lone.arrives(segment(6380, 1, 0, 0x02));
            lone.arrives(segment(6381, 1, 1, 0x10)); // what is left of a connection: no mistake
            lone.pass(SECOND_NANOS + SECOND_NANOS / 10);

            assertThat(lone.count("tcp.rx.no-listener")).isEqualTo(1);
            assertThat(lone.counters.remedyOf("tcp.rx.no-listener")).contains("TCP port 6380", "nobody listens");
        }
    }

    @Test
    void namesTheListenerWhoseBacklogIsFull() {
        try (LoneStack lone = new LoneStack()) {
            lone.peerIsKnown();
            int listener = lone.stack.socket(Transport.TCP);
            assertThat(lone.stack.bind(listener, Endpoint.parse("198.18.0.2:80")))
                    .isEqualTo(Status.OK);
            assertThat(lone.stack.listen(listener, 1)).isEqualTo(Status.OK);
            for (int i = 0; i < 2; i++) {
                int sequence = 1000 * i;
                byte[] syn = segment(80, sequence, 0, 0x02);
                fromPort(syn, 5000 + i);
                lone.arrives(syn);
                byte[] synAck = lone.takeIpv4(6).getFirst();
                byte[] ack = segment(80, sequence + 1, Packets.i32(synAck, 38) + 1, 0x10);
                fromPort(ack, 5000 + i);
                lone.arrives(ack);
            }
            lone.pass(SECOND_NANOS / 10 * 11);

            assertThat(lone.count("tcp.listen.overflow.backlog")).isPositive();
            assertThat(lone.counters.remedyOf("tcp.listen.overflow.backlog"))
                    .contains("TCP port 80 has 1 connections", "backlog");
        }
    }

    /** Changes the source port, and the checksum with it (RFC 1624). */
    private static void fromPort(byte[] frame, int port) {
        int old = Packets.u16(frame, 34);
        int sum = (~Packets.u16(frame, 50) & 0xffff) + (~old & 0xffff) + port;
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
        frame[34] = (byte) (port >>> 8);
        frame[35] = (byte) port;
        frame[50] = (byte) (sum >>> 8);
        frame[51] = (byte) sum;
    }
}
