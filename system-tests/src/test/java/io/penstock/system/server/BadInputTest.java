package io.penstock.system.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.linux.net.KernelPorts;
import io.penstock.system.afxdp.Wires;
import io.penstock.testkit.Await;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.RunFolder;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot be used: one line on standard error that says why and what to do, exit code 2, and nothing left behind. */
@Timeout(120)
class BadInputTest {
    private static final String GOOD = "--device afxdp:vb --address 198.18.0.2/24 ";
    /** 198.18.0.3. */
    private static final int KERNEL = 0xc6120003;

    private static final List<String> AS_IT_IS = List.of();

    private static VethWire wire;
    private static RunFolder folder;

    @BeforeAll
    static void make() {
        wire = VethWire.create(1);
        folder = RunFolder.create();
    }

    @AfterAll
    static void remove() {
        folder.close();
        wire.close();
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(wire.penstockServer().xdpProgramId("vb"))
                .as("an XDP program")
                .isZero();
        assertThat(Server.files(folder)).as("counters").isEmpty();
        assertThat(Traces.locks(wire)).as("lock files").isEmpty();
        assertThat(wire.penstockServer().pids()).as("processes").isEmpty();
    }

    private static Server start(List<String> wrapper, String arguments) {
        List<String> flags = List.of("-Xmx600m", "-XX:TieredStopAtLevel=1");
        List<String> command = PenstockCommand.with(flags, arguments.strip().split(" +"));
        return Server.start(wire.penstockServer(), folder, wrapper, command);
    }

    private static void assertRefused(Server server, String... words) {
        int code = server.process().awaitExit(Server.DEADLINE_NANOS);
        List<String> errors = server.process().errorLines();
        assertThat(errors).singleElement().asString().startsWith("penstock: ").contains(words);
        assertThat(code).as(errors.getFirst()).isEqualTo(2);
        assertThat(server.process().remainingLines(Server.DEADLINE_NANOS)).isEmpty();
    }

    /** One after the other, as both would take the interface. */
    private static void assertBothRefused(List<String> wrapper, String arguments, String... words) {
        for (String command : List.of("echo ", "kv ")) {
            assertRefused(wrapper, command + arguments, words);
        }
    }

    private static void assertRefused(List<String> wrapper, String command, String... words) {
        try (Server server = start(wrapper, command)) {
            assertRefused(server, words);
        }
    }

