package io.penstock.benchmarks.redis;

import io.penstock.benchmarks.echo.EchoLab;
import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.testkit.net.Wire;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.Cleanup;
import io.penstock.testkit.process.RunFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A wire with redis-benchmark at one end and a server at the other, each on a core of its own. */
final class RedisLab {
    private static final String PORT = "6379";
    private static final long READY_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long RUN_NANOS = TimeUnit.MINUTES.toNanos(5);

    private final Wire wire;
    private final Cleanup cleanup;
    private final RunFolder runFolder;
    private KvServer kind;
    private Child server;

    RedisLab(Wire wire, Cleanup cleanup) {
        this.wire = wire;
        this.cleanup = cleanup;
        this.runFolder = cleanup.add(RunFolder.create());
    }

    void start(KvServer wanted) {
        kind = wanted;
        boolean penstock = wanted == KvServer.PENSTOCK;
        List<String> command = EchoLab.onCore(EchoLab.SERVER_CORE, penstock ? penstockCommand() : redisCommand());
        List<String> inside = penstock
                ? wire.penstockServer().command(command)
                : wire.kernelServer().command(command);
        server = cleanup.add(Child.start(wanted.label(), inside));
        server.awaitLine(line -> line.startsWith("ready") || line.contains("Ready to accept"), READY_NANOS);
    }

    private List<String> penstockCommand() {
        List<String> command = PenstockCommand.of(
                "kv",
                "--device",
                wire.device(),
                "--address",
                wire.penstockCidr(),
                "--port",
                PORT,
                "--core",
                Integer.toString(EchoLab.SERVER_CORE));
        return runFolder.environment(command);
    }

    private List<String> redisCommand() {
        List<String> command = new ArrayList<>(List.of("redis-server", "--bind", wire.kernelAddress(), "--port", PORT));
        command.addAll(List.of("--save", "", "--appendonly", "no", "--protected-mode", "no", "--daemonize", "no"));
        return command;
    }

    /** Runs redis-benchmark against the server that runs. */
    List<RedisFigures> measure(int connections, int requests) {
        String address = kind == KvServer.PENSTOCK ? wire.penstockAddress() : wire.kernelAddress();
        List<String> command = new ArrayList<>(List.of("redis-benchmark", "-h", address, "-p", PORT, "--csv"));
        command.addAll(List.of("-t", "ping,set,get", "-c", Integer.toString(connections)));
        command.addAll(List.of("-n", Integer.toString(requests)));
        Child client = cleanup.add(
                Child.start("redis-benchmark", wire.client().command(EchoLab.onCore(EchoLab.CLIENT_CORE, command))));
        List<String> lines = client.remainingLines(RUN_NANOS);
        if (!server.isAlive()) {
            throw server.ended();
        }
        cleanup.close(client);
        return RedisFigures.parse(lines);
    }

    void stop() {
        cleanup.close(server);
    }
}
