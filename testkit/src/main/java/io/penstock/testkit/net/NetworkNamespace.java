package io.penstock.testkit.net;

import io.penstock.linux.net.RouteNetlink;
import io.penstock.linux.proc.Namespace;
import io.penstock.testkit.process.HarnessException;
import io.penstock.testkit.process.Shell;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/**
 * A network namespace that is this process's own: {@code penstock-PID-ROLE}. The number in the name tells a later
 * process whether anybody still needs it.
 */
public final class NetworkNamespace implements AutoCloseable {
    static final String PREFIX = "penstock-";
    private static final Path LOCKS = Path.of("/run/penstock");
    static final Path DIRECTORY = Path.of("/run/netns");

    private final String name;

    private NetworkNamespace(String name) {
        this.name = name;
    }

    /** Makes a namespace with its loopback up and nothing else in it. */
    public static NetworkNamespace create(String role) {
        NetworkNamespace made =
                new NetworkNamespace(PREFIX + ProcessHandle.current().pid() + "-" + role);
        Shell.run("ip", "netns", "add", made.name);
        made.ip("link set lo up");
        return made;
    }

    public String name() {
        return name;
    }

    /** Runs ip(8) in it. */
    public String ip(String words) {
        List<String> command = new ArrayList<>(List.of("ip", "-n", name));
        command.addAll(List.of(words.split(" ")));
        return Shell.run(command);
    }

    /** A command line that runs another one in this namespace. The process stays the same: its PID is the command's. */
    public List<String> command(List<String> inside) {
        List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", name));
        command.addAll(inside);
        return command;
    }

    /** The number of the XDP program on an interface in it, or 0 if there is none. */
    public int xdpProgramId(String interfaceName) {
        return call(() -> RouteNetlink.find(interfaceName)).xdpProgramId();
    }

    /** Runs a system call or two in it. */
    public void enter(Runnable work) {
        call(Executors.callable(work));
    }

    /**
     * Computes something in it, on a thread of its own that ends there: sockets and devices that were opened meanwhile stay
     * in the namespace. What it throws is thrown here.
     */
    public <T> T call(Callable<T> work) {
        return Namespace.call(DIRECTORY.resolve(name).toString(), work);
    }

    /** Sets a network parameter, such as {@code ipv4/ip_forward}; false if the kernel refuses it or does not know it. */
    public boolean trySysctl(String path, String value) {
        return call(() -> {
            Path file = Path.of("/proc/sys/net", path);
            try {
                Files.writeString(file, value, StandardCharsets.US_ASCII, StandardOpenOption.WRITE);
                return true;
            } catch (IOException _) {
                return false;
            }
        });
    }

    /** The same for a parameter without which the wire would not be what it should be. */
    public void sysctl(String path, String value) {
        if (!trySysctl(path, value)) {
            throw new HarnessException("cannot set net/" + path + " to " + value + " in namespace " + name);
        }
    }

    /** A network parameter's value, if the kernel knows it. */
    public Optional<String> readSysctl(String path) {
        return call(() -> {
            try {
                return Optional.of(
                        Files.readString(Path.of("/proc/sys/net", path)).strip());
            } catch (IOException _) {
                return Optional.empty();
            }
        });
    }

    /** The processes that are in it. */
    public List<Long> pids() {
        return pidsIn(name);
    }

    static List<Long> pidsIn(String name) {
        return Shell.run("ip", "netns", "pids", name)
                .lines()
                .map(line -> Long.parseLong(line.strip()))
                .toList();
    }

    /** Removes the namespace, and with it the interfaces in it. */
    @Override
    public void close() {
        if (Files.exists(DIRECTORY.resolve(name))) {
            removeLocks(name);
            Shell.run("ip", "netns", "del", name);
        }
    }

    /**
     * Removes the lock files of servers that were killed in a namespace that is about to go. Each is named after the
     * namespace's number; the next server would remove them too, but after the last demo there is no next one.
     */
    static void removeLocks(String namespace) {
        try {
            Object inode = Files.getAttribute(DIRECTORY.resolve(namespace), "unix:ino");
            try (DirectoryStream<Path> locks = Files.newDirectoryStream(LOCKS, "afxdp-" + inode + "-*.lock")) {
                for (Path lock : locks) {
                    Files.deleteIfExists(lock);
                }
            }
        } catch (IOException _) {
            // No folder: no server ever ran here. No rights: then it is not ours to clean.
        }
    }
}
