package io.penstock.benchmarks.siege;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.load.LoadException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Sieges of a server that speaks Redis's protocol. Each runs in the client's namespace. */
final class KvSiege {
    /** The sieges that this class lays; all others are the echo server's. */
    static final List<String> NAMES = List.of("readers-mib", "readers-small", "halves", "pipeline");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MEBIBYTE = 1 << 20;
    private static final int PIPELINED_PAIRS = 100_000;
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLISECOND = 1_000_000L;
    private static final int PATIENCE_MILLIS = 60_000;

    private final Target server;
    private final long serverPid;

    KvSiege(Target server, long serverPid) {
        this.server = server;
        this.serverPid = serverPid;
    }

    /** Clients that ask for much and read nothing, for 60 s; beside them one that says PING a hundred times a second. */
    ObjectNode readers(int clients, int valueBytes) throws IOException {
        try (Socket honest = connect()) {
            set(honest, "big", valueBytes);
            pings(honest, 3 * SECOND);
            long rssBefore = residentKib();
            long quiet = pings(honest, 3 * SECOND);
            List<Socket> idle = new ArrayList<>();
            long worst;
            try (ExecutorService attacker = Executors.newSingleThreadExecutor()) {
                Future<?> attack = attacker.submit(() -> {
                    for (int i = 0; i < clients; i++) {
                        Socket socket = connect();
                        idle.add(socket);
                        socket.getOutputStream().write("GET big\r\n".getBytes(StandardCharsets.US_ASCII));
                    }
                    return null;
                });
                worst = pings(honest, 60 * SECOND);
                EchoSiege.get(attack);
            }
            for (Socket socket : idle) {
                socket.close();
            }
            long after = settle(rssBefore);
            return JSON.createObjectNode()
                    .put("clients", clients)
                    .put("valueBytes", valueBytes)
                    .put("worstPingBeforeMillis", quiet / 1e6)
                    .put("worstPingMillis", worst / 1e6)
                    .put("residentBeforeMib", rssBefore / 1024.0)
                    .put("residentAfterMib", after / 1024.0);
        }
    }

    /** Clients that send most of a large request and no more, three times over. */
    ObjectNode halves(int clients, int requestBytes) throws IOException {
        try (Socket honest = connect()) {
            pings(honest, 3 * SECOND);
            long rssBefore = residentKib();
            long worst = 0;
            for (int wave = 0; wave < 3; wave++) {
                try (ExecutorService attacker = Executors.newSingleThreadExecutor()) {
                    Future<?> attack = attacker.submit(() -> halfRequests(clients, requestBytes));
                    while (!attack.isDone()) {
                        worst = Math.max(worst, pings(honest, SECOND / 10));
                    }
                    EchoSiege.get(attack);
                }
            }
            long after = settle(rssBefore);
            return JSON.createObjectNode()
                    .put("clients", clients)
                    .put("requestBytes", requestBytes)
                    .put("worstPingMillis", worst / 1e6)
                    .put("residentBeforeMib", rssBefore / 1024.0)
                    .put("residentAfterMib", after / 1024.0);
        }
    }

    private Void halfRequests(int clients, int requestBytes) {
        List<Socket> sockets = new ArrayList<>();
        byte[] head = ("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + requestBytes + "\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] most = new byte[requestBytes - 1];
        for (int i = 0; i < clients; i++) {
            try {
                Socket socket = connect();
                sockets.add(socket);
                // What the server does not take must not hold up the siege: a thread of its own for each.
                Thread.ofVirtual().start(() -> {
                    try {
                        OutputStream out = socket.getOutputStream();
                        out.write(head);
                        out.write(most);
                    } catch (IOException _) {
                        // The server has had enough of it, which is its right.
                    }
                });
            } catch (IOException _) {
                // Refused: the same.
            }
        }
        EchoSiege.sleepUntil(System.nanoTime() + 5 * SECOND);
        for (Socket socket : sockets) {
            try {
                socket.close();
            } catch (IOException _) {
                // Closed is what it was to be.
            }
        }
        return null;
    }

