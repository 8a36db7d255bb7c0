package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSetup.Steering;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PortLease;
import io.penstock.datapath.poll.SystemClock;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.net.UnixSocket;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import io.penstock.testkit.Holdings;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.traffic.Echo;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.agrona.collections.Object2IntHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** This process acquires a port; one of user nobody, without a capability and without a way to one, has it then. */
@Timeout(120)
class LeaseTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int CONNECTIONS = 64;
    private static final int FRAMES = 4096;
    private static final int FRAME_BYTES = 2048;
    private static final long TIMEOUT_NANOS = 60_000_000_000L;
    private static final List<String> NOBODY = List.of(
            "setpriv",
            "--reuid=nobody",
            "--regid=nogroup",
            "--clear-groups",
            "--inh-caps=-all",
            "--bounding-set=-all",
            "--no-new-privs",
            "--pdeathsig",
            "KILL",
            "--");

    @TempDir
    private Path directory;

    private Path socket;

    @BeforeEach
    void letNobodyIn() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        socket = directory.resolve("lease");
    }

    // ---- the child's class path, where nobody may read it

    private String classPath() throws IOException {
        List<String> entries = new ArrayList<>();
        for (Class<?> needed : List.of(
                LeasedEchoMain.class,
                Echo.class,
                Stack.class,
                Devices.class,
                Region.class,
                RawMemory.class,
                Logger.class,
                Object2IntHashMap.class)) {
            Path from = origin(needed);
            Path to = directory.resolve(entries.size() + "-" + from.getFileName());
            if (!Files.exists(to)) {
                copy(from, to);
            }
            entries.add(to.toString());
        }
        return String.join(File.pathSeparator, entries);
    }

    private static Path origin(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private Child startNobody(NetworkNamespace namespace, List<String> program) throws IOException {
        Path arguments = directory.resolve("jvmargs");
        Files.copy(Path.of(System.getProperty("penstock.root"), "penstock.jvmargs"), arguments);
        List<String> command = new ArrayList<>(NOBODY);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + arguments,
                "-Xmx64m",
                "-cp",
                classPath()));
        command.addAll(program);
        return Child.start("the leaseholder", namespace.command(command));
    }

    /** Acquires the device for an echo of datagrams, hands it over, and lets go of it. */
    private Child handOver(NetworkNamespace namespace, String device) throws IOException {
        List<String> program = List.of(LeasedEchoMain.class.getName(), socket.toString());
        try (Region region = Region.map((long) FRAMES * FRAME_BYTES);
                FramePool pool = FramePool.over("acquirer", region, FRAME_BYTES, FramePool.DEFAULT_HEADROOM_BYTES)) {
            DeviceSetup setup = new DeviceSetup(pool, ACCESS, new SystemClock(), Steering.toAddress(Wires.OURS));
            return handOver(namespace, program, () -> Devices.acquire(Devices.parse(device), setup));
        }
    }

    /** The same for a stack. */
    private Child handOverToStack(NetworkNamespace namespace, String device) throws IOException {
        String address = VethWire.PENSTOCK_ADDRESS + "/24";
        return handOver(
                namespace,
                List.of(LeasedStackMain.class.getName(), socket.toString(), device, address),
                () -> Stack.acquire(LeasedStackMain.config(device, address)));
    }

    private Child handOver(NetworkNamespace namespace, List<String> program, Callable<PortLease> acquire)
            throws IOException {
        int listening = UnixSocket.listen(socket, 1);
        assertThat(listening).isNotNegative();
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
        Child child = startNobody(namespace, program);
        assertThat(said(child, "Uid:")).doesNotMatch(".*\\b0\\b.*");
        for (String set : List.of("CapPrm:", "CapEff:", "CapBnd:")) {
            assertThat(said(child, set)).as(set).isEqualTo("0000000000000000");
        }
        assertThat(said(child, "NoNewPrivs:")).isEqualTo("1");
        int connection = UnixSocket.accept(listening, TIMEOUT_NANOS);
        assertThat(connection).isNotNegative();
        try (PortLease lease = namespace.call(acquire)) {
            lease.send(connection, TIMEOUT_NANOS);
            child.awaitLine(line -> line.startsWith("ready"), TIMEOUT_NANOS);
        } finally {
            FileDescriptors.close(connection);
            FileDescriptors.close(listening);
        }
        return child;
    }

    private static String said(Child child, String what) {
        return child.awaitLine(line -> line.startsWith(what), TIMEOUT_NANOS)
                .substring(what.length())
                .strip();
    }

    private static void assertEchoes(UdpPeer peer) {
        Random random = new Random(1);
        for (int length : new int[] {0, 18, 64, 1000, 1472}) {
            byte[] payload = new byte[length];
            random.nextBytes(payload);
            assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, payload, 50))
                    .as(length + " bytes")
                    .isTrue();
        }
    }

    @Test
    void nobodyServesAnInterface() throws IOException {
        try (VethWire wire = VethWire.create(2)) {
            try (Child child = handOver(wire.penstockServer(), "afxdp:vb");
                    UdpPeer peer = UdpPeer.in(wire.client())) {
                assertEchoes(peer);
                assertThat(child.isAlive()).isTrue();
                assertThat(wire.penstockServer().xdpProgramId("vb")).isNotZero();
            }
            assertThat(wire.penstockServer().xdpProgramId("vb"))
                    .as("detached with its last holder")
                    .isZero();
            Station.open(wire.penstockServer(), "afxdp:vb").close();
        }
    }

    /** Nothing of the device is left in this process while the child serves. */
    @Test
    void nobodyServesTcpOnAnInterface() throws IOException {
        try (VethWire wire = VethWire.create(2)) {
            Station.open(wire.penstockServer(), "afxdp:vb").close();
            try (Child child = handOverToStack(wire.penstockServer(), "afxdp:vb");
                    EchoConnections connections = new EchoConnections(wire.client())) {
                connections.open(CONNECTIONS);
                for (int round = 0; round < 3; round++) {
                    assertThat(connections.echo()).isEqualTo(CONNECTIONS);
                }
                assertThat(Holdings.now().lockFiles()).isEmpty();
                child.endInput();
                assertThat(said(child, "accepted")).isEqualTo(Integer.toString(CONNECTIONS));
                child.awaitLine("closed"::equals, TIMEOUT_NANOS);
                assertThat(child.awaitExit(TIMEOUT_NANOS)).isZero();
            }
            assertThat(wire.penstockServer().xdpProgramId("vb"))
                    .as("detached with its last holder")
                    .isZero();
            Station.open(wire.penstockServer(), "afxdp:vb").close();
        }
    }

    @Test
    void nobodyServesTcpOnATap() throws IOException {
        try (NetworkNamespace namespace = NetworkNamespace.create("lease");
                Child child = handOverToStack(namespace, "tap:pt");
                EchoConnections connections = new EchoConnections(namespace)) {
            namespace.ip("addr add 198.18.0.1/24 dev pt");
            connections.open(CONNECTIONS);
            assertThat(connections.echo()).isEqualTo(CONNECTIONS);
            assertThat(child.isAlive()).isTrue();
        }
    }

    /** The receiving half in this process: what it asks for must be what was acquired, and nothing is left if it is not. */
    @Test
    void aStackThatDoesNotFitTheLeaseIsRefusedInOneLine() throws IOException {
        String ours = VethWire.PENSTOCK_ADDRESS + "/24";
        try (VethWire wire = VethWire.create(2)) {
            Station.open(wire.penstockServer(), "afxdp:vb").close();
            Holdings before = Holdings.now();
            assertRefused(
                    wire,
                    LeasedStackMain.config("afxdp:vb", "198.18.0.5/24"),
                    "the lease of 'afxdp:vb' takes packets to 198.18.0.2, not to 198.18.0.5: give the stack the address and"
                            + " ports that it was acquired for");
            assertRefused(
                    wire,
                    LeasedStackMain.config("afxdp:vb", ours).toBuilder()
                            .frames(8192)
                            .build(),
                    "memory.frames=8192: the lease of 'afxdp:vb' has 4096, as it was acquired: acquire it with the same"
                            + " settings, or leave this one out");
            assertRefused(
                    wire,
                    LeasedStackMain.config("afxdp:vc", ours),
                    "the stack is to have device 'afxdp:vc', and the lease is of 'afxdp:vb': configure the stack as"
                            + " whoever acquired the device was");
            Holdings.assertSameAs(before);
            assertThat(wire.penstockServer().xdpProgramId("vb")).isZero();
        }
    }

    private void assertRefused(VethWire wire, StackConfig config, String message) throws IOException {
        Files.deleteIfExists(socket);
        int listening = UnixSocket.listen(socket, 1);
        int near = UnixSocket.connect(socket, TIMEOUT_NANOS);
        int far = UnixSocket.accept(listening, TIMEOUT_NANOS);
        try (PortLease lease = wire.penstockServer()
                .call(() -> Stack.acquire(LeasedStackMain.config("afxdp:vb", VethWire.PENSTOCK_ADDRESS + "/24")))) {
            lease.send(near, TIMEOUT_NANOS);
        }
        assertThatThrownBy(() ->
                        wire.penstockServer().call(() -> Stack.open(config, PortLease.receive(far, TIMEOUT_NANOS))))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(message);
        for (int fd : new int[] {near, far, listening}) {
            FileDescriptors.close(fd);
        }
    }

    @Test
    void nobodyServesATap() throws IOException {
        try (NetworkNamespace namespace = NetworkNamespace.create("lease");
                Child child = handOver(namespace, "tap:pt")) {
            namespace.ip("addr add 198.18.0.1/24 dev pt");
            try (UdpPeer peer = UdpPeer.in(namespace)) {
                assertEchoes(peer);
            }
            assertThat(child.isAlive()).isTrue();
        }
    }

    @Test
    void whatWasRefusedLeavesTheInterfaceAlone() {
        try (VethWire wire = VethWire.create(1);
                Region region = Region.mapSmall(64L * FRAME_BYTES);
                FramePool pool = FramePool.over("acquirer", region, FRAME_BYTES, FramePool.DEFAULT_HEADROOM_BYTES)) {
            wire.kernelServer().ip("addr add " + VethWire.PENSTOCK_ADDRESS + "/24 dev vb");
            DeviceSetup setup = new DeviceSetup(pool, ACCESS, new SystemClock(), Steering.toAddress(Wires.OURS));
            assertThatThrownBy(
                            () -> wire.penstockServer().call(() -> Devices.acquire(Devices.parse("afxdp:vb"), setup)))
                    .isInstanceOf(ConfigurationException.class);
            wire.kernelServer().ip("addr del " + VethWire.PENSTOCK_ADDRESS + "/24 dev vb");
            Station.open(wire.penstockServer(), "afxdp:vb").close();
        }
    }
}
