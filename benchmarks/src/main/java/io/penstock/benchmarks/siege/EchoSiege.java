package io.penstock.benchmarks.siege;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.load.LoadException;
import io.penstock.benchmarks.siege.Frames.Hosts;
import io.penstock.linux.net.PacketSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/** Sieges of an echo server. Each runs in the client's namespace and answers with what was measured. */
final class EchoSiege {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLISECOND = 1_000_000L;
    private static final long PATIENCE_NANOS = 3 * SECOND;
    private static final int CLOSED_PORT = 9;
    private static final int ISLAND_CONNECTIONS = 40;
    /** Somebody on the link that nobody has, so that nobody answers ARP for it. */
    private static final String NOBODY = "198.18.0.77";

    private static final int FLOOD_CLIENTS = 40;
    private static final int FLOOD_PER_MILLISECOND = 20;

    private final Target server;
    private final String device;
    private final long serverMac;

    EchoSiege(Target server, String device) {
        this.server = server;
        this.device = device;
        this.serverMac = RawPeer.macOf(device, "198.18.0.78", server);
    }

    // ---- a neighbour that does not answer

    /**
     * For each 100 ms: 64 SYNs to a closed port and 4 to the open one, first from one address that nobody has, then from two
     * in turn, then from a hundred. Beside it an honest client, and newcomers whose addresses the server does not know yet.
     */
    ObjectNode neighbour(String[] newcomers) throws IOException {
        try (HonestClient honest = HonestClient.connect(server, 64)) {
            honest.run(3 * SECOND); // the compilers' time
            HonestClient.Seen before = honest.run(3 * SECOND);
            try (ExecutorService attacker = Executors.newFixedThreadPool(2)) {
                Future<?> attack = attacker.submit(() -> spoofNeighbours(12 * SECOND));
                Future<Integer> served = attacker.submit(() -> visits(newcomers, SECOND));
                HonestClient.Seen during = honest.run(12 * SECOND);
                get(attack);
                return seen(before, during).put("newcomers", newcomers.length).put("newcomersServed", get(served));
            }
        }
    }

    private void spoofNeighbours(long durationNanos) {
        try (PacketSocket socket = new PacketSocket(RawPeer.interfaceIndex(device), false)) {
            ByteBuffer out = socket.out();
            long start = System.nanoTime();
            int nobody = Target.ipv4(NOBODY);
            for (int tick = 0; System.nanoTime() - start < durationNanos; tick++) {
                long elapsed = System.nanoTime() - start;
                int spread = elapsed < durationNanos / 3 ? 1 : elapsed < 2 * durationNanos / 3 ? 2 : 100;
                Hosts hosts = new Hosts(0x02_00_00_00_00_66L, nobody + tick % spread, serverMac, server.ipv4());
                for (int i = 0; i < 68; i++) {
                    int port = i < 64 ? CLOSED_PORT : server.port();
                    socket.send(
                            Frames.tcp(out, hosts, ports(2_000 + tick % 500 * 68 + i, port), tick, 0, Frames.SYN, 0));
                }
                sleepUntil(start + (tick + 1L) * 100 * MILLISECOND);
            }
        }
    }

    private int visits(String[] sources, long everyNanos) {
        int served = 0;
        long start = System.nanoTime();
        for (int i = 0; i < sources.length; i++) {
            if (HonestClient.visit(server, sources[i], PATIENCE_NANOS) >= 0) {
                served++;
            }
            sleepUntil(start + (i + 1L) * everyNanos);
        }
        return served;
    }

    // ---- bytes behind gaps

    /**
     * 40 connections with 256 single bytes each behind gaps, sent anew each second; beside them an honest client that moves
     * much: first on a good wire, then on one that loses 1 % of what it sends, where it needs the room behind gaps itself.
     */
    ObjectNode islands() throws IOException {
        try (HonestClient honest = HonestClient.connect(server, 64 << 10);
                LossyWire wire = new LossyWire(device);
                ExecutorService attacker = Executors.newSingleThreadExecutor()) {
            honest.run(3 * SECOND);
            HonestClient.Seen before = honest.run(3 * SECOND);
            wire.losePercent(1);
            HonestClient.Seen lossBefore = honest.run(6 * SECOND);
            wire.losePercent(0);
            CountDownLatch laid = new CountDownLatch(1);
            Future<Integer> attack = attacker.submit(() -> sendIslands(laid, 16 * SECOND));
            await(laid);
            HonestClient.Seen during = honest.run(4 * SECOND);
            wire.losePercent(1);
            HonestClient.Seen lossDuring = honest.run(6 * SECOND);
            return seen(before, during)
                    .put("answersPerSecondWithLossBefore", lossBefore.answersPerSecond())
                    .put("answersPerSecondWithLoss", lossDuring.answersPerSecond())
                    .put("connections", get(attack));
        }
    }

