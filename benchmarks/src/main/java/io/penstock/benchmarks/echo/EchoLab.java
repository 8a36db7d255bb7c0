package io.penstock.benchmarks.echo;

import io.penstock.benchmarks.kernel.NettyServer;
import io.penstock.benchmarks.kernel.PeerKind;
import io.penstock.benchmarks.load.LoadClient;
import io.penstock.benchmarks.load.LoadResult;
import io.penstock.benchmarks.load.LoadSpec;
import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.testkit.net.Wire;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.Cleanup;
import io.penstock.testkit.process.RunFolder;
import io.penstock.testkit.process.ServerCounters;
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
 * keep their compiled code and take no core. So is Penstock's on a wire of its own; where it shares the wire it ends each
 * time, since its XDP program would be in the others' way, and starts cold again.
 */
public final class EchoLab implements AutoCloseable {
    public static final int CLIENT_CORE = 0;
    public static final int SERVER_CORE = 1;

    private static final long READY_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Wire wire;
    private final Cleanup cleanup;
    private final RunFolder runFolder;
    private final LoadClient client;
    private final Map<String, Running> paused = new HashMap<>();
    private ServerKind kind;
    private String key;
    private Running running;

    /**
     * A server.
     *
     * @param ready what it said when it was
     * @param counters Penstock's; null for another's
     */
    private record Running(Child process, String ready, Path counters) {}

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
        key = wanted == ServerKind.PENSTOCK ? wanted.label() : wanted.label() + " " + transport;
        Running kept = paused.remove(key);
        if (kept != null) {
            kept.process().resume();
            running = kept;
            kind = wanted;
        } else {
            running = wanted == ServerKind.PENSTOCK ? startPenstock() : startPeer(wanted, transport);
            kind = wanted;
            long part = startWarmupMillis / 4;
            measure(new Scenario(transport, 64, 64), new LoadSpec.Timing(0, 3 * part));
            measure(new Scenario(transport, 64, 1), new LoadSpec.Timing(0, part));
        }
    }

    private Running startPenstock() {
        String[] arguments = penstockArguments().toArray(String[]::new);
        List<String> command = runFolder.environment(PenstockCommand.of(arguments));
        Running started = start("Penstock's echo server", wire.penstockServer().command(onCore(SERVER_CORE, command)));
        Path counters =
                ServerCounters.fileOf(started.process().pid(), runFolder.path()).orElse(null);
        return new Running(started.process(), started.ready(), counters);
    }

    private Running startPeer(ServerKind wanted, String transport) {
        List<String> command = peerCommand(wanted, transport);
        return start("the server " + key, wire.kernelServer().command(onCore(SERVER_CORE, command)));
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

    private Running start(String name, List<String> command) {
        Child process = cleanup.add(Child.start(name, command));
        return new Running(process, process.awaitLine(line -> line.startsWith("ready"), READY_NANOS), null);
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
                running.process().pid(),
                running.counters() == null ? null : running.counters().toString());
        return client.measure(spec, running.process());
    }

    /** What the server that runs said when it was ready. */
    public String readyLine() {
        return running.ready();
    }

    /** The process of the server that runs. */
    public Child server() {
        return running.process();
    }

    /** Lets no server run. */
    public void rest() {
        if (kind == ServerKind.PENSTOCK && !wire.isPenstocksAlone()) {
            cleanup.close(running.process());
        } else if (kind != null) {
            running.process().pause();
            paused.put(key, running);
        }
        kind = null;
        running = null;
    }

    @Override
    public void close() {
        rest();
        client.close();
        Running penstock = paused.remove(ServerKind.PENSTOCK.label());
        if (penstock != null && penstock.process().isAlive()) {
            penstock.process().resume(); // to end in order
            cleanup.close(penstock.process());
        }
        paused.values().forEach(peer -> peer.process().close());
    }
}
