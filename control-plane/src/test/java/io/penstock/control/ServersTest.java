package io.penstock.control;

import static io.penstock.datapath.counters.CountersFileLayout.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.counters.CountersFile;
import io.penstock.datapath.counters.ServerIdentity;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServersTest {
    @TempDir
    private Path parent;

    private Path directory;

    @BeforeEach
    void chooseADirectory() {
        directory = parent.resolve("run");
    }

    @Test
    void findsNobodyWhereThereIsNoDirectory() {
        Servers servers = Servers.find(List.of(directory));
        assertThat(servers.found()).isEmpty();
        assertThat(servers.problems()).isEmpty();
    }

    @Test
    void findsTheRunningTheClosedAndTheDead() throws Exception {
        try (CountersFile running = create("echo", "afxdp:vb,mode=generic", 1)) {
            CountersFile closed = create("kv", "afxdp:vc", 1);
            closed.close();
            Path died = kill("relay", "afxdp:vd");
            Servers servers = Servers.find(List.of(directory));
            assertThat(servers.found())
                    .extracting(CountersSnapshot::name)
                    .containsExactlyInAnyOrder("echo", "kv", "relay");
            assertThat(servers.running()).extracting(CountersSnapshot::path).containsExactly(running.path());
            assertThat(servers.holdingCore(1))
                    .extracting(CountersSnapshot::name)
                    .containsExactly("echo");
            assertThat(servers.holdingCore(0)).isEmpty();
            assertThat(servers.holdingPort("vb")).map(CountersSnapshot::name).contains("echo");
            assertThat(servers.holdingPort("vc")).isEmpty();
            assertThat(servers.holdingPort("vd")).isEmpty();

            assertThat(servers.clean()).isEqualTo(2);
            assertThat(running.path()).exists();
            assertThat(closed.path()).doesNotExist();
            assertThat(died).doesNotExist();
        }
    }

    @Test
    void knowsTheInterfaceThatADriverOfDpdksDrives() {
        try (CountersFile running = create("echo", "dpdk:net_af_xdp0,iface=vb,port.vlan=7", 1)) {
            Servers servers = Servers.find(List.of(directory));
            assertThat(servers.holdingPort("vb")).map(CountersSnapshot::path).contains(running.path());
            assertThat(servers.besides(Set.of("lo", "vb")))
                    .extracting(CountersSnapshot::path)
                    .containsExactly(running.path());
            assertThat(servers.besides(Set.of("net_af_xdp0"))).isEmpty();
        }
    }

    @Test
    void knowsAllDevicesOfAServerThatHasSeveral() {
        try (CountersFile running = create("l2fwd", "afxdp:va <-> dpdk:0000:3b:00.0,port.vlan=7", 1)) {
            Servers servers = Servers.find(List.of(directory));
            assertThat(servers.holdingPort("va")).map(CountersSnapshot::path).contains(running.path());
            assertThat(servers.holdingPort("0000:3b:00.0"))
                    .map(CountersSnapshot::path)
                    .contains(running.path());
            assertThat(servers.besides(Set.of("lo", "va")))
                    .extracting(CountersSnapshot::path)
                    .containsExactly(running.path());
        }
        try (CountersFile running = create("l2fwd", "afxdp:va <-> afxdp:vb", 1)) {
            assertThat(running.path()).exists();
            assertThat(Servers.find(List.of(directory)).besides(Set.of("va", "vb")))
                    .isEmpty();
        }
    }

    @Test
    void doesNotTakeAnInterfaceOfAnotherNamespaceForThisOnes() throws Exception {
        try (CountersFile running = create("echo", "afxdp:vb", 1)) {
            byte[] elsewhere = Files.readAllBytes(running.path());
            view(elsewhere)
                    .putLong(NETWORK_NAMESPACE_OFFSET, 1)
                    .put(DEVICE_OFFSET + Integer.BYTES, "afxdp:xx".getBytes(StandardCharsets.US_ASCII));
            Files.write(directory.resolve("7-other.counters"), elsewhere);
            assertThat(Servers.find(List.of(directory)).holdingPort("xx")).isEmpty();
            assertThat(Servers.find(List.of(directory)).holdingPort("vb")).isPresent();
        }
    }

    @Test
    void reportsWhatCannotBeReadAndGoesOn() throws Exception {
        try (CountersFile running = create("echo", "afxdp:vb", 1)) {
            Files.write(directory.resolve("1-broken.counters"), new byte[10]);
            Files.write(directory.resolve("notes.txt"), new byte[10]);
            Servers servers = Servers.find(List.of(directory));
            assertThat(servers.running()).hasSize(1);
            assertThat(servers.problems()).singleElement().asString().contains("1-broken.counters is cut short");
            assertThat(running.path()).exists();
        }
    }

    private CountersFile create(String name, String device, int core) {
        return CountersFile.create(directory, new ServerIdentity(name, device, "198.18.0.2/24", core));
    }

    /** What a killed server leaves: a file that says "running", of a process that is not there. */
    private Path kill(String name, String device) throws Exception {
        CountersFile file = create(name, device, 0);
        byte[] last = Files.readAllBytes(file.path());
        file.close();
        Files.delete(file.path());
        long start = view(last).getLong(PROCESS_START_OFFSET);
        view(last).putLong(PROCESS_START_OFFSET, start - 1);
        return Files.write(directory.resolve("7-" + name + ".counters"), last);
    }

    private static ByteBuffer view(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }
}
