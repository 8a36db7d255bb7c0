package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files by which secondary processes find a named environment: its book-keeping in {@code /var/run/dpdk/PREFIX},
 * and its memory as {@code PREFIXmap_N} in the hugetlbfs. (Without a name there are none.) DPDK removes them in
 * rte_eal_cleanup, which also unmaps the memory in which other threads may still be at work. So that is never called:
 * this class removes the files, and the memory goes with the process.
 */
final class EalFiles {
    private static final Logger LOG = LoggerFactory.getLogger(EalFiles.class);
    private static final Path RUNTIME = Path.of("/var/run/dpdk");
    private static final Path MOUNTS = Path.of("/proc/self/mounts");

    private EalFiles() {}

    /** @throws ConfigurationException if there is no place for them */
    static void requirePlace(EalSettings settings) {
        if (!settings.prefix().isEmpty()
                && settings.hugePages()
                && hugePageMounts().isEmpty()) {
            throw new ConfigurationException(
                    "eal.prefix=" + settings.prefix() + " shares memory by files on huge pages, and"
                            + " there is no file system for them: 'mount -t hugetlbfs none /dev/hugepages', or leave eal.prefix out");
        }
    }

    /** Removes them when this process ends in good order; after any other end, the next environment of this name does. */
    static void removeAtEnd(String prefix) {
        if (!prefix.isEmpty()) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(prefix), "dpdk-files"));
        }
    }

    private static void remove(String prefix) {
        for (Path mount : hugePageMounts()) {
            removeAll(mount, prefix + "map_*");
        }
        Path folder = RUNTIME.resolve(prefix);
        removeAll(folder, "*");
        try {
            boolean _ = Files.deleteIfExists(folder);
        } catch (IOException e) {
            LOG.debug("{}", folder, e);
        }
    }

    private static void removeAll(Path folder, String pattern) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, pattern)) {
            for (Path file : files) {
                boolean _ = Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            LOG.debug("{}", folder, e);
        }
    }

    private static List<Path> hugePageMounts() {
        List<Path> mounts = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(MOUNTS)) {
                String[] parts = line.split(" ", -1);
                if (parts.length > 2 && parts[2].equals("hugetlbfs")) {
                    mounts.add(Path.of(parts[1]));
                }
            }
        } catch (IOException e) {
            LOG.debug("{}", MOUNTS, e);
        }
        return mounts;
    }
}
