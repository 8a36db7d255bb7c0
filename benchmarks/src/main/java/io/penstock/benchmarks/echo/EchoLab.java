package io.penstock.benchmarks.echo;

import io.penstock.benchmarks.kernel.NettyServer;
import io.penstock.benchmarks.kernel.PeerKind;
import io.penstock.benchmarks.load.LoadClient;
import io.penstock.benchmarks.load.LoadResult;
import io.penstock.benchmarks.load.LoadSpec;
import io.penstock.benchmarks.net.Wire;
import io.penstock.benchmarks.process.Child;
import io.penstock.benchmarks.process.Cleanup;
import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.benchmarks.process.RunFolder;
import io.penstock.benchmarks.process.ServerCounters;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A wire with a client at one end and servers at the other, of which one runs at a time.
 *
 * <p>The whole client process keeps to one core and the whole server process to another: what a virtual machine does
 * beside the measured thread costs its own side alone. Servers on kernel sockets are paused between their turns and so
 * keep their compiled code. Penstock's ends each time, since its XDP program on the wire would be in the others' way,
 * and starts cold again.
 */
public final class EchoLab implements AutoCloseable {
    public static final int CLIENT_CORE = 0;
    public static final int SERVER_CORE = 1;

    private static final long READY_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Wire wire;
    private final Cleanup cleanup;
    private final RunFolder runFolder;
    private final LoadClient client;
    private final Map<String, Child> peers = new HashMap<>();
    private ServerKind kind;
    private Child server;
    private String ready;
    private Path counters;

    /** Starts the client. All that is made is in {@code cleanup}'s hands. */
    public EchoLab(Wire wire, Cleanup cleanup) {
        this.wire = wire;
        this.cleanup = cleanup;
        this.runFolder = cleanup.add(RunFolder.create());
        List<String> command = wire.client().command(onCore(CLIENT_CORE, PenstockCommand.of("bench-client")));
        this.client = new LoadClient(cleanup.add(Child.start("the client", command)));
    }

    /** A command line that runs another one on one core alone. */
    public static List<String> onCore(int core, List<String> command) {
        List<String> pinned = new ArrayList<>(List.of("taskset", "-c", Integer.toString(core)));
        pinned.addAll(command);
        return pinned;
    }

    /** Where Penstock's server serves, TCP and UDP. */
    public int penstockPort() {
        return ServerKind.PENSTOCK.port();
    }

    /** The arguments that start Penstock's server on this wire. */
    public List<String> penstockArguments() {
        String port = Integer.toString(ServerKind.PENSTOCK.port());
        String core = Integer.toString(SERVER_CORE);
        List<String> where = List.of("echo", "--device", wire.device(), "--address", wire.penstockCidr());
        List<String> all = new ArrayList<>(where);
        all.addAll(List.of("--tcp", port, "--udp", port, "--core", core));
        return all;
    }

    /**
     * Makes a server the one that runs: starts it, or lets it go on where it was paused. One that has just started gets
     * a load first that nobody looks at, on one and on many connections, so that its compiler has seen both.
     */
    public void use(ServerKind wanted, String transport, long startWarmupMillis) {
        if (wanted == ServerKind.PENSTOCK && kind == wanted) {
            return; // serves both transports
        }
        rest();
        kind = wanted;
        boolean fresh = wanted == ServerKind.PENSTOCK ? startPenstock() : resumeOrStart(wanted, transport);
        if (fresh) {
            long part = startWarmupMillis / 4;
            measure(new Scenario(transport, 64, 64), new LoadSpec.Timing(0, 3 * part));
            measure(new Scenario(transport, 64, 1), new LoadSpec.Timing(0, part));
        }
    }

    private boolean startPenstock() {
        String[] arguments = penstockArguments().toArray(String[]::new);
        List<String> command = runFolder.environment(PenstockCommand.of(arguments));
        start("Penstock's echo server", wire.penstockServer().command(onCore(SERVER_CORE, command)));
        counters = ServerCounters.fileOf(server.pid(), runFolder.path()).orElse(null);
        return true;
    }

    private boolean resumeOrStart(ServerKind wanted, String transport) {
        String key = wanted.label() + " " + transport;
        server = peers.get(key);
        if (server != null) {
            server.resume();
            return false;
        }
        List<String> command = peerCommand(wanted, transport);
        start("the server " + key, wire.kernelServer().command(onCore(SERVER_CORE, command)));
        peers.put(key, server);
        return true;
    }

    private List<String> peerCommand(ServerKind wanted, String transport) {
        PeerKind peer = wanted.peer();
        String local = wire.kernelAddress() + ":" + wanted.port();
        List<String> arguments =
                new ArrayList<>(List.of("bench-server", peer.name().toLowerCase(Locale.ROOT), local));
        if (transport.equals("udp")) {
            arguments.add("--udp");
        }
        List<String> flags = peer == PeerKind.NETTY ? NettyServer.FLAGS : List.of();
        return PenstockCommand.with(flags, arguments.toArray(String[]::new));
    }

    private void start(String name, List<String> command) {
        server = cleanup.add(Child.start(name, command));
        ready = server.awaitLine(line -> line.startsWith("ready"), READY_NANOS);
    }

    /** Puts a load on the server that runs. */
    public LoadResult measure(Scenario scenario, LoadSpec.Timing timing) {
        boolean penstock = kind == ServerKind.PENSTOCK;
        String address = penstock ? wire.penstockAddress() : wire.kernelAddress();
        LoadSpec spec = new LoadSpec(
                new LoadSpec.Target(scenario.transport(), address, kind.port()),
                scenario.connections(),
                scenario.sizeBytes(),
                timing,
                server.pid(),
                counters == null ? null : counters.toString());
        return client.measure(spec, server);
    }

    /** What the server that runs said when it was ready. */
    public String readyLine() {
        return ready;
    }

    /** The process of the server that runs. */
    public Child server() {
        return server;
    }

    /** Lets no server run. */
    public void rest() {
        if (kind == ServerKind.PENSTOCK) {
            cleanup.close(server);
        } else if (kind != null) {
            server.pause();
        }
        kind = null;
        server = null;
        counters = null;
    }

    @Override
    public void close() {
        rest();
        client.close();
        peers.values().forEach(Child::close);
    }
}
