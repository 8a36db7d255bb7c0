package io.penstock.libos.tcp;

import static io.penstock.libos.tcp.testing.LoneStack.OWN;
import static io.penstock.libos.tcp.testing.LoneStack.PEER;
import static io.penstock.libos.tcp.testing.LoneStack.PEER_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.libos.tcp.testing.LoneStack;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Mutator;
import io.penstock.testkit.packet.Packets;
import io.penstock.testkit.traffic.Echo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a peer sends: nothing throws, nothing is leaked, and afterwards the stack serves as before. */
class HostilePacketsTest {
    private static final int PACKETS = 50_000;
    private static final int PORT = 7;

    private static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        seeds.add(Packets.arp(Packets.BROADCAST_MAC, 1, PEER_MAC, PEER, 0, OWN));
        seeds.add(Packets.arp(ScriptedDevice.MAC, 2, PEER_MAC, PEER, ScriptedDevice.MAC, OWN));
        seeds.add(LoneStack.fromPeer(1, Packets.icmp(8, 0, 0x0001_0001, new byte[32])));
        byte[] ours = Packets.ipv4(
                OWN, PEER, 6, ByteBuffer.allocate(20).putShort((short) PORT).array());
        seeds.add(LoneStack.fromPeer(1, Packets.icmp(3, 3, 0, ours)));
        seeds.add(LoneStack.fromPeer(1, Packets.icmp(3, 4, 1400, ours)));
        seeds.add(LoneStack.udpFromPeer(1000, PORT, new byte[100]));
        seeds.add(LoneStack.udpFromPeer(1000, 9999, new byte[1400]));
        for (int port = 2000; port < 2010; port++) {
            seeds.add(syn(port));
        }
        return seeds;
    }

    private static byte[] syn(int port) {
        byte[] tcp = ByteBuffer.allocate(32)
                .putShort((short) port)
                .putShort((short) PORT)
                .putInt(1_000_000 * port)
                .putInt(0)
                .put((byte) 0x80)
                .put((byte) 2)
                .putShort((short) 65535)
                .putInt(0)
                .put(new byte[] {2, 4, 5, (byte) 0xb4, 1, 3, 3, 7, 4, 2, 1, 1})
                .array();
        return Mutator.withChecksums(LoneStack.fromPeer(6, tcp));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void survivesDamagedPackets(long seed) {
        Random random = new Random(seed);
        Mutator mutator = new Mutator(random);
        List<byte[]> seeds = seeds();
        try (LoneStack lone = new LoneStack(2048, 65536)) {
            Echo echo = new Echo(lone.stack, PORT);
            lone.peerIsKnown();
            int at = 0;
            try {
                for (; at < PACKETS; at++) {
                    byte[] packet = mutator.mutate(seeds.get(random.nextInt(seeds.size())));
                    if (packet.length > 0) {
                        lone.device.arrives(packet);
                    }
                    if (random.nextInt(8) == 0) {
                        turn(lone, echo, mutator, random, seeds);
                    }
                }
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ", packet " + at, e);
            }
            assertThat(lone.count("tcp.connections.accepted") + lone.count("udp.received"))
                    .as("some got through")
                    .isPositive();
            assertServesAsBefore(lone, echo);
            assertComesToRest(lone, echo, seed);
        }
    }

    /** Lets the stack work, lets time pass, and answers some of what it said. */
    private static void turn(LoneStack lone, Echo echo, Mutator mutator, Random random, List<byte[]> seeds) {
        for (int i = 0; i < 3; i++) {
            boolean _ = echo.turn();
        }
        lone.clock.advance(random.nextInt(5_000_000));
        for (ScriptedDevice.Sent sent : lone.device.takeSent()) {
            byte[] p = sent.bytes();
            if (Packets.u16(p, 12) == 0x0800 && p[23] == 6 && p.length >= 54 && (p[47] & 4) == 0) {
                byte[] answer = mutator.answer(p, random.nextInt(3) == 0 ? random.nextInt(1400) : 0);
                lone.device.arrives(random.nextInt(3) == 0 ? mutator.mutate(answer) : answer);
                if (random.nextInt(10) == 0) {
                    seeds.set(7 + random.nextInt(10), answer);
                }
                if (random.nextInt(50) == 0) {
                    seeds.set(7 + random.nextInt(10), syn(2000 + random.nextInt(1000)));
                }
            } else if (Packets.u16(p, 12) == 0x0806 && Packets.u16(p, 20) == 1) {
                int asked = Packets.i32(p, 38);
                if (random.nextBoolean()) {
                    lone.device.arrives(Packets.arp(ScriptedDevice.MAC, 2, PEER_MAC, asked, ScriptedDevice.MAC, OWN));
                }
            }
        }
    }

    private static void assertServesAsBefore(LoneStack lone, Echo echo) {
        for (int i = 0; i < 100; i++) {
            boolean _ = echo.turn();
            lone.clock.advance(100_000_000);
        }
        lone.peerIsKnown(); // an answer alone is not taken from one that was not asked
        lone.device.arrives(LoneStack.udpFromPeer(1234, PORT, new byte[] {1, 2, 3}));
        for (int i = 0; i < 10; i++) {
            boolean _ = echo.turn();
        }
        assertThat(lone.takeIpv4(17))
                .filteredOn(p -> Packets.u16(p, 36) == 1234)
                .hasSize(1)
                .allSatisfy(p -> assertThat(LoneStack.udpPayload(p)).containsExactly(1, 2, 3));
    }

    private static void assertComesToRest(LoneStack lone, Echo echo, long seed) {
        // What is closing still ends with its last retransmission.
        echo.abortAll();
        for (long passed = 0; passed < 3_600_000_000_000L && lone.framesInUse() > 0; passed += 100_000_000L) {
            lone.clock.advance(100_000_000L);
            boolean _ = echo.turn();
            lone.device.takeSent();
        }
        assertThat(lone.framesInUse())
                .as("seed %d: %s", seed, lone.stack.pool().leakReport())
                .isZero();
        assertThat(lone.stack.pool().slicesInUse()).as("slices, seed %d", seed).isZero();
    }
}
