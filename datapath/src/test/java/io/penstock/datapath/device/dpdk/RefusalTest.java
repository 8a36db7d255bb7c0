package io.penstock.datapath.device.dpdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSetup.Steering;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketPort;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Devices that cannot be had: one line that says what is wrong and how to mend it, and nothing left behind. */
@ExtendWith(DpdkEnvironment.class)
class RefusalTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());

    private static AbstractThrowableAssert<?, ?> assertRefused(String device) {
        return assertThatThrownBy(() -> DpdkEnd.open(device).close())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("\n");
    }

    private static AbstractThrowableAssert<?, ?> assertQueueRefused(ThrowingCallable opening) {
        return assertThatThrownBy(opening)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "net_nothing0             | DPDK knows no such device",
                "eth0                     | DPDK knows no such device",
                "0000:fe:1f.7             | no PCI device 0000:fe:1f.7",
                "fe:1f.7                  | no PCI device 0000:fe:1f.7",
                "net_af_packet0           | net_af_packet0",
                "net_af_packet0,iface=nosuchif | net_af_packet0",
                "net_af_xdp0,iface=nosuchif    | net_af_xdp0",
                "net_null0,colour=blue    | net_null0",
                "net_pcap0,rx_pcap=/nowhere.pcap | net_pcap0",
                "net_null0,port.queues=0  | port.queues=0",
                "net_ring0,port.queues=500   | at most",
                "net_null0,port.mtu=9000  | port.mtu=",
                "net_null0,port.wire=w    | is for net_ring",
                "net_ring0,port.wire=a/b  | its name has",
                "net_memif0,zero-copy=yes | leave it out",
                "net_virtio_user0,path=/tmp/none,server=1 | let the other side listen",
                "net_virtio_user0,path=/nowhere/sock | net_virtio_user0",
                "net_null0,eal.huge=off   | other settings",
                "net_null0,eal.prefix=p1  | other settings"
            })
    void saysInOneLineWhatIsWrong(String device, String what) {
        assertRefused(device).hasMessageContaining(what);
        assertThat(Ethdev.portByName(Devices.parse("dpdk:" + device).name())).isNegative();
    }

    @Test
    void aPortIsNotOpenedTwice() {
        try (DpdkEnd first = DpdkEnd.open("net_null1")) {
            assertRefused("net_null1").hasMessageContaining("in use").hasMessageContaining("port.queues=N");
            assertRefused("net_null1,port.queues=2").hasMessageContaining("in use");
            first.await("its link", first.device.events()::isUp);
            assertThat(first.await(10)).isNotEmpty();
        }
    }

    @Test
    void aQueueIsNotOpenedTwice() {
        try (PacketPort port = DpdkEnd.port("net_null1,port.queues=2");
                DpdkEnd first = DpdkEnd.open(port, 0)) {
            assertQueueRefused(() -> DpdkEnd.open(port, 0)).hasMessageContaining("queue 0");
            assertQueueRefused(() -> port.open(first.setup())).hasMessageContaining("queue 0");
            assertQueueRefused(() -> DpdkEnd.open(port, 2)).hasMessageContaining("no queues 2 to 2 of 2");
            assertRefused("net_null1,port.queues=2,port.mtu=1000").hasMessageContaining("in use");
            try (DpdkEnd second = DpdkEnd.open(port, 1)) {
                second.await("its link", second.device.events()::isUp);
                first.await("its link", first.device.events()::isUp);
            }
        }
    }

    @Test
    void saysHowToGetHugePagesOrDoWithout() {
        assertThatThrownBy(() -> Eal.requireHugePages(3, 0))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("3 of 2 MiB are free")
                .hasMessageContaining("sysctl vm.nr_hugepages=")
                .hasMessageContaining("eal.huge=off");
        Eal.requireHugePages(16, 0);
        Eal.requireHugePages(0, 1);
    }

    @Test
    void aDriverWithoutFlowRulesDoesNotSteer() {
        assertRefused("net_null1,port.steer=on")
                .hasMessageContaining("port.steer=on")
                .hasMessageContaining("a flow rule")
                .hasMessageContaining("by their hash");
        try (DpdkEnd after = DpdkEnd.open("net_null1")) {
            after.await("its link", after.device.events()::isUp);
        }
    }

    @Test
    void aWireHasTwoEnds() {
        try (DpdkEnd first = DpdkEnd.open("net_ring1,port.wire=w");
                DpdkEnd second = DpdkEnd.open("net_ring2,port.wire=w")) {
            assertRefused("net_ring3,port.wire=w")
                    .hasMessageContaining("two ends already")
                    .hasMessageContaining("net_ring1")
                    .hasMessageContaining("net_ring2");
            first.await("its link", first.device.events()::isUp);
            second.await("its link", second.device.events()::isUp);
        }
    }

    @Test
    void framesMustHaveRoomForTheDescriptor() {
        assertThatThrownBy(() -> DpdkEnd.withPrefix("net_null1", 0).close())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("192 bytes in front of each frame, and there are 0")
                .hasMessageContaining("Devices.framePrefixBytes");
    }

    @Test
    void thePortIsNotSharedWithTheKernelByPorts() {
        try (DpdkEnd end = DpdkEnd.open("net_null2")) {
            DeviceSetup setup =
                    new DeviceSetup(end.pool, ACCESS, end.clock, Steering.toIpv4(List.of(0xc6120002), List.of(80)));
            assertThatThrownBy(() -> Devices.open(Devices.parse("dpdk:net_null1"), setup))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("StackConfig.steeringPorts")
                    .hasMessageContaining("afxdp:");
        }
    }

    /** Each is refused before DPDK is asked, as it is the kernel's or as the environment runs without it. */
    @Test
    void thisMachinesOwnDevicesAreLeftAlone() throws IOException {
        Path devices = Path.of("/sys/bus/pci/devices");
        if (!Files.isDirectory(devices)) {
            return; // a machine without that bus has none to touch
        }
        try (Stream<Path> all = Files.list(devices)) {
            for (Path device : all.toList()) {
                Path driver = device.resolve("driver");
                String before = Files.exists(driver) ? driver.toRealPath().toString() : "";
                assertRefused(device.getFileName().toString())
                        .hasMessageContaining(device.getFileName().toString());
                assertThat(Files.exists(driver) ? driver.toRealPath().toString() : "")
                        .isEqualTo(before);
            }
        }
    }
}
