package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSetup.Steering;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PortLease;
import io.penstock.datapath.poll.SystemClock;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.net.UnixSocket;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Child;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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

    private Child startNobody(NetworkNamespace namespace) throws IOException {
        Path arguments = directory.resolve("jvmargs");
        Files.copy(Path.of(System.getProperty("penstock.root"), "penstock.jvmargs"), arguments);
        List<String> command = new ArrayList<>(NOBODY);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + arguments,
                "-Xmx64m",
                "-cp",
                classPath(),
                LeasedEchoMain.class.getName(),
                socket.toString()));
        return Child.start("the leaseholder", namespace.command(command));
    }

    /** Acquires the device, hands it over, and lets go of it. */
    private Child handOver(NetworkNamespace namespace, String device) throws IOException {
        int listening = UnixSocket.listen(socket, 1);
        assertThat(listening).isNotNegative();
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
        Child child = startNobody(namespace);
        assertThat(said(child, "Uid:")).doesNotMatch(".*\\b0\\b.*");
        for (String set : List.of("CapPrm:", "CapEff:", "CapBnd:")) {
            assertThat(said(child, set)).as(set).isEqualTo("0000000000000000");
        }
        assertThat(said(child, "NoNewPrivs:")).isEqualTo("1");
        try (Region region = Region.map((long) FRAMES * FRAME_BYTES);
                FramePool pool = FramePool.over("acquirer", region, FRAME_BYTES, FramePool.DEFAULT_HEADROOM_BYTES)) {
            DeviceSetup setup = new DeviceSetup(pool, new SystemClock(), Steering.toAddress(Wires.OURS));
            int connection = UnixSocket.accept(listening, TIMEOUT_NANOS);
            assertThat(connection).isNotNegative();
            try (PortLease lease = namespace.call(() -> Devices.acquire(Devices.parse(device), setup))) {
                lease.send(connection, TIMEOUT_NANOS);
                child.awaitLine(line -> line.startsWith("ready"), TIMEOUT_NANOS);
            } finally {
                FileDescriptors.close(connection);
                FileDescriptors.close(listening);
            }
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
            DeviceSetup setup = new DeviceSetup(pool, new SystemClock(), Steering.toAddress(Wires.OURS));
            assertThatThrownBy(
                            () -> wire.penstockServer().call(() -> Devices.acquire(Devices.parse("afxdp:vb"), setup)))
                    .isInstanceOf(ConfigurationException.class);
            wire.kernelServer().ip("addr del " + VethWire.PENSTOCK_ADDRESS + "/24 dev vb");
            Station.open(wire.penstockServer(), "afxdp:vb").close();
        }
    }
}
