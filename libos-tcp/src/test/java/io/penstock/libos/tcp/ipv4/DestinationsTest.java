package io.penstock.libos.tcp.ipv4;

import static io.penstock.libos.tcp.testing.LoneStack.GATEWAY;
import static io.penstock.libos.tcp.testing.LoneStack.GATEWAY_MAC;
import static io.penstock.libos.tcp.testing.LoneStack.OWN;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortEvents;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.libos.tcp.config.LocalAddress;
import io.penstock.libos.tcp.ip.Ipv4Network;
import io.penstock.libos.tcp.ip.Secret;
import io.penstock.libos.tcp.testing.LoneStack;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.grant.FrameGrant;
import io.penstock.testkit.Garbage;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Packets;
import io.penstock.testkit.traffic.Echo;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DestinationsTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int NETWORK = Packets.ip("10.0.0.0");

    private final LoneStack lone = new LoneStack();
    private final DestinationTable table = new DestinationTable(16, new Secret(1, 2));

    @AfterEach
    void close() {
        lone.close();
    }

    private Ipv4Path path(int remote, Map<Integer, Ipv4Path> model) {
        Ipv4Path known = (Ipv4Path) table.find(remote);
        if (known != null) {
            assertThat(known.remote()).isEqualTo(remote);
            return known;
        }
        assertThat(model).as("kept ones are found").doesNotContainKey(remote);
        Ipv4Path p = (Ipv4Path) table.takeSpare();
        if (p == null) {
            p = new Ipv4Path(layer().link(), table);
        }
        p.leadTo(remote, GATEWAY, 1);
        table.add(p);
        return p;
    }

    private Ipv4Layer layer;

    private Ipv4Layer layer() {
        if (layer == null) {
            VirtualClock clock = new VirtualClock();
            DeviceInfo info = new DeviceInfo("test:0", "in a test", ScriptedDevice.MAC, 1500, 1, Capabilities.none());
            layer = new Ipv4Layer(
                    Ipv4Network.of(LocalAddress.parse("198.18.0.2/24"), "198.18.0.1"),
                    info,
                    null,
                    null,
                    clock,
                    new Secret(1, 2));
        }
        return layer;
    }

    @Test
    void whatIsKeptStaysAndTheRestIsBounded() {
        SplittableRandom random = new SplittableRandom(42);
        Map<Integer, Ipv4Path> kept = new HashMap<>();
        for (int i = 0; i < 200_000; i++) {
            int remote = NETWORK + random.nextInt(300);
            Ipv4Path p = path(remote, kept);
            if (random.nextInt(3) == 0 && kept.size() < 100 && !kept.containsKey(remote)) {
                p.retain();
                kept.put(remote, p);
            } else if (random.nextInt(3) == 0 && kept.remove(remote) != null) {
                p.release();
            }
            kept.forEach((r, k) -> {
                if (table.find(r) != k) {
                    throw new AssertionError("lost " + Integer.toHexString(r));
                }
            });
            assertThat(table.size()).isLessThanOrEqualTo(kept.size() + 16);
        }
    }

    @Test
    void whoStaysInTouchIsNotPushedOutByPassersBy() {
        Ipv4Path regular = path(NETWORK + 1, Map.of());
        for (int i = 0; i < 10_000; i++) {
            path(NETWORK + 1000 + i, Map.of());
            if (i % 4 == 0) {
                assertThat(table.find(NETWORK + 1)).isSameAs(regular);
            }
        }
    }

    /** A device that repeats one packet from ever new sources, and swallows what is sent. Allocates nothing. */
    private static final class Flood implements PacketQueue {
        private final FramePool pool;
        private final DeviceInfo info =
                new DeviceInfo("test:0", "in a test", ScriptedDevice.MAC, 1500, 1, Capabilities.none());
        private final PortEvents events = new PortEvents(info);
        private byte[] packet = new byte[0];
        private int transportChecksumAt;
        private int left;
        private int sources;
        private int next;
        private int base;
        int sent;

        Flood(FramePool pool) {
            this.pool = pool;
        }

        /** Sources are consecutive addresses from a base on; as it is if there are none. */
        void repeat(byte[] what, int checksumAt, int from, int count, int times) {
            packet = what;
            transportChecksumAt = checksumAt;
            base = from;
            sources = count;
            left = times;
        }

        @Override
        public DeviceInfo info() {
            return info;
        }

        @Override
        public PortEvents events() {
            return events;
        }

        @Override
        public int rxBurst(Burst burst) {
            int count = 0;
            while (!burst.isFull() && left > 0) {
                Buffer frame = ACCESS.allocateReserved(pool);
                if (frame == null) {
                    break;
                }
                long at = frame.address();
                RawMemory.copyFrom(packet, 0, at, packet.length);
                if (sources > 0) {
                    comeFrom(at, base + next++ % sources);
                }
                burst.add(frame, frame.offset(), packet.length);
                left--;
                count++;
            }
            return count;
        }

        /** The checksums of IP and of the transport follow the source (RFC 1624). */
        private void comeFrom(long at, int source) {
            int old = RawMemory.getIntBe(at + 26);
            adjust(at + 24, old, source);
            adjust(at + transportChecksumAt, old, source);
            RawMemory.putIntBe(at + 26, source);
        }

        private static void adjust(long at, int old, int now) {
            int sum = ~RawMemory.getUnsignedShortBe(at) & 0xffff;
            sum += (~(old >>> 16) & 0xffff) + (~old & 0xffff) + (now >>> 16) + (now & 0xffff);
            while (sum >>> 16 != 0) {
                sum = (sum & 0xffff) + (sum >>> 16);
            }
            RawMemory.putShortBe(at, ~sum & 0xffff);
        }

        @Override
        public int txBurst(Burst burst) {
            for (int i = 0; i < burst.count(); i++) {
                burst.unhold(ACCESS, i);
            }
            sent += burst.count();
            return burst.count();
        }

        @Override
        public int reclaim() {
            return 0;
        }

        @Override
        public long rxDropped() {
            return 0;
        }

        @Override
        public void close() {}
    }

    private Flood flood;

    private void floods(byte[] packet, int checksumAt, int base, int sources, int answers) {
        Counters counters = Counters.inMemory();
        VirtualClock clock = new VirtualClock();
        try (Stack stack = Stack.open(StackConfig.builder()
                .device(setup -> {
                    flood = new Flood(setup.pool());
                    return flood;
                })
                .address("198.18.0.2/24")
                .gateway("198.18.0.1")
                .frames(1024)
                .clock(clock)
                .counters(counters)
                .build())) {
            Echo echo = new Echo(stack, 7);
            byte[] arp = Packets.arp(ScriptedDevice.MAC, 1, GATEWAY_MAC, GATEWAY, ScriptedDevice.MAC, OWN);
            flood.repeat(arp, 0, 0, 0, 1);
            echo.turn();
            Runnable window = () -> {
                flood.repeat(packet, checksumAt, base, sources, 20_000);
                while (flood.left > 0) {
                    clock.advance(10_000);
                    echo.turn();
                }
            };
            for (int i = 0; i < 5; i++) {
                window.run();
            }
            int before = flood.sent;
            Garbage.assertNone(window);
            if (answers > 0) {
                assertThat(flood.sent - before).isGreaterThan(answers);
            }
            echo.abortAll();
        }
    }

    private static byte[] datagram(int port) {
        byte[] udp = Packets.udp(NETWORK + 1, 1234, OWN, port, new byte[16]);
        return Packets.ethernet(ScriptedDevice.MAC, GATEWAY_MAC, 0x0800, Packets.ipv4(NETWORK + 1, OWN, 17, udp));
    }

    @Test
    void answersToEverNewPeersMakeNoGarbage() {
        floods(datagram(7), 40, NETWORK + 1, 1 << 22, 5_000);
    }

    @Test
    void resetsToEverNewPeersMakeNoGarbage() {
        floods(LoneStack.syn(GATEWAY_MAC, NETWORK + 1, 1234, 9), 50, NETWORK + 1, 1 << 22, 150_000);
    }

    @Test
    void errorsToEverNewPeersMakeNoGarbage() {
        floods(datagram(9), 40, NETWORK + 1, 1 << 22, 0);
    }

    /** More than 75 of them: some share whatever place a small table gives them by their hash. */
    @Test
    void answersToAFewHundredPeersInTurnMakeNoGarbage() {
        floods(datagram(7), 40, NETWORK + 1, 500, 5_000);
    }
}
