package io.penstock.datapath.device.afxdp;

import static io.penstock.datapath.device.afxdp.TestPackets.ICMP;
import static io.penstock.datapath.device.afxdp.TestPackets.KERNELS;
import static io.penstock.datapath.device.afxdp.TestPackets.OURS;
import static io.penstock.datapath.device.afxdp.TestPackets.TCP;
import static io.penstock.datapath.device.afxdp.TestPackets.UDP;
import static io.penstock.datapath.device.afxdp.TestPackets.arp;
import static io.penstock.datapath.device.afxdp.TestPackets.fragment;
import static io.penstock.datapath.device.afxdp.TestPackets.ipv4;
import static io.penstock.datapath.device.afxdp.TestPackets.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.AddressPrefix;
import io.penstock.datapath.device.DeviceSetup.Steering;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which packets the program takes, judged by running it. */
class SteeringProgramTest {
    private static final int MAP_FD = 23;
    private static final Steering WHOLE_ADDRESS = Steering.toAddress(OURS);
    private static final Steering TWO_PORTS = Steering.toIpv4(List.of(OURS), List.of(7, 40_000));

    private static int verdict(Steering steering, byte[] packet) {
        return new BpfInterpreter(SteeringProgram.assemble(steering, MAP_FD), packet, 3, MAP_FD).run();
    }

    private static boolean takes(Steering steering, byte[] packet) {
        int verdict = verdict(steering, packet);
        assertThat(verdict).isIn(SteeringProgram.XDP_PASS, BpfInterpreter.REDIRECTED + 3);
        return verdict != SteeringProgram.XDP_PASS;
    }

    @Test
    void redirectsToTheSocketOfTheQueueOnWhichThePacketArrived() {
        assertThat(verdict(WHOLE_ADDRESS, ipv4(OURS, UDP, 7))).isEqualTo(BpfInterpreter.REDIRECTED + 3);
    }

    @Test
    void takesArpRequestsAndRepliesForItsOwnAddress() {
        assertThat(takes(WHOLE_ADDRESS, arp(1, OURS))).isTrue();
        assertThat(takes(WHOLE_ADDRESS, arp(2, OURS))).isTrue();
    }

    /** Such is the answer to an address probe: it goes back to no address. */
    @Test
    void takesArpFromWhoeverUsesItsOwnAddress() {
        assertThat(takes(WHOLE_ADDRESS, from(OURS, arp(2, 0)))).isTrue();
        assertThat(takes(WHOLE_ADDRESS, from(OURS, arp(1, KERNELS)))).isTrue();
        assertThat(takes(WHOLE_ADDRESS, from(KERNELS, arp(2, 0)))).isFalse();
    }

    private static byte[] from(int senderAddress, byte[] arp) {
        return ByteBuffer.wrap(arp).putInt(28, senderAddress).array();
    }

    @Test
    void leavesArpForOtherAddressesToTheKernel() {
        assertThat(takes(WHOLE_ADDRESS, arp(1, KERNELS))).isFalse();
        assertThat(takes(WHOLE_ADDRESS, arp(2, KERNELS))).isFalse();
    }

    @Test
    void leavesArpOfOtherKindsToTheKernel() {
        assertThat(takes(WHOLE_ADDRESS, put(arp(1, OURS), 15, 6)))
                .as("hardware type")
                .isFalse();
        assertThat(takes(WHOLE_ADDRESS, put(arp(1, OURS), 16, 0x86)))
                .as("protocol type")
                .isFalse();
        assertThat(takes(WHOLE_ADDRESS, put(arp(1, OURS), 18, 8)))
                .as("address length")
                .isFalse();
    }

    @Test
    void takesEveryProtocolToAWholeAddress() {
        for (int protocol = 0; protocol < 256; protocol++) {
            assertThat(takes(WHOLE_ADDRESS, ipv4(OURS, protocol, 1))).isTrue();
        }
    }

