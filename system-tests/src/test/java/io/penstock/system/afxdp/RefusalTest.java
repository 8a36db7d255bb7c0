package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSetup.Steering;
import io.penstock.datapath.device.afxdp.SteeringProgram;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.net.Bpf;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Child;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot be had is refused in one line that says how to mend it, and nothing is left half done. */
@Timeout(240)
class RefusalTest {
    private final VethWire wire = VethWire.create(1);

    @AfterEach
    void close() {
        wire.close();
    }

    private void assertRefused(ThrowingCallable opening, String... words) {
        assertThatThrownBy(opening)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll(words)
                .hasMessageNotContaining("\n");
    }

    private void assertNothingIsLeft() {
        assertThat(wire.penstockServer().xdpProgramId("vb"))
                .as("an XDP program")
                .isZero();
        Station.open(wire.penstockServer(), "afxdp:vb").close();
    }

    @Test
    void namesTheInterfacesThatThereAre() {
        assertRefused(
                () -> Station.open(wire.penstockServer(), "afxdp:vx"),
                "interface vx does not exist here: there are ",
                "lo",
                "vb");
    }

    @Test
    void saysThatTheInterfaceIsDown() {
        wire.penstockServer().ip("link set vb down");
        assertRefused(
                () -> Station.open(wire.penstockServer(), "afxdp:vb"),
                "interface vb is down: switch it on with 'ip link set vb up'");
        wire.penstockServer().ip("link set vb up");
        assertNothingIsLeft();
    }

    @Test
    void saysThatTheMtuDoesNotFitAFrame() {
        wire.penstockServer().ip("link set vb mtu 9000");
        assertRefused(
                () -> Station.open(wire.penstockServer(), "afxdp:vb"),
                "the MTU 9000 of vb does not fit a frame of 4096 bytes: lower it to 3826 or less with 'ip link set"
                        + " vb mtu 1500'");
        wire.penstockServer().ip("link set vb mtu 1500");
        assertNothingIsLeft();
    }

    @Test
    void refusesAnAddressThatTheKernelHas() {
        wire.kernelServer().ip("addr add " + VethWire.PENSTOCK_ADDRESS + "/24 dev vb");
        assertRefused(
                () -> Station.open(wire.penstockServer(), "afxdp:vb"),
                "address " + VethWire.PENSTOCK_ADDRESS + " is in use by the kernel, on vb");
        wire.kernelServer().ip("addr del " + VethWire.PENSTOCK_ADDRESS + "/24 dev vb");
        assertNothingIsLeft();
    }

    @Test
    void saysWhichProcessHoldsTheInterface() {
        try (Child first = EchoProcess.startAndAwait(wire.penstockServer(), "afxdp:vb");
                Child second = EchoProcess.start(wire.penstockServer(), "afxdp:vb")) {
            assertThat(EchoProcess.refusal(second))
                    .startsWith("interface vb is already held by Penstock process " + first.pid());
            assertThat(first.isAlive()).isTrue();
            assertThat(wire.penstockServer().xdpProgramId("vb"))
                    .as("the first one's program")
                    .isNotZero();
        }
        assertNothingIsLeft();
    }

    @Test
    void refusesASecondDeviceOfTheSameProcess() {
        try (Station first = Station.open(wire.penstockServer(), "afxdp:vb")) {
            assertRefused(
                    () -> Station.open(wire.penstockServer(), "afxdp:vb"),
                    "interface vb is already held by this process: open it once for all of its stacks");
            assertThat(first.isUp()).isTrue();
        }
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @CsvSource({"native,auto", "native,generic", "generic,auto", "generic,native"})
    void saysThatAnotherProgramIsAttached(String theirs, String ours) {
        int link = wire.penstockServer().call(() -> {
            int map = Bpf.createSocketMap("other", 1);
            int program = Bpf.loadXdp("other", SteeringProgram.assemble(Steering.toAddress(1), map));
            int attached = Bpf.attachXdp(
                    program,
                    Wires.find(wire.penstockServer(), "vb").index(),
                    theirs.equals("native") ? Bpf.XDP_NATIVE : Bpf.XDP_GENERIC);
            FileDescriptors.close(program);
            FileDescriptors.close(map);
            return attached;
        });
        assertThat(link).isPositive();
        int id = wire.penstockServer().xdpProgramId("vb");
        assertRefused(
                () -> Station.open(wire.penstockServer(), "afxdp:vb,mode=" + ours),
                "another XDP program (number " + id + ") is attached to vb",
                "ip link set vb xdp off");
        assertThat(wire.penstockServer().xdpProgramId("vb"))
                .as("theirs is untouched")
                .isEqualTo(id);
        FileDescriptors.close(link);
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    -net_raw                              | an AF_XDP socket needs CAP_NET_RAW
                    -net_admin,-sys_admin                 | loading the steering program needs CAP_BPF and CAP_NET_ADMIN
                    -bpf,-sys_admin                       | loading the steering program needs CAP_BPF and CAP_NET_ADMIN
                    -net_raw,-net_admin,-bpf,-sys_admin   | loading the steering program needs CAP_BPF and CAP_NET_ADMIN
                    """)
    void namesTheCapabilityThatIsMissing(String dropped, String expected) {
        try (Child child = EchoProcess.start(
                wire.penstockServer(), "afxdp:vb", "setpriv", "--bounding-set=" + dropped, "--inh-caps=" + dropped)) {
            assertThat(EchoProcess.refusal(child)).contains(expected).contains("run as root, or grant it");
        }
        assertNothingIsLeft();
    }

    @Test
    void saysHowMuchMemoryMayNotBePinned() {
        try (Child child = EchoProcess.start(
                wire.penstockServer(),
                "afxdp:vb",
                "prlimit",
                "--memlock=65536",
                "setpriv",
                "--bounding-set=-ipc_lock",
                "--inh-caps=-ipc_lock")) {
            assertThat(EchoProcess.refusal(child))
                    .contains("the kernel may not pin 8192 KiB for vb")
                    .contains("raise RLIMIT_MEMLOCK")
                    .contains("CAP_IPC_LOCK");
        }
        assertNothingIsLeft();
    }
}
