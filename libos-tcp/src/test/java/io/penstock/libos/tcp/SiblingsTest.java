package io.penstock.libos.tcp;

import static io.penstock.libos.tcp.testing.LoneStack.OWN;
import static io.penstock.libos.tcp.testing.LoneStack.PEER;
import static io.penstock.libos.tcp.testing.LoneStack.PEER_MAC;
import static io.penstock.testkit.packet.Packets.BROADCAST_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.device.PortRelay;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.libos.tcp.link.Siblings;
import io.penstock.memory.Buffer;
import io.penstock.testkit.Garbage;
import io.penstock.testkit.device.ForwardingDevice;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Packets;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Stacks on the queues of one port, each of which gets some of the packets. */
class SiblingsTest {
    private static final int SECOND_ADDRESS = Packets.ip("198.18.0.3");
    private static final int REQUEST = 1;
    private static final int REPLY = 2;

    private final PortRelay relay = new PortRelay();
    private final VirtualClock clock = new VirtualClock();
    private final Member first = new Member("198.18.0.2/24");
    private Member second = new Member("198.18.0.2/24");

    /** A stack and its queue. */
    private final class Member {
        private final Completion completion = new Completion();
        private final Counters counters = Counters.inMemory();
        private final Stack stack;
        private ScriptedDevice device;

        Member(String address) {
            stack = Stack.open(StackConfig.builder()
                    .device(setup -> {
                        device = new ScriptedDevice(setup);
                        return new ForwardingDevice(device) {
                            @Override
                            public PortRelay relay() {
                                return relay;
                            }
                        };
                    })
                    .address(address)
                    .frames(512)
                    .clock(clock)
                    .counters(counters)
                    .build());
            for (int i = 0; i < 300; i++) {
                clock.advance(10_000_000);
                turn();
            }
            device.takeSent();
        }

        /** Turns the loop until nothing happens. Returns whether a completion came. */
        boolean turn() {
            for (int i = 0; i < 4 || !device.isDrained(); i++) {
                if (stack.waitNext(completion, 0) == WaitResult.COMPLETED) {
                    return true;
                }
            }
            return false;
        }

        void arrives(byte[] packet) {
            device.arrives(packet);
            turn();
        }

        /** What was sent of an Ethernet type. */
        List<byte[]> sent(int type) {
            return device.takeSent().stream()
                    .map(ScriptedDevice.Sent::bytes)
                    .filter(p -> Packets.u16(p, 12) == type)
                    .toList();
        }

        long count(String counter) {
            return counters.counter(counter).get();
        }
    }

    @AfterEach
    void close() {
        first.stack.close();
        second.stack.close();
        assertThat(relay.isEmpty()).isTrue();
    }

    private static byte[] request(int target) {
        return Packets.arp(BROADCAST_MAC, REQUEST, PEER_MAC, PEER, 0, target);
    }

    private static byte[] reply() {
        return Packets.arp(ScriptedDevice.MAC, REPLY, PEER_MAC, PEER, ScriptedDevice.MAC, OWN);
    }

    private void sendDatagramFromSecond() {
        int queue = second.stack.socket(Transport.UDP);
        Buffer payload = second.stack.allocate(4);
        second.stack.pushTo(queue, payload, Endpoint.ofIpv4(PEER, 9));
        payload.release();
        second.turn();
    }

    @Test
    void oneLearnsWhatAnotherWasAnswered() {
        sendDatagramFromSecond();
        assertThat(second.sent(0x0806)).hasSize(1);
        first.arrives(reply());
        second.turn();
        second.turn();
        assertThat(second.sent(0x0800))
                .hasSize(1)
                .allSatisfy(p -> assertThat(Packets.mac48(p, 0)).isEqualTo(PEER_MAC));
        assertThat(second.count("port.news.heard")).isOne();
        assertThat(first.count("port.news.heard")).isZero();
    }