    @Test
    void leavesOtherAddressesToTheKernel() {
        assertThat(takes(WHOLE_ADDRESS, ipv4(KERNELS, TCP, 7))).isFalse();
        assertThat(takes(WHOLE_ADDRESS, ipv4(0xffffffff, UDP, 7)))
                .as("broadcast")
                .isFalse();
        assertThat(takes(WHOLE_ADDRESS, ipv4(Integer.reverseBytes(OURS), UDP, 7)))
                .as("bytes reversed")
                .isFalse();
    }

    @Test
    void tellsAddressesApartWhoseHighestBitIsSet() {
        Steering high = Steering.toAddress(0xfffefdfc);
        assertThat(takes(high, ipv4(0xfffefdfc, TCP, 7))).isTrue();
        assertThat(takes(high, ipv4(0xfffefdfd, TCP, 7))).isFalse();
    }

    @Test
    void takesAllOfSeveralAddresses() {
        Steering several = Steering.toIpv4(List.of(OURS, 0x0a000001, 0xfffffffe), List.of());
        for (AddressPrefix prefix : several.addresses()) {
            int address = prefix.ipv4();
            assertThat(takes(several, ipv4(address, TCP, 80))).isTrue();
            assertThat(takes(several, arp(1, address))).isTrue();
        }
        assertThat(takes(several, ipv4(KERNELS, TCP, 80))).isFalse();
    }

    @Test
    void takesAllOfAPrefix() {
        for (int bits : new int[] {1, 8, 15, 24, 31}) {
            int mask = -1 << (32 - bits);
            Steering net = new Steering(List.of(AddressPrefix.ofIpv4(OURS & mask, bits)), List.of());
            assertThat(takes(net, ipv4(OURS, UDP, 7))).isTrue();
            assertThat(takes(net, ipv4(OURS | ~mask, TCP, 7))).isTrue();
            assertThat(takes(net, arp(1, OURS & mask))).isTrue();
            assertThat(takes(net, ipv4((OURS & mask) - 1, UDP, 7)))
                    .as("below /" + bits)
                    .isFalse();
            assertThat(takes(net, ipv4(OURS ^ 1 << (32 - bits), UDP, 7)))
                    .as("beside /" + bits)
                    .isFalse();
        }
        Steering both =
                new Steering(List.of(AddressPrefix.ofIpv4(0x0a000000, 8), AddressPrefix.ofIpv4(OURS, 32)), List.of(7));
        assertThat(takes(both, ipv4(0x0a123456, TCP, 7))).isTrue();
        assertThat(takes(both, ipv4(0x0a123456, TCP, 8))).isFalse();
        assertThat(takes(both, ipv4(OURS, TCP, 7))).isTrue();
        assertThat(takes(both, ipv4(OURS + 1, TCP, 7))).isFalse();
    }

    @Test
    void takesOnlyTheGivenPortsOfTcpAndUdp() {
        for (int protocol : new int[] {TCP, UDP}) {
            assertThat(takes(TWO_PORTS, ipv4(OURS, protocol, 7))).isTrue();
            assertThat(takes(TWO_PORTS, ipv4(OURS, protocol, 40_000))).isTrue();
            assertThat(takes(TWO_PORTS, ipv4(OURS, protocol, 8))).isFalse();
            assertThat(takes(TWO_PORTS, ipv4(OURS, protocol, 7 << 8)))
                    .as("bytes reversed")
                    .isFalse();
            assertThat(takes(TWO_PORTS, ipv4(KERNELS, protocol, 7))).isFalse();
        }
    }

    @Test
    void takesArpIcmpAndFragmentsWhateverThePorts() {
        assertThat(takes(TWO_PORTS, arp(1, OURS))).isTrue();
        assertThat(takes(TWO_PORTS, ipv4(OURS, ICMP, 0))).isTrue();
        assertThat(takes(TWO_PORTS, fragment(ipv4(OURS, UDP, 9), 0x2000)))
                .as("first fragment")
                .isTrue();
        assertThat(takes(TWO_PORTS, fragment(ipv4(OURS, UDP, 9), 0x0001)))
                .as("last fragment")
                .isTrue();
        assertThat(takes(TWO_PORTS, fragment(ipv4(OURS, UDP, 9), 0x1fff)))
                .as("far fragment")
                .isTrue();
        assertThat(takes(TWO_PORTS, fragment(ipv4(KERNELS, UDP, 9), 0x2000)))
                .as("not ours")
                .isFalse();
    }

