package io.penstock.system.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.device.dpdk.DpdkEnd;
import io.penstock.datapath.device.dpdk.DpdkEnvironment;
import io.penstock.testkit.net.NetworkNamespace;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A VLAN over packet sockets, whose kernel keeps the tag beside the packet and the driver puts it back or not. */
@ExtendWith(DpdkEnvironment.class)
@Timeout(60)
class VlanTest {
    private static final int VLAN = 100;
    private static final int COUNT = 200;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    private static byte[] tagged(byte[] packet, int vlan) {
        byte[] tagged = new byte[packet.length + 4];
        System.arraycopy(packet, 0, tagged, 0, 12);
        tagged[12] = (byte) 0x81;
        tagged[14] = (byte) (vlan >> 8);
        tagged[15] = (byte) vlan;
        System.arraycopy(packet, 12, tagged, 16, packet.length - 12);
        return tagged;
    }

    @ParameterizedTest
    @ValueSource(strings = {"on", "off"})
    void theStackSeesNoTagAndTheWireDoes(String offloads) {
        try (NetworkNamespace namespace = NetworkNamespace.create("vlan")) {
            namespace.ip("link add va type veth peer name vb");
            for (String end : List.of("va", "vb")) {
                namespace.trySysctl("ipv6/conf/" + end + "/disable_ipv6", "1");
                namespace.ip("link set " + end + " up");
            }
            namespace.call(() -> {
                exchange(offloads);
                return null;
            });
        }
    }

    private void exchange(String offloads) {
        try (DpdkEnd wire = DpdkEnd.open("net_af_packet0,iface=va");
                DpdkEnd stack =
                        DpdkEnd.open("net_af_packet1,iface=vb,port.vlan=" + VLAN + ",port.offloads=" + offloads)) {
            wire.await("its link", wire.device.events()::isUp);
            stack.await("its link", stack.device.events()::isUp);
            List<byte[]> packets = DpdkEnd.packets(random, COUNT, 60, 1500);
            for (byte[] packet : packets) {
                wire.send(List.of(packet, tagged(packet, VLAN + 1), tagged(packet, VLAN)));
                assertThat(stack.await(1))
                        .as("seed %d", seed)
                        .hasSize(1)
                        .first()
                        .satisfies(got -> assertThat(got).isEqualTo(packet));
                stack.send(List.of(packet));
                assertThat(wire.await(1))
                        .as("seed %d", seed)
                        .hasSize(1)
                        .first()
                        .satisfies(got -> assertThat(got).isEqualTo(tagged(packet, VLAN)));
            }
            stack.await("all others to be counted", () -> {
                assertThat(stack.receive()).isEmpty();
                return stack.device.rxDropped() >= 2 * COUNT;
            });
            assertThat(wire.receive()).isEmpty();
        }
    }
}
