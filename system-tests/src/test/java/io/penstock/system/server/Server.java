package io.penstock.system.server;

import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.RunFolder;
import io.penstock.testkit.process.ServerCounters;
import io.penstock.testkit.process.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A server's process, as a user starts it, with its counters in a folder of the test's. */
final class Server implements AutoCloseable {
    static final long DEADLINE_NANOS = 60_000_000_000L;
    static final String DEVICE = "afxdp:" + VethWire.SERVER_INTERFACE;
    /** What nobody here asks it for. */
    private static final List<String> SMALL = List.of("-Xmx128m", "-XX:TieredStopAtLevel=1");

    private final Child process;
    private final RunFolder folder;

    private Server(Child process, RunFolder folder) {
        this.process = process;
        this.folder = folder;
    }

    /** Starts {@code penstock echo} on the usual address and ports, and waits until it serves. */
    static Server echo(VethWire wire, RunFolder folder) {
        Server server = start(wire.penstockServer(), folder, echoArguments(wire));
        server.process.awaitLine(line -> line.startsWith("ready echo"), DEADLINE_NANOS);
        return server;
    }

    static String[] echoArguments(VethWire wire) {
        return new String[] {
            "echo", "--device", DEVICE, "--address", wire.penstockCidr(), "--tcp", "7", "--udp", "7", "--idle", "yield"
        };
    }

    /** Starts a command of Penstock that may or may not come to serve. */
    static Server start(NetworkNamespace namespace, RunFolder folder, String... arguments) {
        return start(namespace, folder, List.of(), PenstockCommand.with(SMALL, arguments));
    }

    /** The same by a program that runs another one, such as {@code setpriv}. */
    static Server start(NetworkNamespace namespace, RunFolder folder, List<String> wrapper, List<String> command) {
        List<String> wrapped = new ArrayList<>(wrapper);
        wrapped.addAll(command);
        return new Server(Child.start("penstock", namespace.command(folder.environment(wrapped))), folder);
    }

    /** Starts what finds its way into a namespace by itself, such as by {@code nsenter}, which leaves /sys as it is. */
    static Server start(RunFolder folder, List<String> command) {
        return new Server(Child.start("penstock", folder.environment(command)), folder);
    }

    static Server start(NetworkNamespace namespace, RunFolder folder, List<String> wrapper, String... arguments) {
        return start(namespace, folder, wrapper, PenstockCommand.with(SMALL, arguments));
    }

    Child process() {
        return process;
    }

    /** Sends SIGTERM and waits for the end. Returns the exit code. */
    int terminate() {
        Shell.run("kill", "-TERM", Long.toString(process.pid()));
        return process.awaitExit(DEADLINE_NANOS);
    }

    /** Its counters, read from the file as they are at this moment. */
    Map<String, Long> counters() {
        return ServerCounters.read(
                ServerCounters.fileOf(process.pid(), folder.path()).orElseThrow());
    }

    long counter(String name) {
        return counters().get(name);
    }

    /** What {@code penstock stat} says of it, alive or dead. */
    String stat(String... options) {
        List<String> arguments = new ArrayList<>(List.of("stat", Long.toString(process.pid())));
        arguments.addAll(List.of(options));
        return Shell.run(folder.environment(PenstockCommand.with(SMALL, arguments.toArray(String[]::new))));
    }

    /** The files that servers left in a folder. */
    static List<Path> files(RunFolder folder) {
        return files(folder.path());
    }

    static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