    // ---- ports of an address that the kernel has, too

    private static boolean takesShared(byte[] packet) {
        long[] program = SteeringProgram.assembleShared(TWO_PORTS, MAP_FD);
        return new BpfInterpreter(program, packet, 3, MAP_FD).run() != SteeringProgram.XDP_PASS;
    }

    @Test
    void leavesArpAndPingsToAKernelThatHasTheAddress() {
        for (int operation = 1; operation <= 2; operation++) {
            assertThat(takesShared(arp(operation, OURS))).isFalse();
            assertThat(takesShared(from(OURS, arp(operation, KERNELS)))).isFalse();
        }
        for (int type : new int[] {0, 4, 5, 8, 9, 10, 13, 14}) {
            assertThat(takesShared(icmp(type, ipv4From(OURS, UDP, 7))))
                    .as("type " + type)
                    .isFalse();
        }
    }

    @Test
    void takesItsPortsOfAnAddressThatTheKernelHas() {
        for (int protocol : new int[] {TCP, UDP}) {
            assertThat(takesShared(ipv4(OURS, protocol, 7))).isTrue();
            assertThat(takesShared(ipv4(OURS, protocol, 40_000, 8))).isTrue();
            assertThat(takesShared(ipv4(OURS, protocol, 8))).isFalse();
            assertThat(takesShared(ipv4(KERNELS, protocol, 7))).isFalse();
        }
    }

    @Test
    void steersIcmpErrorsByThePortFromWhichThePacketCame() {
        for (int type : new int[] {3, 11, 12}) {
            for (int protocol : new int[] {TCP, UDP}) {
                assertThat(takesShared(icmp(type, ipv4From(OURS, protocol, 7)))).isTrue();
                assertThat(takesShared(icmp(type, ipv4From(OURS, protocol, 40_000))))
                        .isTrue();
                assertThat(takesShared(icmp(type, ipv4From(OURS, protocol, 9)))).isFalse();
                assertThat(takesShared(icmp(type, ipv4From(KERNELS, protocol, 7))))
                        .isFalse();
            }
            assertThat(takesShared(icmp(type, ipv4From(OURS, ICMP, 7)))).isFalse();
        }
    }

    @Test
    void leavesErrorsToTheKernelThatQuoteNoPorts() {
        byte[] good = icmp(3, ipv4From(OURS, UDP, 7));
        assertThat(takesShared(fragment(good, 0x4000))).isTrue();
        assertThat(takesShared(put(good, 42, 0x65))).as("quotes version 6").isFalse();
        assertThat(takesShared(put(good, 42, 0x44))).as("quotes a short header").isFalse();
        assertThat(takesShared(put(good, 49, 1))).as("quotes a later fragment").isFalse();
        assertThat(takesShared(put(good, 42, 0x4f)))
                .as("quotes less than it says")
                .isFalse();
        for (int length = 0; length < good.length; length++) {
            boolean taken = takesShared(Arrays.copyOf(good, length));
            assertThat(taken).as("length " + length).isEqualTo(length >= 14 + 20 + 8 + 20 + 4);
        }
    }

    @Test
    void takesOfFragmentsOnlyTheFirstByItsPortsWhereTheKernelHasTheAddress() {
        assertThat(takesShared(fragment(ipv4(OURS, UDP, 7), 0x2000))).isTrue();
        assertThat(takesShared(fragment(ipv4(OURS, UDP, 9), 0x2000))).isFalse();
        assertThat(takesShared(fragment(ipv4(OURS, UDP, 7), 0x2001))).isFalse();
        assertThat(takesShared(fragment(ipv4(OURS, UDP, 7), 0x0001))).isFalse();
    }

