package io.penstock.datapath.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.net.UnixSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A lease on its way through a socket; over shared memory, which needs no privilege. */
@Timeout(60)
class PortLeaseTest {
    private static final long TIMEOUT_NANOS = 5_000_000_000L;

    @TempDir
    private Path directory;

    private int listening;
    private int sender;
    private int receiver;

    @BeforeEach
    void connect() {
        Path path = directory.resolve("lease");
        listening = UnixSocket.listen(path, 1);
        sender = UnixSocket.connect(path, TIMEOUT_NANOS);
        receiver = UnixSocket.accept(listening, TIMEOUT_NANOS);
        assertThat(receiver).isPositive();
    }

    @AfterEach
    void disconnect() {
        FileDescriptors.close(sender);
        FileDescriptors.close(receiver);
        FileDescriptors.close(listening);
    }

    private static long openDescriptors() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }

    private static String wire() {
        return "shm:lease-" + ProcessHandle.current().pid();
    }

    @Test
    void whoReceivesItHasThePort() throws IOException {
        VirtualClock clock = new VirtualClock();
        long before = openDescriptors();
        PortLease sent = Devices.acquire(Devices.parse(wire() + ",role=a"), null);
        sent.send(sender, TIMEOUT_NANOS);
        sent.close();
        sent.close();
        PortLease received = PortLease.receive(receiver, TIMEOUT_NANOS);
        assertThat(received.spec()).isEqualTo(Devices.parse(wire() + ",role=a"));
        assertThatThrownBy(() -> Devices.openPort(Devices.parse(wire() + ",role=a")))
                .as("the lock has gone over with the descriptor")
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("in use");
        try (WireEnd a = new WireEnd(clock, setup -> {
                    try (PacketPort port = Devices.attach(received)) {
                        assertThat(port.isUp()).isFalse();
                        return port.open(setup);
                    }
                });
                WireEnd b = new WireEnd(clock, setup -> Devices.open(Devices.parse(wire()), setup))) {
            assertThat(a.device.info().mode()).isEqualTo("shared memory, end A");
            for (int i = 0; i < 100; i++) {
                assertThat(a.send(i) && b.send(1000 + i)).isTrue();
                assertThat(b.receive()).isEqualTo(i);
                assertThat(a.receive()).isEqualTo(1000 + i);
            }
        }
        Devices.openPort(Devices.parse(wire() + ",role=a")).close();
        assertThat(openDescriptors()).isEqualTo(before);
    }

    @Test
    void aLeaseThatNobodyTakesFreesThePort() {
        Devices.acquire(Devices.parse(wire() + ",role=a"), null).close();
        Devices.openPort(Devices.parse(wire() + ",role=a")).close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "penstock-lease 2\nshm:x\n",
                "penstock-lease 1\nno device\n",
                "penstock-lease 1\nshm:x\n\nno fact",
                "penstock-lease 1\nshm:x\nwire\nend=0\nmtu=1500",
                "penstock-lease 1\nshm:x\n\nend=0\nmtu=1500",
                "penstock-lease 1\nshm:x\n\nend=zero\nmtu=1500",
                "penstock-lease 1\nshm:x\n\nmtu=1500",
                "penstock-lease 1\nsim:x\n\nmtu=1500",
                "penstock-lease 1\nafxdp:x\n\nqueues=1",
                "penstock-lease 1\ntap:x\n\nmtu=1500"
            })
    void nonsenseIsRefusedInOneLineAndLeavesNothing(String head) throws IOException {
        long before = openDescriptors();
        assertThat(UnixSocket.send(sender, head.getBytes(StandardCharsets.UTF_8), TIMEOUT_NANOS))
                .isZero();
        int[] pipe = FileDescriptors.pipe();
        assertThat(UnixSocket.sendDescriptor(
                        sender, pipe[0], "no wire".getBytes(StandardCharsets.UTF_8), TIMEOUT_NANOS))
                .isZero();
        FileDescriptors.close(pipe[0]);
        FileDescriptors.close(pipe[1]);
        assertThatThrownBy(() -> Devices.attach(PortLease.receive(receiver, TIMEOUT_NANOS)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("\n");
        assertThat(openDescriptors()).isEqualTo(before);
    }

    @Test
    void whatIsNoWireIsRefused() throws IOException {
        long before = openDescriptors();
        int[] pipe = FileDescriptors.pipe();
        new PortLease(Devices.parse("shm:x"))
                .fact("end", 0)
                .fact("mtu", 1500)
                .descriptor("wire", pipe[0])
                .send(sender, TIMEOUT_NANOS);
        FileDescriptors.close(pipe[0]);
        FileDescriptors.close(pipe[1]);
        assertThatThrownBy(() -> Devices.attach(PortLease.receive(receiver, TIMEOUT_NANOS)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("not a wire");
        assertThat(openDescriptors()).isEqualTo(before);
    }

    @Test
    void aPortThatCannotBeHandedOverSaysSo() {
        assertThatThrownBy(() -> Devices.acquire(Devices.parse("sim:x"), null))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("device 'sim:x' cannot be handed over to another process: sim: opens it as a whole");
    }
}
