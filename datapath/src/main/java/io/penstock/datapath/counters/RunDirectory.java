package io.penstock.datapath.counters;

import io.penstock.datapath.ConfigurationException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * Where running servers leave what others may know of them: {@code /dev/shm/penstock-UID}, a directory for each user, or
 * what the environment variable {@code PENSTOCK_RUN_DIR} names.
 *
 * <p>UID is the user's number outside of any user namespace: a server that seems to be root in one uses the same
 * directory as its user's tools outside. The directory is open to its user and to root alone.
 */
public final class RunDirectory {
    /** The environment variable that names another place. */
    public static final String VARIABLE = "PENSTOCK_RUN_DIR";

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final String PREFIX = "penstock-";
    private static final int MAX_DIRECTORIES = 1024;

    private RunDirectory() {}

    /** This user's directory, which need not exist. */
    public static Path own() {
        String named = System.getenv(VARIABLE);
        return named == null || named.isEmpty() ? SHARED_MEMORY.resolve(PREFIX + userId()) : Path.of(named);
    }

    /** The directories to look into for servers: of all users, if the default is in use, else the one that was named. */
    public static List<Path> all() {
        String named = System.getenv(VARIABLE);
        if (named != null && !named.isEmpty()) {
            return List.of(Path.of(named));
        }
        List<Path> found = new java.util.ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(SHARED_MEMORY, PREFIX + "*")) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS) && found.size() < MAX_DIRECTORIES) {
                    found.add(entry);
                }
            }
        } catch (IOException _) {
            return List.of(); // no shared memory here, so no servers either
        }
        found.sort(null);
        return found;
    }

    /**
     * Makes the directory if it is missing, and checks that nobody else can write into it: {@code /dev/shm} is open to
     * all, so somebody might have put a directory or a link of his own there before.
     *
     * @throws ConfigurationException if it cannot be used
     */
    public static void prepare(Path directory) {
        try {
            try {
                Files.createDirectory(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (FileAlreadyExistsException _) {
                // The usual case from the second server on; whose it is gets checked below.
            }
            PosixFileAttributes found =
                    Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            PosixFileAttributes self = Files.readAttributes(Path.of("/proc/self"), PosixFileAttributes.class);
            boolean open = found.permissions().contains(PosixFilePermission.GROUP_WRITE)
                    || found.permissions().contains(PosixFilePermission.OTHERS_WRITE);
            if (!found.isDirectory() || !found.owner().equals(self.owner()) || open) {
                throw new ConfigurationException("run directory " + directory
                        + " is not a directory that belongs to this user and is writable by him alone: remove it, or"
                        + " name another with " + VARIABLE);
            }
        } catch (IOException e) {
            throw new ConfigurationException(
                    "cannot use run directory " + directory + " ("
                            + e.getClass().getSimpleName() + "): make it, or name" + " another with " + VARIABLE,
                    e);
        }
    }

    private static long userId() {
        try {
            long inside = ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
            for (String line : Files.readAllLines(Path.of("/proc/self/uid_map"))) {
                inside = outside(inside, line);
            }
            return inside;
        } catch (IOException e) {
            throw new ConfigurationException("cannot read /proc/self: Penstock needs /proc to be mounted", e);
        }
    }

    /** One line of user_namespaces(7)'s uid_map: first id inside, first id outside, how many. */
    private static long outside(long id, String line) {
        String[] map = line.strip().split("\\s+", -1);
        long first = Long.parseLong(map[0]);
        return id >= first && id - first < Long.parseLong(map[2]) ? Long.parseLong(map[1]) + id - first : id;
    }
}
