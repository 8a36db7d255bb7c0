package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.sim.SimWire;
import io.penstock.datapath.poll.Idle;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.memory.Buffer;
import io.penstock.testkit.contract.LibOsContract;
import io.penstock.testkit.contract.LibOsLink;
import io.penstock.testkit.contract.Link;
import io.penstock.testkit.contract.Pair;
import io.penstock.testkit.device.OffloadDevice;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract over devices that take work off the stack: each kind alone, all, and none. */
@ParameterizedClass(name = "{0}")
@MethodSource("offloads")
class OffloadContractTest extends LibOsContract {
    @Parameter
    private Set<Offload> offloads;

    static Stream<Set<Offload>> offloads() {
        Stream<Set<Offload>> alone = Stream.of(Offload.values())
                .filter(offload -> offload != Offload.VLAN_STRIP && offload != Offload.VLAN_INSERT)
                .map(EnumSet::of);
        return Stream.concat(alone, Stream.of(EnumSet.allOf(Offload.class), EnumSet.noneOf(Offload.class)));
    }

    @Override
    protected Link openLink() {
        VirtualClock clock = new VirtualClock();
        SimWire wire = SimWire.perfect("offload");
        return new LibOsLink(
                clock,
                () -> Stack.open(config(clock, wire, SimWire.End.A)
                        .address(LibOsLink.CLIENT_CIDR)
                        .build()),
                () -> Stack.open(config(clock, wire, SimWire.End.B)
                        .address(LibOsLink.SERVER_CIDR)
                        .build()),
                () -> {});
    }

    @Test
    void whatWaitsForSilentNeighboursIsACopyAndComesHome() {
        Pair p = pair();
        int queue = p.client.udp(8);
        Endpoint nobody =
                new Endpoint().set(p.link.nobody().high(), p.link.nobody().low(), 9);
        for (int i = 0; i < 10; i++) {
            Buffer object = p.client.os.heap().allocate(700, 0);
            assertThat(p.client.os.pushTo(queue, object, nobody)).isNotEqualTo(LibOs.NO_TOKEN);
            object.release();
        }
        p.settle();
        assertThat(p.client.os.heap().bytesInUse())
                .as("the application's own objects are its own again")
                .isZero();
        assertThat(p.client.os.pool().framesInUse()).as("copies wait").isPositive();
        p.until(
                "the neighbour was given up",
                () -> p.client.os.heap().bytesInUse() == 0 && p.client.os.pool().framesInUse() == 0);
    }

    private StackConfig.Builder config(VirtualClock clock, SimWire wire, SimWire.End end) {
        return StackConfig.builder()
                .device(setup -> new OffloadDevice(wire.open(end, setup), setup, offloads))
                .clock(clock)
                .idle(Idle.advancing(clock, 20_000))
                .frames(2048)
                .maxQueues(1024)
                .maxOperations(4096);
    }
}
