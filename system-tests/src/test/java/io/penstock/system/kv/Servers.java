package io.penstock.system.kv;

import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.Cleanup;
import io.penstock.testkit.process.RunFolder;
import io.penstock.testkit.process.ServerCounters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A wire; Penstock's KV store at one address of its far end and, if wanted, redis-server at another. */
final class Servers implements AutoCloseable {
    static final String PENSTOCK = VethWire.PENSTOCK_ADDRESS;
    static final String REDIS = VethWire.KERNEL_ADDRESS;

    private static final long READY_NANOS = 60_000_000_000L;
    private static final long DEADLINE_NANOS = 60_000_000_000L;
    private static final long LOOK_AGAIN_NANOS = 1_000_000;

    private final Cleanup cleanup = new Cleanup();
    private final VethWire wire;
    private final RunFolder runFolder;
    private Child penstock;

    Servers() {
        wire = cleanup.add(VethWire.create(1));
        runFolder = cleanup.add(RunFolder.create());
    }

    /** {@code penstock kv}, with further options. */
    Servers startPenstock(String... options) {
        List<String> words = new ArrayList<>(List.of("kv", "--device", wire.device()));
        words.addAll(List.of("--address", wire.penstockCidr()));
        words.addAll(List.of(options));
        List<String> command = runFolder.environment(PenstockCommand.of(words.toArray(String[]::new)));
        penstock = start("penstock kv", command);
        penstock.awaitLine(line -> line.startsWith("ready kv: tcp 6379 at "), READY_NANOS);
        return this;
    }

    /** Redis with what the store has by default: one database, 256 MiB, nothing on disk. */
    Servers startRedis() {
        List<String> command = new ArrayList<>(List.of("redis-server", "--bind", REDIS, "--port", "6379"));
        command.addAll(List.of("--save", "", "--appendonly", "no", "--protected-mode", "no"));
        command.addAll(List.of("--databases", "1", "--maxmemory", "268435456"));
        start("redis-server", command).awaitLine(line -> line.contains("Ready to accept"), READY_NANOS);
        return this;
    }

    /** Waits for the end of a {@code penstock kv} that cannot start; returns its one line of complaint. */
    String refusal(String... options) {
        List<String> words = new ArrayList<>(List.of("kv"));
        words.addAll(List.of(options));
        Child refused = start("penstock kv", runFolder.environment(PenstockCommand.of(words.toArray(String[]::new))));
        int code = refused.awaitExit(READY_NANOS);
        if (code != 2 || refused.errorLines().size() != 1) {
            throw new AssertionError("exit code " + code + ", errors " + refused.errorLines());
        }
        return refused.errorLines().getFirst();
    }

    private Child start(String name, List<String> command) {
        return cleanup.add(Child.start(name, wire.penstockServer().command(command)));
    }

    RespClient connect(String address) {
        return cleanup.add(RespClient.connect(wire.client(), address));
    }

    /** The command line of a program that runs at the near end. */
    List<String> atClient(String... command) {
        return wire.client().command(List.of(command));
    }

    /** Runs a program at the near end; it is stopped with the servers, if it still runs. */
    Child startAtClient(String name, String... command) {
        return cleanup.add(Child.start(name, atClient(command)));
    }

    /** One of Penstock's counters, read from outside. */
    long counter(String name) {
        Path file = ServerCounters.fileOf(penstock.pid(), runFolder.path()).orElseThrow();
        return ServerCounters.read(file).get(name);
    }

    /** How much memory the kernel has given to Penstock's process. */
    long residentBytes() {
        try (var lines = Files.lines(Path.of("/proc/" + penstock.pid() + "/status"))) {
            String line = lines.filter(l -> l.startsWith("VmRSS:")).findFirst().orElseThrow();
            return Long.parseLong(line.replaceAll("\\D", "")) << 10;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isPenstockAlive() {
        return penstock.isAlive();
    }

    /** Waits until something is so. */
    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("in vain waited for: " + what);
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }

    @Override
    public void close() {
        cleanup.close();
    }
}