    /** 100,000 pairs of SET and GET, all written before the first answer is read. */
    ObjectNode pipeline() throws IOException {
        try (Socket socket = connect()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            StringBuilder requests = new StringBuilder();
            StringBuilder answers = new StringBuilder();
            for (int i = 0; i < PIPELINED_PAIRS; i++) {
                String value = "value-" + i;
                requests.append("SET key ").append(value).append("\r\nGET key\r\n");
                answers.append("+OK\r\n$")
                        .append(value.length())
                        .append("\r\n")
                        .append(value)
                        .append("\r\n");
            }
            byte[] all = requests.toString().getBytes(StandardCharsets.US_ASCII);
            byte[] expected = answers.toString().getBytes(StandardCharsets.US_ASCII);
            Thread watchdog = Thread.ofPlatform().daemon().start(() -> closeLater(socket));
            long start = System.nanoTime();
            long right = 0;
            try {
                socket.getOutputStream().write(all);
                InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
                int at = 0;
                while (at < expected.length && in.read() == expected[at]) {
                    at++;
                }
                for (int i = 0; i < at; i++) {
                    right += expected[i] == '$' ? 1 : 0;
                }
                right = at == expected.length ? PIPELINED_PAIRS : right;
            } catch (IOException _) {
                // Too late, or reset: what was not answered is counted as such.
            } finally {
                watchdog.interrupt();
            }
            return JSON.createObjectNode()
                    .put("pairs", PIPELINED_PAIRS)
                    .put("requestBytes", all.length)
                    .put("answered", right)
                    .put("seconds", (System.nanoTime() - start) / 1e9);
        }
    }

    private static void closeLater(Socket socket) {
        try {
            TimeUnit.MILLISECONDS.sleep(PATIENCE_MILLIS);
            socket.close();
        } catch (InterruptedException | IOException _) {
            // Interrupted: all answers came.
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.connect(server.socketAddress(), PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static void set(Socket socket, String key, int valueBytes) throws IOException {
        OutputStream out = socket.getOutputStream();
        String head = "*3\r\n$3\r\nSET\r\n$" + key.length() + "\r\n" + key + "\r\n$" + valueBytes + "\r\n";
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        out.write(new byte[valueBytes]);
        out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
        expect(socket, "+OK\r\n");
    }

    private static void expect(Socket socket, String answer) throws IOException {
        byte[] wanted = answer.getBytes(StandardCharsets.US_ASCII);
        byte[] got = new byte[wanted.length];
        new DataInputStream(socket.getInputStream()).readFully(got);
        if (!java.util.Arrays.equals(got, wanted)) {
            throw new LoadException("the server answered '" + new String(got, StandardCharsets.US_ASCII).strip()
                    + "' where '" + answer.strip() + "' was due");
        }
    }

    /** Returns how long the slowest answer took. */
    private static long pings(Socket socket, long durationNanos) throws IOException {
        byte[] ping = "PING\r\n".getBytes(StandardCharsets.US_ASCII);
        long start = System.nanoTime();
        long worst = 0;
        for (long now = start; now - start < durationNanos; now = System.nanoTime()) {
            socket.getOutputStream().write(ping);
            expect(socket, "+PONG\r\n");
            worst = Math.max(worst, System.nanoTime() - now);
            EchoSiege.sleepUntil(now + 10 * MILLISECOND);
        }
        return worst;
    }

    /** Waits up to 10 s for the server's memory to come back to what it was. Returns what it is then, in KiB. */
    private long settle(long beforeKib) throws IOException {
        long deadline = System.nanoTime() + 10 * SECOND;
        long now = residentKib();
        while (now > beforeKib && System.nanoTime() < deadline) {
            EchoSiege.sleepUntil(System.nanoTime() + 200 * MILLISECOND);
            now = residentKib();
        }
        return now;
    }

    private long residentKib() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + serverPid + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new LoadException("process " + serverPid + " has no memory");
    }

    static Callable<ObjectNode> scenario(String name, Target server, long serverPid) {
        KvSiege siege = new KvSiege(server, serverPid);
        return switch (name) {
            case "readers-mib" -> () -> siege.readers(200, MEBIBYTE);
            case "readers-small" -> () -> siege.readers(400, 200_000);
            case "halves" -> () -> siege.halves(100, 8 * MEBIBYTE);
            case "pipeline" -> siege::pipeline;
            default -> throw new LoadException("no siege " + name);
        };
    }
}
