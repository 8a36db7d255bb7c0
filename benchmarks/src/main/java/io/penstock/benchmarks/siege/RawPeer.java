package io.penstock.benchmarks.siege;

import io.penstock.benchmarks.load.LoadException;
import io.penstock.benchmarks.siege.Frames.Hosts;
import io.penstock.linux.net.PacketSocket;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A host on the wire with an address of its own that no kernel has: it opens connections by hand and then does with them
 * as it likes, answers ARP as long as it is served, and falls silent when nobody calls it any more.
 *
 * <p>One thread.
 */
final class RawPeer implements AutoCloseable {
    private static final int FIRST_PORT = 1_024;
    private static final int PORTS = 64_000;
    private static final int IN_FLIGHT = 64;
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int TRIES = 3;
    private static final int INITIAL_SEQUENCE = 1_000;
    private static final long OWN_MAC = 0x02_00_00_00_00_77L;

    private final PacketSocket socket;
    private final ByteBuffer out;
    private final Hosts hosts;
    private final int port;
    /** For each of our ports: 0 closed, 1 asked, 2 open. */
    private final byte[] states = new byte[PORTS];
    /** What the server's sequence number stands at, for those that are open. */
    private final int[] received = new int[PORTS];

    private final long[] askedNanos = new long[PORTS];
    private final byte[] tries = new byte[PORTS];
    private int waiting;
    private int open;

    private RawPeer(PacketSocket socket, Hosts hosts, int port) {
        this.socket = socket;
        this.out = socket.out();
        this.hosts = hosts;
        this.port = port;
    }

    /** A host with this address that talks to one server's port. */
    static RawPeer join(String device, String address, Target server) {
        PacketSocket socket = new PacketSocket(interfaceIndex(device), true);
        try {
            int own = Target.ipv4(address);
            long serverMac = ask(socket, own, server);
            return new RawPeer(socket, new Hosts(OWN_MAC, own, serverMac, server.ipv4()), server.port());
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** A server's hardware address, asked for from an address of the link that nobody has. */
    static long macOf(String device, String address, Target server) {
        try (PacketSocket socket = new PacketSocket(interfaceIndex(device), true)) {
            return ask(socket, Target.ipv4(address), server);
        }
    }

    private static long ask(PacketSocket socket, int own, Target server) {
        Hosts asking = new Hosts(OWN_MAC, own, 0, server.ipv4());
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (System.nanoTime() < deadline) {
            socket.send(Frames.arpRequest(socket.out(), asking));
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            for (ByteBuffer frame = socket.receive(); frame != null; frame = socket.receive()) {
                if (Frames.isArpReplyFrom(frame, server.ipv4())) {
                    return Frames.arpSenderMac(frame);
                }
            }
        }
        throw new LoadException("nobody answers for " + server);
    }

    static int interfaceIndex(String device) {
        try {
            NetworkInterface found = NetworkInterface.getByName(device);
            if (found == null) {
                throw new LoadException("no interface " + device);
            }
            return found.getIndex();
        } catch (IOException e) {
            throw new LoadException("cannot find interface " + device + ": " + e.getMessage());
        }
    }

    /**
     * Opens connections, 64 at a time, until there are so many or the server takes no more. Returns how many are open.
     *
     * @param timeoutNanos when to stop in any case
     */
    int open(int wanted, long timeoutNanos) {
        long deadline = System.nanoTime() + timeoutNanos;
        int next = 0;
        int oldest = 0;
        int refused = 0;
        while (open < wanted && refused < IN_FLIGHT && System.nanoTime() < deadline) {
            while (waiting < IN_FLIGHT && next < Math.min(wanted + IN_FLIGHT, PORTS)) {
                ask(next++);
                waiting++;
            }
            if (serve() == 0) {
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(50));
            }
            long now = System.nanoTime();
            while (oldest < next && states[oldest] == 2) {
                oldest++;
            }
            for (int i = oldest; i < next; i++) {
                if (states[i] == 1 && now - askedNanos[i] > RETRY_NANOS) {
                    if (tries[i] < TRIES) {
                        ask(i);
                    } else {
                        states[i] = 0;
                        waiting--;
                        refused++;
                    }
                }
            }
            if (next >= PORTS && waiting == 0) {
                break;
            }
        }
        return open;
    }

    private void ask(int i) {
        states[i] = 1;
        tries[i]++;
        askedNanos[i] = System.nanoTime();
        send(i, INITIAL_SEQUENCE, 0, Frames.SYN, 0);
    }

    /** Sends one-byte segments behind a gap, at every second number, on one of the open connections. */
    void sendIslands(int connection, int count) {
        for (int i = 1; i <= count; i++) {
            send(connection, INITIAL_SEQUENCE + 1 + 2 * i, received[connection], Frames.ACK, 1);
        }
    }

    boolean isOpen(int connection) {
        return states[connection] == 2;
    }

    /** Answers what came: ARP, and SYN-ACKs. Returns how many frames there were. */
    int serve() {
        int frames = 0;
        for (ByteBuffer frame = socket.receive(); frame != null; frame = socket.receive()) {
            frames++;
            if (Frames.isArpRequestFor(frame, hosts.sourceAddress())) {
                socket.send(Frames.arpReply(out, hosts));
            } else if (Frames.isTcpTo(frame, OWN_MAC, hosts.sourceAddress())) {
                answer(Frames.targetPort(frame) - FIRST_PORT, Frames.flags(frame), Frames.sequence(frame));
            }
        }
        return frames;
    }

    private void answer(int i, int flags, int sequence) {
        if (i < 0 || i >= PORTS || (flags & (Frames.SYN | Frames.ACK)) != (Frames.SYN | Frames.ACK)) {
            return;
        }
        if (states[i] == 1) {
            states[i] = 2;
            waiting--;
            open++;
        }
        received[i] = sequence + 1;
        send(i, INITIAL_SEQUENCE + 1, received[i], Frames.ACK, 0);
    }

    private void send(int connection, int sequence, int acknowledgment, int flags, int payloadBytes) {
        int ports = ((FIRST_PORT + connection) << 16) | port;
        socket.send(Frames.tcp(out, hosts, ports, sequence, acknowledgment, flags, payloadBytes));
    }

    /** Forgets all it has, without a word to anybody. */
    @Override
    public void close() {
        Arrays.fill(states, (byte) 0);
        socket.close();
    }
}
