package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.benchmarks.net.VethWire;
import io.penstock.datapath.ConfigurationException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Opened and closed many times, or refused at every step, a device leaves nothing in the process or the kernel. */
@Timeout(240)
class LeakTest {
    private static final int TIMES = 20;

    private final VethWire wire = VethWire.create(2);

    @AfterEach
    void close() {
        wire.close();
    }

    /** Descriptors that the kernel gave for the things a device opens. */
    private static long descriptors() {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.map(LeakTest::target)
                    .filter(target -> target.startsWith("socket:")
                            || target.contains("bpf")
                            || target.contains("eventpoll")
                            || target.contains("afxdp-")
                            || target.contains("net/tun"))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // closed in between
        }
    }

    /** Rings that are mapped. */
    private static long mappings() {
        try {
            return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                    .filter(line -> line.contains("socket:") || line.contains("penstock-region"))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> locks() {
        if (!Files.isDirectory(Path.of("/run/penstock"))) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(Path.of("/run/penstock"))) {
            return all.filter(path -> {
                        try {
                            return Files.readString(path)
                                    .strip()
                                    .equals(Long.toString(
                                            ProcessHandle.current().pid()));
                        } catch (IOException e) {
                            return false;
                        }
                    })
                    .map(Path::toString)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void assertNothingIsLeft(long descriptorsBefore, long mappingsBefore) {
        assertThat(descriptors()).as("descriptors").isEqualTo(descriptorsBefore);
        assertThat(mappings()).as("mappings").isEqualTo(mappingsBefore);
        assertThat(locks()).as("lock files").isEmpty();
        assertThat(Wires.find(wire.penstockServer(), "vb").xdpProgramId())
                .as("XDP program")
                .isZero();
    }

    @Test
    void leavesNothingAfterItWasClosed() {
        Station.open(wire.penstockServer(), "afxdp:vb").close();
        UdpPeer.in(wire.client()).close(); // the class library keeps a socket of its own from its first one on
        long descriptors = descriptors();
        long mappings = mappings();
        for (int i = 0; i < TIMES; i++) {
            try (Station station = Station.open(wire.penstockServer(), "afxdp:vb");
                    UdpPeer peer = UdpPeer.in(wire.client())) {
                assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[9], 50))
                        .as("opened for the " + i + "th time")
                        .isTrue();
                assertThat(station.echoed()).isPositive();
            }
        }
        assertNothingIsLeft(descriptors, mappings);
    }

    @Test
    void leavesNothingAfterItWasRefused() {
        Station.open(wire.penstockServer(), "afxdp:vb").close();
        long descriptors = descriptors();
        long mappings = mappings();
        for (int i = 0; i < TIMES; i++) {
            for (String device :
                    List.of("afxdp:vx", "afxdp:vb,copy=zerocopy", "afxdp:vb,queues=7", "afxdp:vb,ring=3")) {
                assertThatThrownBy(() -> Station.open(wire.penstockServer(), device))
                        .isInstanceOf(ConfigurationException.class);
            }
        }
        assertNothingIsLeft(descriptors, mappings);
    }
}