    private int sendIslands(CountDownLatch laid, long durationNanos) {
        long start = System.nanoTime();
        try (RawPeer peer = RawPeer.join(device, NOBODY, server)) {
            int connections = peer.open(ISLAND_CONNECTIONS, 5 * SECOND);
            while (System.nanoTime() - start < durationNanos) {
                for (int i = 0; i < ISLAND_CONNECTIONS; i++) {
                    if (peer.isOpen(i)) {
                        peer.sendIslands(i, 256);
                        peer.serve();
                        // A receive ring that overflows would lose the honest one's packets too: that is another
                        // attack.
                        sleepUntil(System.nanoTime() + 5 * MILLISECOND);
                    }
                }
                laid.countDown();
                long next = System.nanoTime() + SECOND;
                while (System.nanoTime() < next) {
                    peer.serve();
                    sleepUntil(System.nanoTime() + MILLISECOND);
                }
            }
            return connections;
        } finally {
            laid.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new LoadException("interrupted");
        }
    }

    // ---- SYN flood

    /** 20,000 SYNs a second from random addresses behind the gateway for 20 s; 40 honest clients, two a second. */
    ObjectNode flood() {
        int[] quiet = visitors(10);
        try (ExecutorService attacker = Executors.newSingleThreadExecutor()) {
            Future<Long> attack = attacker.submit(() -> flood(20 * SECOND));
            int[] served = visitors(FLOOD_CLIENTS);
            long sent = get(attack);
            return JSON.createObjectNode()
                    .put("clients", FLOOD_CLIENTS)
                    .put("served", served[0])
                    .put("slowestMillis", served[1])
                    .put("synsSent", sent)
                    .put("slowestBeforeMillis", quiet[1]);
        }
    }

    /** Returns how many were served, and the slowest one's milliseconds. */
    private int[] visitors(int count) {
        int served = 0;
        long slowest = 0;
        long start = System.nanoTime();
        try (ExecutorService clients = Executors.newCachedThreadPool()) {
            @SuppressWarnings({"unchecked", "rawtypes"}) // an array of generics
            Future<Long>[] visits = new Future[count];
            for (int i = 0; i < count; i++) {
                visits[i] = clients.submit(() -> HonestClient.visit(server, null, PATIENCE_NANOS));
                sleepUntil(start + (i + 1L) * SECOND / 2);
            }
            for (Future<Long> visit : visits) {
                long took = get(visit);
                served += took >= 0 ? 1 : 0;
                slowest = Math.max(slowest, took);
            }
        }
        return new int[] {served, (int) (slowest / MILLISECOND)};
    }

    private long flood(long durationNanos) {
        SplittableRandom random = new SplittableRandom(1);
        long sent = 0;
        int base = Target.ipv4("198.19.0.0");
        try (PacketSocket socket = new PacketSocket(RawPeer.interfaceIndex(device), false)) {
            ByteBuffer out = socket.out();
            long start = System.nanoTime();
            for (long tick = 0; System.nanoTime() - start < durationNanos; tick++) {
                for (int i = 0; i < FLOOD_PER_MILLISECOND; i++) {
                    int source = base + 1 + random.nextInt(0xfffe);
                    Hosts hosts = new Hosts(0x02_00_00_00_00_66L, source, serverMac, server.ipv4());
                    int ports = ports(1_024 + random.nextInt(60_000), server.port());
                    sent += socket.send(Frames.tcp(out, hosts, ports, random.nextInt(), 0, Frames.SYN, 0)) ? 1 : 0;
                }
                sleepUntil(start + (tick + 1) * MILLISECOND);
            }
        }
        return sent;
    }

    // ---- clients that vanished

    /** A table full of connections whose peers are gone without a word; then 20 living clients come, two a second. */
    ObjectNode vanished() {
        int connections;
        try (RawPeer peer = RawPeer.join(device, NOBODY, server)) {
            connections = peer.open(20_000, 60 * SECOND);
        }
        int[] served = visitors(20);
        return JSON.createObjectNode()
                .put("connections", connections)
                .put("clients", 20)
                .put("served", served[0])
                .put("slowestMillis", served[1]);
    }

    // ---- what they share

    private static int ports(int source, int target) {
        return (source << 16) | target;
    }

    private static ObjectNode seen(HonestClient.Seen before, HonestClient.Seen during) {
        return JSON.createObjectNode()
                .put("longestGapBeforeMillis", before.longestGapMillis())
                .put("longestGapMillis", during.longestGapMillis())
                .put("answersPerSecondBefore", before.answersPerSecond())
                .put("answersPerSecond", during.answersPerSecond());
    }

    static void sleepUntil(long nanoTime) {
        for (long left = nanoTime - System.nanoTime(); left > 0; left = nanoTime - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    static <T> T get(Future<T> future) {
        try {
            return future.get(5, TimeUnit.MINUTES);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new LoadException("interrupted");
        } catch (ExecutionException | TimeoutException e) {
            throw new LoadException("a part of the siege failed: " + e.getMessage());
        }
    }

    /** Names for what can be asked for. */
    static Callable<ObjectNode> scenario(String name, Target server, String device, String[] newcomers) {
        EchoSiege siege = new EchoSiege(server, device);
        return switch (name) {
            case "neighbour" -> () -> siege.neighbour(newcomers);
            case "islands" -> siege::islands;
            case "flood" -> siege::flood;
            case "vanished" -> siege::vanished;
            default -> throw new LoadException("no siege " + name);
        };
    }
}
