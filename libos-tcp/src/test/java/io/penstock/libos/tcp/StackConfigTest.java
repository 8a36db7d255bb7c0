package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.libos.tcp.config.LocalAddress;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.libos.tcp.congestion.AckSample;
import io.penstock.libos.tcp.congestion.CongestionEvent;
import io.penstock.libos.tcp.congestion.CustomCongestionControl;
import io.penstock.memory.Tracing;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Packets;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StackConfigTest {
    /** Sends without regard to anybody. */
    private static final class Mine extends CustomCongestionControl {
        @Override
        public void start(int smss, int initialWindow) {}

        @Override
        public void segmentSize(int smss) {}

        @Override
        public int cwnd() {
            return Integer.MAX_VALUE;
        }

        @Override
        public int ssthresh() {
            return Integer.MAX_VALUE;
        }

        @Override
        public void onAck(AckSample sample) {}

        @Override
        public void onCongestionEvent(CongestionEvent event, AckSample sample) {}
    }

    private static StackConfig.Builder config() {
        return StackConfig.builder()
                .device(ScriptedDevice::new)
                .address("198.18.0.2/24")
                .frames(128)
                .clock(new VirtualClock());
    }

    private static void assertRefused(StackConfig.Builder config, String... words) {
        assertRefused(() -> Stack.open(config.build()).close(), words);
    }

    private static void assertRefused(ThrowingCallable call, String... words) {
        assertThatThrownBy(call)
                .isInstanceOf(ConfigurationException.class)
                .message()
                .contains(words)
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource({
        "'', 198.18.0.2/24",
        "198.18.0.2, 198.18.0.2/24",
        "198.18.0.2/, 198.18.0.2/24",
        "198.18.0.2/x, 198.18.0.2/24",
        "198.18.0.2/0, 1 to 31",
        "198.18.0.2/32, 1 to 31",
        "198.18.0.2/99, 1 to 31",
        "198.18.0/24, not an IPv4 address",
        "198.18.0.256/24, not an IPv4 address",
        "2001:db8::2/24, not an IPv4 address",
        "localhost/24, not an IPv4 address",
        "198.18.0.0/24, network's own",
        "198.18.0.255/24, broadcast",
        "224.0.0.5/24, multicast",
        "127.0.0.1/8, loopback",
        "0.0.0.0/8, not a host's",
        "255.255.255.255/8, not a host's"
    })
    void refusesAnAddressThatNoHostCanHave(String address, String word) {
        assertRefused(config().address(address), word);
    }

    @ParameterizedTest
    @CsvSource({
        "198.18.1.1, not a host on the link",
        "198.18.0.255, not a host on the link",
        "198.18.0.0, not a host on the link",
        "198.18.0.2, own address",
        "router, not an IPv4 address"
    })
    void refusesAGatewayThatIsNotOnTheLink(String gateway, String word) {
        assertRefused(config().gateway(gateway), gateway, word);
    }

    @Test
    void hasACongestionControlAsTheManualSays() {
        StackConfig config = StackConfig.builder()
                .device("afxdp:eth1")
                .address("198.18.0.2/24")
                .congestionControl("mine", Mine::new)
                .build();
        assertThat(config.tcp().congestionControl().make()).isInstanceOf(Mine.class);
    }

    @Test
    void hasItsAddressAsAValue() {
        assertThat(config().build().addresses()).containsExactly(LocalAddress.parse("198.18.0.2/24"));
    }

    @Test
    void refusesSeveralAddressesAsTheyAreNotServedYet() {
        assertRefused(
                config().address("198.18.0.2/24, 198.18.0.3/24"),
                "network.address=198.18.0.2/24, 198.18.0.3/24 (StackConfig)",
                "not served yet: expected one, such as 198.18.0.2/24");
        assertRefused(config().address("198.18.0.2/24,"), "'' is not an address with a prefix length");
    }

    @Test
    void refusesACongestionControlThatNobodyBrought() {
        assertRefused(config().congestionControl("cubik"), "tcp.congestion-control=cubik", "expected one of newreno");
        assertRefused(() -> config().congestionControl("No Name"), "tcp.congestion-control=No Name", "newreno");
        assertRefused(() -> config().congestionControl("No Name", Mine::new), "'No Name'", "lower-case");
        assertRefused(config().congestionControl("newreno", Mine::new), "two", "'newreno'", "another name");
    }

    @Test
    void knowsACongestionControlThatTheApplicationBrings() {
        StackConfig both = config().congestionControl("mine", Mine::new).build();
        assertThat(both.tcp().congestionControl().make()).isInstanceOf(Mine.class);
        StackConfig other = both.toBuilder().congestionControl("newreno").build();
        assertThat(other.tcp().congestionControl().name()).isEqualTo("newreno");
        assertThat(other.tcp().congestionAlgorithms().names()).isEqualTo("newreno, mine");
    }

    @Test
    void refusesNumbersOutOfRange() {
        assertRefused(() -> config().frames(1), "memory.frames=1", "expected a whole number from 128");
        assertRefused(() -> config().frameBytes(1000), "memory.frame-bytes=1000", "2048 or 4096");
        assertRefused(() -> config().frameBytes(3000), "memory.frame-bytes=3000", "2048 or 4096");
        assertRefused(() -> config().heapBytes(-1), "memory.heap=-1", "expected a number of bytes from 0 to");
        assertRefused(() -> config().heapBytes(Long.MAX_VALUE), "memory.heap=9223372036854775807", "1 TiB");
        assertRefused(() -> config().maxQueues(0), "api.max-queues=0", "from 1 to");
        assertRefused(() -> config().maxOperations(0), "api.max-operations=0", "from 1 to");
        assertRefused(() -> config().steeringPorts(java.util.List.of(0)), "0 is not a port");
    }

    @Test
    void saysWhatIsMissing() {
        assertRefused(StackConfig.builder().device(ScriptedDevice::new), "StackConfig.address");
        assertRefused(StackConfig.builder().address("198.18.0.2/24"), "StackConfig.device", "sim");
        assertRefused(StackConfig.builder().address("198.18.0.2/24").device("nothing:x"), "unknown back end 'nothing'");
    }

    @Test
    void refusesAnMtuThatDoesNotFitAFrame() {
        ScriptedDevice[] opened = new ScriptedDevice[1];
        StackConfig.Builder config = config().device(setup -> opened[0] = new ScriptedDevice(setup, 9000));
        assertRefused(config, "MTU 9000", "2048", "1778");
        assertThat(opened[0].isClosed()).isTrue();
    }

    @Test
    void takesALinkOfTwoHosts() {
        Stack.open(config().address("198.18.0.0/31").gateway("198.18.0.1").build())
                .close();
    }

    @Test
    void saysWhoHasTheAddressAlready() {
        ScriptedDevice[] opened = new ScriptedDevice[1];
        StackConfig.Builder config = config().clock(new io.penstock.datapath.poll.SystemClock())
                .device(setup -> {
                    opened[0] = new ScriptedDevice(setup);
                    opened[0].arrives(new byte[60]);
                    opened[0].arrives(Packets.arp(
                            ScriptedDevice.MAC, 2, 0x02ab_cdef_0102L, Packets.ip("198.18.0.2"), ScriptedDevice.MAC, 0));
                    return opened[0];
                });
        assertRefused(config, "198.18.0.2 is in use by 02:ab:cd:ef:01:02");
        assertThat(opened[0].isClosed()).isTrue();
    }

    @Test
    void asksThreeTimesForItsAddressThenAnnouncesIt() {
        ScriptedDevice[] opened = new ScriptedDevice[1];
        StackConfig.Builder config = config().clock(new io.penstock.datapath.poll.SystemClock())
                .device(setup -> opened[0] = new ScriptedDevice(setup));
        try (Stack stack = Stack.open(config.build())) {
            assertThat(stack.pool().framesInUse()).isEqualTo(1); // the announcement, staged
            assertThat(opened[0].takeSent())
                    .hasSize(3)
                    .allSatisfy(p -> assertThat(Packets.i32(p.bytes(), 28)).isZero());
        }
    }

    @Test
    void framesAndHeapHaveWhatWasAskedForAndNoMore() {
        try (Stack stack = Stack.open(
                config().frames(131).heapBytes(100_000).tracing(Tracing.SAMPLED).build())) {
            assertThat(stack.pool().capacityFrames()).isEqualTo(131);
            assertThat(stack.pool().tracing()).isEqualTo(Tracing.SAMPLED);
            assertThat(stack.heap().limitBytes()).isEqualTo(100_000);
            assertThat(stack.heap().allocate(100_000)).isNull();
            stack.heap().allocate(50_000).release();
            assertThat(stack.heap().failedAllocations()).isEqualTo(1);
        }
        try (Stack stack = Stack.open(config().heapBytes(0).build())) {
            assertThat(stack.heap().allocate(1)).isNull();
        }
    }

    @Test
    void buffersAreTracedAsTheProcessWasToldUnlessTheStackWas() {
        String property = "penstock.buffers.tracing";
        System.setProperty(property, "sampled");
        try (Stack stack = Stack.open(config().build());
                Stack quiet = Stack.open(config().tracing(Tracing.OFF).build())) {
            assertThat(stack.pool().tracing()).isEqualTo(Tracing.SAMPLED);
            assertThat(stack.heap().tracing()).isEqualTo(Tracing.SAMPLED);
            assertThat(quiet.pool().tracing()).isEqualTo(Tracing.OFF);
        } finally {
            System.clearProperty(property);
        }
    }

    /** As docs/configuration.md has it. */
    @Test
    void isMadeAsTheManualSays() {
        StackConfig config = StackConfig.builder()
                .device("afxdp:eth1")
                .address("198.18.0.2/24")
                .set(TcpSettings.MAX_CONNECTIONS, 100_000)
                .set(TcpSettings.DELAYED_ACK, Duration.ofMillis(40))
                .build();
        assertThat(config.tcp().maxSockets()).isEqualTo(100_000);
        assertThat(config.tcp().delayedAckNanos()).isEqualTo(40_000_000);
        assertThat(config.deviceName()).isEqualTo("afxdp:eth1");
    }
}
