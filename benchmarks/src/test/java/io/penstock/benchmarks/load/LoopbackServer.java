package io.penstock.benchmarks.load;

import io.penstock.benchmarks.kernel.EchoPeer;
import io.penstock.benchmarks.kernel.PeerKind;
import io.penstock.datapath.Endpoint;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One of the servers to measure against, in this process, on the loopback. */
final class LoopbackServer implements AutoCloseable {
    private static final Pattern PORT = Pattern.compile("(?:tcp|udp) (\\d+)");

    private final EchoPeer server;
    private final int port;

    private LoopbackServer(EchoPeer server, int port) {
        this.server = server;
        this.port = port;
    }

    static LoopbackServer start(PeerKind kind, boolean tcp) throws InterruptedException {
        BlockingQueue<EchoPeer> ready = new LinkedBlockingQueue<>();
        Thread.ofPlatform().daemon().name("loopback-server").start(() -> {
            EchoPeer server = kind.open(Endpoint.of("127.0.0.1", 0), tcp);
            ready.add(server);
            server.serve();
        });
        EchoPeer server = ready.poll(20, TimeUnit.SECONDS);
        if (server == null) {
            throw new AssertionError(kind + " did not get ready");
        }
        Matcher port = PORT.matcher(server.describe());
        if (!port.find()) {
            throw new AssertionError("no port in: " + server.describe());
        }
        return new LoopbackServer(server, Integer.parseInt(port.group(1)));
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        server.stop();
    }
}
