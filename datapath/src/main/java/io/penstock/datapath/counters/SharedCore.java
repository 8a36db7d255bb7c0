package io.penstock.datapath.counters;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Finds servers that are pinned to one core. If one of them spins, the scheduler lets them run in turns of milliseconds, and
 * each answers a thousand times later than it could, with nothing that says why.
 */
public final class SharedCore {
    private static final int MAX_FILES = 4096;

    private SharedCore() {}

    /**
     * What an operator should know about the core of a server that has just made its counters file, in one line; empty if it
     * has the core for itself, is pinned to none, or shares one where nobody spins.
     *
     * <p>It sees the servers whose run directories this user may read: his own, and root everybody's.
     */
    public static String warning(CountersFile own) {
        return warning(own, RunDirectory.all());
    }

    static String warning(CountersFile own, List<Path> directories) {
        CountersHeader self = CountersHeader.read(own.path());
        if (self == null || self.core() < 0) {
            return "";
        }
        List<CountersHeader> others = new ArrayList<>();
        for (Path directory : directories) {
            collect(directory, own.path(), self, others);
        }
        if (others.isEmpty()) {
            return "";
        }
        String names = others.stream()
                .map(other -> other.name() + " (PID " + other.pid() + (other.spins() ? ", which spins)" : ")"))
                .collect(Collectors.joining(" and "));
        return "core " + self.core() + " is shared with " + names
                + ": each stands still for milliseconds while the other runs; pin one of them to another core"
                + " (`penstock cores` shows which are free), or let those that spin sleep when idle (idle strategy block)";
    }

    private static void collect(Path directory, Path own, CountersHeader self, List<CountersHeader> others) {
        int files = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "[!.]*" + CountersFileLayout.SUFFIX)) {
            for (Path entry : entries) {
                if (files++ == MAX_FILES) {
                    return;
                }
                CountersHeader other = entry.equals(own) ? null : CountersHeader.read(entry);
                boolean shares = other != null && other.isOfARunningServer() && other.core() == self.core();
                if (shares && (other.spins() || self.spins())) {
                    others.add(other);
                }
            }
        } catch (IOException _) {
            // Not there, or another user's: who cannot be seen cannot be warned of.
        }
    }
}
