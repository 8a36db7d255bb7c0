package io.penstock.control;

import io.penstock.datapath.counters.CountersFile;
import io.penstock.datapath.counters.CountersFileLayout;
import io.penstock.datapath.counters.RunDirectory;
import io.penstock.datapath.counters.ServerIdentity;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The servers of this machine, as their counters files show them at one moment.
 *
 * @param found one for each readable file, by start
 * @param problems a line for each file that is none
 */
public record Servers(List<CountersSnapshot> found, List<String> problems) {
    /** Whoever puts more files than this into a run directory is not running servers. */
    private static final int MAX_FILES = 4096;

    public Servers {
        found = List.copyOf(found);
        problems = List.copyOf(problems);
    }

    /** Looks into the run directories of all users that may be read: root reads all, others their own. */
    public static Servers find() {
        return find(RunDirectory.all());
    }

    /** Looks into directories of the caller's choice. */
    public static Servers find(List<Path> directories) {
        List<CountersSnapshot> found = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (Path directory : directories) {
            int files = 0;
            try (DirectoryStream<Path> entries =
                    Files.newDirectoryStream(directory, "[!.]*" + CountersFileLayout.SUFFIX)) {
                for (Path entry : entries) {
                    if (files++ == MAX_FILES) {
                        problems.add(directory + " has more than " + MAX_FILES + " files: the rest is not shown");
                        break;
                    }
                    try {
                        found.add(CountersSnapshot.read(entry));
                    } catch (InvalidCountersException e) {
                        problems.add(e.getMessage());
                    }
                }
            } catch (AccessDeniedException _) {
                // Another user's, which is his own business.
            } catch (IOException e) {
                if (Files.exists(directory)) {
                    problems.add(directory + " cannot be read: " + e.getClass().getSimpleName());
                }
            }
        }
        found.sort(Comparator.comparingLong(CountersSnapshot::startedMillis).thenComparingLong(CountersSnapshot::pid));
        return new Servers(found, problems);
    }

    /** Those whose process is there. */
    public List<CountersSnapshot> running() {
        return found.stream().filter(s -> s.state() == ServerState.RUNNING).toList();
    }

    /** The running servers whose loop is pinned to a core. */
    public List<CountersSnapshot> holdingCore(int core) {
        return running().stream().filter(s -> s.core() == core).toList();
    }

    /** The running server of this network namespace that has an interface, whatever the back end. */
    public Optional<CountersSnapshot> holdingPort(String interfaceName) {
        return here().filter(s -> portsOf(s.device()).contains(interfaceName)).findFirst();
    }

    /** The running servers of this network namespace that have a device which is none of these interfaces itself. */
    public List<CountersSnapshot> besides(Set<String> interfaceNames) {
        return here().filter(s -> devicesOf(s.device())
                        .anyMatch(device ->
                                !interfaceNames.contains(portsOfOne(device).getFirst())))
                .toList();
    }

    private Stream<CountersSnapshot> here() {
        long here = CountersFile.networkNamespace();
        return running().stream().filter(s -> s.networkNamespace() == here);
    }

    private static List<String> portsOf(String devices) {
        return devicesOf(devices).flatMap(device -> portsOfOne(device).stream()).toList();
    }

    private static Stream<String> devicesOf(String devices) {
        return Stream.of(devices.split(Pattern.quote(ServerIdentity.AND), -1));
    }

    /** The name in {@code scheme:name,options}; and the interface that a driver of DPDK's is told of by an option. */
    private static List<String> portsOfOne(String device) {
        String[] parts = device.substring(device.indexOf(':') + 1).split(",", -1);
        List<String> ports = new ArrayList<>(List.of(parts[0]));
        for (String part : parts) {
            if (part.startsWith("iface=")) {
                ports.add(part.substring("iface=".length()));
            }
        }
        return ports;
    }

    /** Removes the files of servers that run no more. Returns how many. */
    public int clean() {
        int removed = 0;
        for (CountersSnapshot server : found) {
            if (server.state() != ServerState.RUNNING) {
                try {
                    removed += Files.deleteIfExists(server.path()) ? 1 : 0;
                } catch (IOException _) {
                    // Somebody else's, or somebody else was faster: it shows in the next listing if it matters.
                }
            }
        }
        return removed;
    }
}