    /** At the same time, as neither gets as far as the interface. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --device afxdp:vb                                        | Missing required option | --address
            --address 198.18.0.2/24                                  | Missing required option | --device
            --device afxdp:vb --address 198.18.0/24                  | '198.18.0' is not an IPv4 address | expected for example 198.18.0.2
            --device afxdp:vb --address 198.18.0.2                   | '198.18.0.2'            | expected for example 198.18.0.2/24
            --device afxdp:vb --address 198.18.0.2/33                | 33                      | expected 1 to 31
            --device afxdp:vb --address 198.18.0.2/24 --core 4096    | core 4096 does not exist | the cores of this machine are 0
            --device afxdp:vb --address 198.18.0.2/24 --core -7      | core -7 does not exist  | the cores of this machine are 0
            --device afxdp:vb --address 198.18.0.2/24 --core -1      | core -1 does not exist  | the cores of this machine are 0
            --device rdma:vb --address 198.18.0.2/24                 | unknown back end 'rdma' | known are afxdp, dpdk, shm, sim, tap
            --device vb --address 198.18.0.2/24                      | 'vb' is not a device    | known back ends: afxdp, dpdk, shm, sim, tap
            --device afxdp:vx --address 198.18.0.2/24                | interface vx does not exist | there are lo, vb
            --device dpdk:net_nil0,eal.huge=off --address 198.18.0.2/24 | DPDK knows no such device | net_af_xdp0
            --device dpdk:0000:ff:1f.7 --address 198.18.0.2/24       | there is no PCI device 0000:ff:1f.7 | lspci
            --device dpdk:net_null0,port.queues=0 --address 198.18.0.2/24 | port.queues=0    | expected a number from 1
            --device dpdk:net_null0,port.mtu=9000,eal.huge=off --address 198.18.0.2/24 | MTU of 9000 does not fit | port.mtu=
            """)
    void refusesWhatNoServerCanUse(String arguments, String given, String expected) {
        try (Server echo = start(AS_IT_IS, "echo " + arguments);
                Server kv = start(AS_IT_IS, "kv " + arguments)) {
            assertRefused(echo, given, expected);
            assertRefused(kv, given, expected);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            echo | --tcp 0         | --tcp 0 is not a port: expected 1 to 65535
            echo | --udp 65536     | --udp 65536 is not a port: expected 1 to 65535
            echo | --tcp 7 --tcp 7 | '--tcp'
            echo | --udp seven     | 'seven'
            kv   | --port 0        | --port 0 is not a port: expected 1 to 65535
            kv   | --port -1       | --port -1 is not a port: expected 1 to 65535
            kv   | --port 1 --port 2 | '--port'
            kv   | --max-memory 0  | --max-memory 0: expected 1 to
            """)
    void refusesAPortThatIsNone(String command, String arguments, String expected) {
        try (Server server = start(AS_IT_IS, command + " " + GOOD + arguments)) {
            assertRefused(server, expected);
        }
    }

    @Test
    void refusesAnInterfaceThatIsDown() {
        wire.penstockServer().ip("link set vb down");
        try {
            assertBothRefused(AS_IT_IS, GOOD, "interface vb is down", "ip link set vb up");
        } finally {
            wire.penstockServer().ip("link set vb up");
        }
    }

    @Test
    void refusesAnMtuThatDoesNotFitAFrame() {
        wire.penstockServer().ip("link set vb mtu 9000");
        try {
            assertBothRefused(AS_IT_IS, GOOD, "the MTU 9000 of vb does not fit a frame of 4096", "lower it to 3826");
        } finally {
            wire.penstockServer().ip("link set vb mtu 1500");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -all      | CAP_BPF and CAP_NET_ADMIN, and what follows needs CAP_NET_RAW
            -net_raw  | CAP_NET_RAW
            """)
    void namesThePrivilegeThatIsMissing(String dropped, String expected) {
        List<String> wrapper = List.of("setpriv", "--bounding-set=" + dropped, "--inh-caps=" + dropped);
        assertBothRefused(wrapper, GOOD, expected, "run as root, or grant it");
    }

    @Test
    void refusesAnAddressThatAnotherStationHas() {
        String itsMac = Wires.macText(Wires.find(wire.client(), "va").macAddress());
        assertBothRefused(
                AS_IT_IS,
                "--device afxdp:vb --address " + VethWire.CLIENT_ADDRESS + "/24",
                "address " + VethWire.CLIENT_ADDRESS + " is in use by " + itsMac,
                "choose another one");
    }

    @Test
    void refusesAnAddressThatTheKernelHasItself() {
        assertBothRefused(
                AS_IT_IS,
                "--device afxdp:vb --address " + VethWire.KERNEL_ADDRESS + "/24",
                "address " + VethWire.KERNEL_ADDRESS + " is in use by the kernel, on vb",
                "choose one that the kernel does not have");
    }

    @Test
    void refusesAPortThatAProgramOfTheKernelServes() {
        List<String> listen = wire.penstockServer().command(List.of("nc", "-l", VethWire.KERNEL_ADDRESS, "6379"));
        try (Child program = Child.start("a program on port 6379", listen)) {
            NetworkNamespace namespace = wire.penstockServer();
            Await.until("it listens", () -> namespace.call(() -> KernelPorts.holder(KERNEL, 6379)) != null);
            String arguments = "kv --device afxdp:vb --ports-only --address " + VethWire.KERNEL_ADDRESS + "/24";
            try (Server server = start(AS_IT_IS, arguments)) {
                assertRefused(
                        server,
                        "tcp port 6379 at " + VethWire.KERNEL_ADDRESS
                                + " is in use by a program on the kernel's sockets",
                        "choose another port");
            }
            assertThat(program.isAlive()).isTrue();
        }
    }

    @Test
    void refusesMoreMemoryThanThereIs() {
        // 16 GiB, of which no more than a part fits what the process may map; the KV store's values come on top.
        List<String> wrapper = List.of("prlimit", "--as=" + (12L << 30));
        String frames = GOOD + "--frames 4194304 --frame-bytes 4096";
        assertRefused(wrapper, "echo " + frames, "no memory for a region of 16392 MiB", "--frames");
        assertRefused(wrapper, "kv " + frames, "no memory for a region of 16476 MiB", "--frames");
    }

    @Test
    void saysHowMuchMemoryMayNotBePinned() {
        List<String> wrapper =
                List.of("prlimit", "--memlock=65536", "setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock");
        String small = GOOD + "--frames 4096 --heap-mib 4";
        assertRefused(wrapper, "echo " + small, "may not pin 12288 KiB", "raise RLIMIT_MEMLOCK", "CAP_IPC_LOCK");
        assertRefused(wrapper, "kv " + small, "may not pin 98304 KiB", "raise RLIMIT_MEMLOCK", "CAP_IPC_LOCK");
    }

    @Test
    void saysWhoHoldsTheInterfaceAlready() {
        try (RunFolder other = RunFolder.create();
                Server holder = Server.echo(wire, other)) {
            assertBothRefused(
                    AS_IT_IS,
                    "--device afxdp:vb --address 198.18.0.22/24",
                    "interface vb is already held by Penstock process "
                            + holder.process().pid());
            assertThat(wire.penstockServer().xdpProgramId("vb"))
                    .as("the holder's program")
                    .isNotZero();
            assertThat(holder.stat()).contains("running");
        }
    }
}