    @Test
    void oneAnswersForAnAddressThatBothHaveAndBothLearnWhoAsked() {
        first.arrives(request(OWN));
        second.turn();
        assertThat(first.sent(0x0806)).hasSize(1);
        assertThat(second.sent(0x0806)).isEmpty();
        sendDatagramFromSecond();
        assertThat(second.sent(0x0800)).as("without a question first").hasSize(1);
    }

    @Test
    void eachAnswersForAnAddressOfItsOwn() {
        second.stack.close();
        second = new Member("198.18.0.3/24");
        first.arrives(request(SECOND_ADDRESS));
        second.turn();
        second.turn();
        assertThat(first.sent(0x0806)).isEmpty();
        assertThat(second.sent(0x0806))
                .containsExactly(Packets.arp(PEER_MAC, REPLY, ScriptedDevice.MAC, SECOND_ADDRESS, PEER_MAC, PEER));
    }

    @Test
    void oneDefendsAnAddressThatBothHave() {
        first.arrives(Packets.arp(BROADCAST_MAC, REQUEST, PEER_MAC, OWN, 0, OWN));
        second.turn();
        assertThat(first.sent(0x0806)).hasSize(1);
        assertThat(second.sent(0x0806)).isEmpty();
        assertThat(first.count("arp.conflicts")).isOne();
    }

    @Test
    void anErrorFindsTheStackWhosePacketItIsAbout() {
        first.arrives(request(OWN));
        second.turn();
        int queue = second.stack.socket(Transport.TCP);
        second.stack.connect(queue, Endpoint.ofIpv4(PEER, 80));
        second.turn();
        List<byte[]> syns = second.sent(0x0800);
        assertThat(syns).hasSize(1);
        byte[] quoted = Arrays.copyOfRange(syns.getFirst(), 14, 14 + 20 + 8);
        byte[] error = Packets.icmp(3, 3, 0, quoted);
        first.arrives(Packets.ethernet(ScriptedDevice.MAC, PEER_MAC, 0x0800, Packets.ipv4(PEER, OWN, 1, error)));
        assertThat(second.turn()).isTrue();
        assertThat(second.completion.opcode()).isEqualTo(Opcode.CONNECT);
        assertThat(second.completion.status()).isEqualTo(Status.CONNECTION_REFUSED);
        assertThat(first.count("icmp.errors.received")).isOne();
        assertThat(second.count("icmp.errors.received")).isZero();
    }

    @Test
    void aFloodIsBoundedAndCounted() {
        for (int i = 0; i < 3000; i++) {
            first.device.arrives(request(OWN));
        }
        first.turn();
        assertThat(first.count("arp.requests.received")).isEqualTo(3000);
        second.turn();
        assertThat(second.count("port.news.heard") + first.count("port.news.lost"))
                .isEqualTo(3000);
        assertThat(first.count("port.news.lost")).isPositive();
        first.arrives(request(OWN));
        second.turn();
        assertThat(second.count("port.news.heard") + first.count("port.news.lost"))
                .isEqualTo(3001);
    }

    @Test
    void whoIsClosedHearsNothingMore() {
        second.stack.close();
        first.arrives(request(OWN));
        assertThat(first.sent(0x0806)).hasSize(1);
        assertThat(first.count("port.news.lost")).isZero();
    }

    @Test
    void tellingAndHearingMakeNoGarbage() {
        PortRelay own = new PortRelay();
        try (Arena arena = Arena.ofConfined();
                Siblings teller = new Siblings(own, () -> true, Remedies.inMemory());
                Siblings hearer = new Siblings(own, () -> true, Remedies.inMemory())) {
            long message = arena.allocate(42, 8).address();
            long[] bytes = new long[1];
            PortRelay.Reader reader = (_, _, lengthBytes) -> bytes[0] += lengthBytes;
            Runnable window = () -> {
                for (int i = 0; i < 10_000; i++) {
                    teller.tell(Siblings.ARP_HANDLED, message, 42);
                    hearer.hear(reader);
                }
            };
            for (int i = 0; i < 10; i++) {
                window.run();
            }
            Garbage.assertNone(window);
            assertThat(bytes[0]).isEqualTo(20 * 10_000L * 42);
        }
    }
}
