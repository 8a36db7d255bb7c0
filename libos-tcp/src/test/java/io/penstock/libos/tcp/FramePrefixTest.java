package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.sim.SimWire;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.linux.RawMemory;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import io.penstock.testkit.traffic.OneWay;
import org.junit.jupiter.api.Test;

/** A stack whose device keeps room in front of each frame. */
class FramePrefixTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int PREFIX = 192;
    private static final byte MARK = 0x33;

    private final VirtualClock clock = new VirtualClock();
    private final SimWire wire = SimWire.perfect("prefix");

    private StackConfig config(SimWire.End end, String address, int prefixBytes) {
        DeviceFactory device = new DeviceFactory() {
            @Override
            public PacketQueue open(DeviceSetup setup) {
                return wire.open(end, setup);
            }

            @Override
            public int framePrefixBytes() {
                return prefixBytes;
            }
        };
        return StackConfig.builder()
                .device(device)
                .address(address)
                .frames(512)
                .clock(clock)
                .build();
    }

    @Test
    void theStackSendsAndReceivesAndNeverTouchesIt() {
        try (Stack sender = Stack.open(config(SimWire.End.A, "198.18.0.1/24", PREFIX));
                Stack receiver = Stack.open(config(SimWire.End.B, "198.18.0.2/24", PREFIX))) {
            for (Stack stack : new Stack[] {sender, receiver}) {
                assertThat(stack.pool().prefixBytes()).isEqualTo(PREFIX);
                assertThat(stack.pool().strideBytes()).isEqualTo(2048);
                for (int i = 0; i < 512; i++) {
                    RawMemory.fill(ACCESS.frame(stack.pool(), i).frameAddress() - PREFIX, PREFIX, MARK);
                }
            }
            OneWay stream = new OneWay(sender, receiver, wire::nextArrivalNanos, clock);
            stream.carry(2 << 20, at -> {
                var chain = sender.allocate(20_000);
                return chain == null ? null : stream.fill(chain, at);
            });
            stream.end();
            for (Stack stack : new Stack[] {sender, receiver}) {
                for (int i = 0; i < 512; i++) {
                    for (int at = 1; at <= PREFIX; at++) {
                        assertThat(RawMemory.getByte(
                                        ACCESS.frame(stack.pool(), i).frameAddress() - at))
                                .isEqualTo(MARK);
                    }
                }
            }
        }
    }

    @Test
    void anMtuThatDoesNotFitBehindItIsRefused() {
        assertThatThrownBy(() -> Stack.open(config(SimWire.End.A, "198.18.0.1/24", 512)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(
                        "MTU 1500 of 'sim:prefix' does not fit into frames of 2048 bytes (1280 behind the headroom):"
                                + " lower the MTU to 1266 or take larger frames (StackConfig.frameBytes(4096))");
    }

    @Test
    void theBackEndIsAskedForIt() {
        assertThat(Devices.framePrefixBytes(Devices.parse("sim:x"))).isZero();
        assertThatThrownBy(() -> Devices.framePrefixBytes(Devices.parse("none:x")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("unknown back end 'none'");
    }
}