    @Test
    void readsNothingBeyondAnyPacketOfNoiseWhereTheKernelHasTheAddress() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        long[] program = SteeringProgram.assembleShared(TWO_PORTS, MAP_FD);
        byte[] good = icmp(3, ipv4From(OURS, UDP, 7));
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = Arrays.copyOf(good, random.nextInt(good.length + 1));
            for (int flips = random.nextInt(4); flips > 0 && noise.length > 14; flips--) {
                noise[14 + random.nextInt(noise.length - 14)] = (byte) random.nextInt();
            }
            assertThat(new BpfInterpreter(program, noise, 3, MAP_FD).run())
                    .as("seed " + seed)
                    .isIn(SteeringProgram.XDP_PASS, BpfInterpreter.REDIRECTED + 3);
        }
    }

    /** An error about a packet, to our address. */
    private static byte[] icmp(int type, byte[] about) {
        byte[] error = ipv4(OURS, ICMP, 0);
        return ByteBuffer.allocate(42 + about.length - 14)
                .put(error, 0, 34)
                .put((byte) type)
                .position(42)
                .put(about, 14, about.length - 14)
                .array();
    }

    private static byte[] ipv4From(int source, int protocol, int sourcePort) {
        return ByteBuffer.wrap(ipv4(KERNELS, protocol, 1))
                .putInt(26, source)
                .putShort(34, (short) sourcePort)
                .array();
    }

    // ---- what a socket would not see

    private static final SteeringProgram.Kernel KERNEL = new SteeringProgram.Kernel(MAP_FD, 24, 4711, false);

    private static BpfInterpreter counting(Steering steering, byte[] packet) {
        return new BpfInterpreter(SteeringProgram.assemble(steering, KERNEL), packet, 3, MAP_FD).withKernel(KERNEL);
    }

    @Test
    void leavesPacketsWithATagBesideThemToTheKernelAndCountsThem() {
        for (Steering steering : List.of(WHOLE_ADDRESS, TWO_PORTS, Steering.everything())) {
            BpfInterpreter tagged = counting(steering, ipv4(OURS, TCP, 7)).tagged();
            assertThat(tagged.run()).isEqualTo(SteeringProgram.XDP_PASS);
            assertThat(tagged.counter(SteeringProgram.COUNTER_TAGGED)).isEqualTo(1);
            BpfInterpreter plain = counting(steering, ipv4(OURS, TCP, 7));
            assertThat(plain.run()).isEqualTo(BpfInterpreter.REDIRECTED + 3);
            assertThat(plain.counter(SteeringProgram.COUNTER_TAGGED)).isZero();
        }
        BpfInterpreter other = counting(WHOLE_ADDRESS, ipv4(KERNELS, TCP, 7)).tagged();
        assertThat(other.run()).isEqualTo(SteeringProgram.XDP_PASS);
        assertThat(other.counter(SteeringProgram.COUNTER_TAGGED)).as("not ours").isZero();
    }

    @Test
    void countsPacketsOnQueuesWithoutASocket() {
        BpfInterpreter lost = counting(WHOLE_ADDRESS, ipv4(OURS, TCP, 7)).withoutSocket();
        assertThat(lost.run()).isEqualTo(SteeringProgram.XDP_PASS);
        assertThat(lost.counter(SteeringProgram.COUNTER_NO_SOCKET)).isEqualTo(1);
    }

    @Test
    void doesNotTakeDoNotFragmentForAFragment() {
        assertThat(takes(TWO_PORTS, fragment(ipv4(OURS, TCP, 9), 0x4000))).isFalse();
    }

    @Test
    void leavesOtherProtocolsToTheKernelIfPortsAreGiven() {
        assertThat(takes(TWO_PORTS, ipv4(OURS, 132, 7))).as("SCTP").isFalse();
    }

    @Test
    void findsThePortsBehindOptions() {
        for (int words = 5; words <= 15; words++) {
            assertThat(takes(TWO_PORTS, ipv4(OURS, TCP, 7, words))).isTrue();
            assertThat(takes(TWO_PORTS, ipv4(OURS, TCP, 8, words))).isFalse();
        }
    }

    @Test
    void leavesWhatItDoesNotUnderstandToTheKernel() {
        byte[] good = ipv4(OURS, UDP, 7);
        assertThat(takes(WHOLE_ADDRESS, put(good, 14, 0x65))).as("version 6").isFalse();
        assertThat(takes(WHOLE_ADDRESS, put(good, 14, 0x44)))
                .as("header of 16 bytes")
                .isFalse();
        assertThat(takes(WHOLE_ADDRESS, put(put(good, 12, 0x81), 13, 0)))
                .as("802.1Q")
                .isFalse();
        assertThat(takes(WHOLE_ADDRESS, put(put(good, 12, 0x86), 13, 0xdd)))
                .as("IPv6")
                .isFalse();
    }

    @Test
    void leavesPacketsThatAreCutShortToTheKernelAndNeverReadsBeyondThem() {
        byte[] longHeader = ipv4(OURS, TCP, 7, 15);
        for (byte[] whole : List.of(arp(1, OURS), ipv4(OURS, TCP, 7), longHeader)) {
            for (int length = 0; length < whole.length; length++) {
                boolean taken = takes(TWO_PORTS, Arrays.copyOf(whole, length));
                int needed = whole.length == 42 ? 42 : whole.length - 20 + 4;
                assertThat(taken).as("length " + length).isEqualTo(length >= needed);
            }
        }
    }

    @Test
    void readsNothingBeyondAnyPacketOfNoise() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        long[] program = SteeringProgram.assemble(TWO_PORTS, MAP_FD);
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[random.nextInt(120)];
            random.nextBytes(noise);
            if (noise.length > 14) {
                noise[12] = 8;
                noise[13] = (byte) (random.nextBoolean() ? 0 : 6);
                noise[14] = (byte) (0x40 | random.nextInt(16));
            }
            assertThat(new BpfInterpreter(program, noise, 3, MAP_FD).run())
                    .as("seed " + seed)
                    .isIn(SteeringProgram.XDP_PASS, BpfInterpreter.REDIRECTED + 3);
        }
    }

    @Test
    void takesTheLastOfAsManyAddressesAndPortsAsThereMayBe() {
        List<Integer> addresses = IntStream.range(0, SteeringProgram.MAX_ADDRESSES)
                .mapToObj(i -> OURS + i)
                .toList();
        List<Integer> ports =
                IntStream.rangeClosed(1, SteeringProgram.MAX_PORTS).boxed().toList();
        Steering most = Steering.toIpv4(addresses, ports);
        assertThat(takes(most, ipv4(addresses.getLast(), TCP, ports.getLast()))).isTrue();
        assertThat(takes(most, ipv4(addresses.getLast(), TCP, ports.getLast() + 1)))
                .isFalse();
    }

    @Test
    void refusesMoreAddressesOrPortsThanThat() {
        Steering addresses = Steering.toIpv4(Collections.nCopies(SteeringProgram.MAX_ADDRESSES + 1, OURS), List.of());
        Steering ports = Steering.toIpv4(List.of(OURS), Collections.nCopies(SteeringProgram.MAX_PORTS + 1, 7));
        assertThatThrownBy(() -> SteeringProgram.assemble(addresses, MAP_FD))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("257 addresses");
        assertThatThrownBy(() -> SteeringProgram.assemble(ports, MAP_FD))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("1025 ports");
    }

    @Test
    void takesPacketsOfAnyKindIfEverythingIsAskedFor() {
        Random random = new Random(11);
        for (int length = 14; length < 128; length++) {
            byte[] noise = new byte[length];
            random.nextBytes(noise);
            assertThat(takes(Steering.everything(), noise)).isTrue();
        }
        assertThat(takes(Steering.everything(), arp(1, KERNELS))).isTrue();
    }

    @Test
    void refusesToSteerNothing() {
        Steering nothing = Steering.toIpv4(List.of(), List.of());
        assertThatThrownBy(() -> SteeringProgram.assemble(nothing, MAP_FD))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("address");
    }

    @Test
    void costsTheKernelLittleForPacketsThatAreNotOurs() {
        BpfInterpreter ipv6 = new BpfInterpreter(
                SteeringProgram.assemble(TWO_PORTS, MAP_FD),
                put(put(ipv4(OURS, TCP, 7), 12, 0x86), 13, 0xdd),
                0,
                MAP_FD);
        assertThat(ipv6.run()).isEqualTo(SteeringProgram.XDP_PASS);
        assertThat(ipv6.steps()).isLessThanOrEqualTo(10);
    }
}
