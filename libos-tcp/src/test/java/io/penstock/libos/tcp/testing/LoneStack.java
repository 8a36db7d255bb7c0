package io.penstock.libos.tcp.testing;

import io.penstock.datapath.Completion;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Host;
import io.penstock.testkit.packet.Packets;
import io.penstock.testkit.packet.RawClient;
import java.util.Arrays;
import java.util.List;

/** One stack, 198.18.0.2/24 behind 198.18.0.1, in virtual time, whose link is the test's. */
public final class LoneStack implements AutoCloseable {
    public static final int OWN = Packets.ip("198.18.0.2");
    public static final int PEER = Packets.ip("198.18.0.9");
    public static final int GATEWAY = Packets.ip("198.18.0.1");
    public static final int FAR = Packets.ip("198.19.7.7");
    public static final long PEER_MAC = 0x0200_0000_0009L;
    public static final long GATEWAY_MAC = 0x0200_0000_0099L;

    public final VirtualClock clock = new VirtualClock();
    public final Counters counters = Counters.inMemory();
    public final Completion completion = new Completion();
    public final Stack stack;
    public ScriptedDevice device;
    /** What it said of itself at start. */
    public final List<ScriptedDevice.Sent> announcements;

    private final int framesAtRest;

    public LoneStack() {
        this(512, 1024);
    }

    public LoneStack(int frames, int operations) {
        this(frames, operations, Capabilities.none());
    }

    /** On a device that claims to take work off the stack. */
    public LoneStack(int frames, int operations, Capabilities capabilities) {
        this("198.18.0.2/24", frames, operations, capabilities);
    }

    /** In a larger network, too. */
    public LoneStack(String address, int frames, int operations, Capabilities capabilities) {
        this(address, "198.18.0.1", frames, operations, capabilities);
    }

    /** With another router, or without one. */
    public LoneStack(String address, String gateway, int frames, int operations, Capabilities capabilities) {
        stack = Stack.open(StackConfig.builder()
                .device(setup -> device = new ScriptedDevice(setup, 1500, capabilities))
                .address(address)
                .gateway(gateway)
                .frames(frames)
                .maxQueues(1024)
                .maxOperations(operations)
                .clock(clock)
                .counters(counters)
                .secret(1, 2)
                .build());
        pass(3_000_000_000L);
        announcements = device.takeSent();
        framesAtRest = stack.pool().framesInUse();
    }

    /** Turns the loop until nothing happens at this moment. Returns whether a completion came. */
    public boolean turn() {
        for (int i = 0; i < 1000; i++) {
            if (stack.waitNext(completion, 0) == WaitResult.COMPLETED) {
                return true;
            }
            if (device.isDrained() && i >= 2) {
                return false;
            }
        }
        throw new AssertionError("the stack does not come to rest");
    }

    /** Lets time pass in small steps, turning the loop. */
    public void pass(long nanos) {
        long step = 10_000_000;
        for (long left = nanos; left > 0; left -= step) {
            clock.advance(Math.min(step, left));
            if (turn()) {
                throw new AssertionError("unexpected: " + completion);
            }
        }
    }

    public void arrives(byte[] packet) {
        device.arrives(packet);
        turn();
    }

    /** A UDP datagram from the peer on the link, within its frame. */
    public static byte[] udpFromPeer(int sourcePort, int destinationPort, byte[] payload) {
        return new Host(PEER_MAC, PEER, sourcePort).datagram(own(destinationPort), payload);
    }

    /** A SYN to the stack, within its frame. */
    public static byte[] syn(long mac, int from, int port, int toPort) {
        return new Host(mac, from, port).syn(own(toPort));
    }

    private static Host own(int port) {
        return new Host(ScriptedDevice.MAC, OWN, port);
    }

    /** A client that has not sent anything yet. */
    public RawClient client(int address, long mac, int port, int serverPort) {
        return new RawClient(device, clock, new Host(mac, address, port), own(serverPort));
    }

    public static byte[] fromPeer(int protocol, byte[] payload) {
        return Packets.ethernet(ScriptedDevice.MAC, PEER_MAC, 0x0800, Packets.ipv4(PEER, OWN, protocol, payload));
    }

    /** Tells the stack the peer's hardware address, as a peer that asks for the stack's does. */
    public void peerIsKnown() {
        arrives(Packets.arp(Packets.BROADCAST_MAC, 1, PEER_MAC, PEER, 0, OWN));
        arrives(Packets.arp(ScriptedDevice.MAC, 2, PEER_MAC, PEER, ScriptedDevice.MAC, OWN));
        device.takeSent();
    }

    public long count(String counter) {
        return counters.counter(counter).get();
    }

    /** What was sent that is IPv4 of this protocol. */
    public List<byte[]> takeIpv4(int protocol) {
        return device.takeSent().stream()
                .map(ScriptedDevice.Sent::bytes)
                .filter(p -> Packets.u16(p, 12) == 0x0800 && p[23] == protocol)
                .toList();
    }

    /** The payload of a UDP packet that was sent. */
    public static byte[] udpPayload(byte[] packet) {
        return Arrays.copyOfRange(packet, 42, 34 + Packets.u16(packet, 38));
    }

    /** How many frames are in use beyond those at the beginning. */
    public int framesInUse() {
        return stack.pool().framesInUse() - framesAtRest;
    }

    @Override
    public void close() {
        stack.close();
    }
}
