package io.penstock.datapath.device.dpdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.Devices;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be said behind {@code dpdk:}, before any library is asked. */
class DpdkOptionsTest {
    private static DpdkOptions options(String text) {
        return DpdkOptions.of(Devices.parse("dpdk:" + text));
    }

    @Test
    void whatIsNotOursGoesToTheDriverInItsOrder() {
        DpdkOptions options =
                options("net_memif0,role=client,port.queues=2,socket=@x,eal.huge=off,bsize=2048,port.rxd=64");
        assertThat(options.driverArguments()).isEqualTo("role=client,socket=@x,bsize=2048");
        assertThat(options.queues()).isEqualTo(2);
        assertThat(options.ringSizes()).isEqualTo(new DpdkOptions.RingSizes(64, 0));
        assertThat(options.ringSizes().orElse(512)).isEqualTo(new DpdkOptions.RingSizes(64, 512));
    }

    @Test
    void aPortHasOneQueueUnlessItIsToldHowMany() {
        assertThat(options("net_null0,port.queues=4").queues()).isEqualTo(4);
        assertThat(options("net_null0").queues()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "0000:3b:00.0, true, 0000:3b:00.0",
        "3b:00.1, true, 0000:3b:00.1",
        "0001:3B:0A.7, true, 0001:3b:0a.7",
        "net_null0, false, ''",
        "0000:3b:00.8, false, ''"
    })
    void knowsAPciAddressFromAName(String name, boolean pci, String full) {
        DpdkOptions options = options(name);
        assertThat(options.isPci()).isEqualTo(pci);
        if (pci) {
            assertThat(options.name()).isEqualTo(full);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "port.queues=0",
                "port.queues=1025",
                "port.queues=-1",
                "port.queues=two",
                "port.queue=1",
                "port.queues=2,port.queue=2",
                "port.rxd=31",
                "port.txd=32769",
                "port.mtu=67",
                "port.mtu=9601",
                "port.vlan=0",
                "port.vlan=4095",
                "port.offloads=yes",
                "port.promiscuous=1",
                "port.color=blue"
            })
    void refusesWithOneLineThatNamesTheOption(String wrong) {
        String last = wrong.substring(wrong.lastIndexOf(',') + 1);
        String key = last.substring(0, last.indexOf('='));
        assertThatThrownBy(() -> options("net_null0," + wrong))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("\n")
                .hasMessageContaining("dpdk:net_null0")
                .hasMessageContaining(key);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "eal.huge=maybe",
                "eal.memory=15",
                "eal.memory=many",
                "eal.memory=99999999",
                "eal.prefix=a/b",
                "eal.prefix=with space"
            })
    void refusesSettingsOfTheEnvironmentThatMakeNoSense(String wrong) {
        assertThatThrownBy(() -> EalSettings.of(Devices.parse("dpdk:net_null0," + wrong)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("\n")
                .hasMessageContaining(wrong);
    }

    @Test
    void theEnvironmentTouchesNoPciDeviceThatNobodyNamed() {
        EalSettings plain = EalSettings.of(Devices.parse("dpdk:net_null0"));
        assertThat(plain.arguments("0-1", List.of()))
                .contains("--no-pci", "--in-memory", "--lcores=0@(0-1)", "--no-telemetry");
        assertThat(plain.arguments("0", List.of("0000:3b:00.0")))
                .doesNotContain("--no-pci")
                .containsSequence("-a", "0000:3b:00.0");
    }

    @Test
    void theEnvironmentIsStartedAsTheOptionsSay() {
        assertThat(EalSettings.of(Devices.parse("dpdk:net_null0,eal.huge=off,eal.memory=96"))
                        .arguments("0", List.of()))
                .contains("--no-huge")
                .containsSequence("-m", "96")
                .doesNotContain("--in-memory");
        assertThat(EalSettings.of(Devices.parse(
                                "dpdk:net_null0,eal.prefix=p1,eal.args=--log-level=8 --match-allocations"))
                        .arguments("0", List.of()))
                .contains("--file-prefix=p1", "--proc-type=primary", "--log-level=8", "--match-allocations")
                .doesNotContain("--in-memory");
        assertThat(EalSettings.saysAnything(Devices.parse("dpdk:net_null0,size=64")))
                .isFalse();
    }

    @Test
    void aDriverIsKnownByItsAliasToo() {
        assertThat(DriverTraits.of("eth_af_xdp0")).isEqualTo(DriverTraits.of("net_af_xdp0"));
        assertThat(DriverTraits.of("virtio_user3").ownMemoryOnly()).isTrue();
        assertThat(new DpdkProvider().minFrameBytes(Devices.parse("dpdk:eth_af_packet0")))
                .isEqualTo(4096);
        assertThat(DriverTraits.of("net_null0")).isEqualTo(DriverTraits.of("0000:3b:00.0"));
    }

    @Test
    void takesTheFramesThatFitTheMtu() {
        assertThat(minFrameBytes("dpdk:net_null0")).isEqualTo(2048);
        assertThat(minFrameBytes("dpdk:net_null0,port.mtu=1500")).isEqualTo(2048);
        assertThat(minFrameBytes("dpdk:net_null0,port.mtu=1800")).isEqualTo(4096);
        assertThat(minFrameBytes("dpdk:net_null0,port.mtu=9000")).isEqualTo(4096);
    }

    private static int minFrameBytes(String spec) {
        return new DpdkProvider().minFrameBytes(Devices.parse(spec));
    }
}
