package io.penstock.system.server;

import io.penstock.benchmarks.net.VethWire;
import io.penstock.benchmarks.process.Shell;
import io.penstock.linux.proc.Namespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What servers on a wire have left, or hold, outside of their processes. */
final class Traces {
    private static final Path LOCKS = Path.of("/run/penstock");

    private Traces() {}

    /** The lock files of interfaces in the server's namespace. */
    static List<Path> locks(VethWire wire) {
        String inode = Namespace.call(
                "/run/netns/" + wire.penstockServer().name(),
                () -> Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"))
                        .toString()
                        .replaceAll("\\D", ""));
        return Server.files(LOCKS).stream()
                .filter(file -> file.getFileName().toString().startsWith("afxdp-" + inode + "-"))
                .toList();
    }

    /** Those that a living process has locked. */
    static List<Path> heldLocks(VethWire wire) {
        return locks(wire).stream()
                .filter(file -> !Shell.tryRun(List.of("flock", "-n", file.toString(), "true"))
                        .isOk())
                .toList();
    }
}
