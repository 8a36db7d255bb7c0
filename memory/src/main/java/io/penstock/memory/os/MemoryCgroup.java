package io.penstock.memory.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How much memory the control groups of this process still allow (Documentation/admin-guide/cgroup-v2.rst and
 * cgroup-v1/memory.rst). Who exceeds a group's limit is ended by the kernel's out-of-memory killer, without a word.
 *
 * <pre>
 *               version 2                     version 1
 *   limit       memory.max, memory.high       memory.limit_in_bytes
 *   in use      memory.current                memory.usage_in_bytes
 *   can go      inactive_file + active_file   total_inactive_file + total_active_file   of memory.stat
 * </pre>
 *
 * <p>A limit holds for all groups below, so each group from the process' own up to the top is looked at. What cannot be
 * read limits nothing: in a mount namespace without /sys/fs/cgroup nobody can know.
 */
public final class MemoryCgroup {
    /** Nobody says. */
    public static final MemoryCgroup UNLIMITED = new MemoryCgroup("", Long.MAX_VALUE, Long.MAX_VALUE);

    private static final Path GROUPS_OF_SELF = Path.of("/proc/self/cgroup");
    private static final Path MOUNTS_OF_SELF = Path.of("/proc/self/mountinfo");

    private final String limitFile;
    private final long limitBytes;
    private final long roomBytes;

    private MemoryCgroup(String limitFile, long limitBytes, long roomBytes) {
        this.limitFile = limitFile;
        this.limitBytes = limitBytes;
        this.roomBytes = roomBytes;
    }

    /** The group of this process, or above it, that has the least room. */
    public static MemoryCgroup tightest() {
        return tightest(GROUPS_OF_SELF, MOUNTS_OF_SELF);
    }

    static MemoryCgroup tightest(Path groups, Path mounts) {
        MemoryCgroup tightest = UNLIMITED;
        try {
            List<String> groupLines = Files.readAllLines(groups);
            for (String mount : Files.readAllLines(mounts)) {
                for (Path folder : folders(mount.split(" ", -1), groupLines)) {
                    MemoryCgroup found = read(folder);
                    tightest = found.roomBytes < tightest.roomBytes ? found : tightest;
                }
            }
        } catch (IOException e) {
            return tightest;
        }
        return tightest;
    }

    /**
     * The process' group and those above it as far as a mount shows them, if it is a mount that counts memory.
     *
     * <pre>
     *   35 31 0:32 /docker/4f2a /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
     *              root         mount point                         type          options
     * </pre>
     */
    private static List<Path> folders(String[] mount, List<String> groups) {
        int dash = List.of(mount).indexOf("-");
        if (dash < 5 || mount.length < dash + 4) {
            return List.of();
        }
        boolean unified = mount[dash + 1].equals("cgroup2");
        boolean counts = mount[dash + 1].equals("cgroup")
                && List.of(mount[dash + 3].split(",")).contains("memory");
        String own = unified ? ownGroup(groups, "") : counts ? ownGroup(groups, "memory") : null;
        if (own == null) {
            return List.of();
        }
        Path root = Path.of(mount[3]);
        Path group = Path.of(own);
        Path top = Path.of(mount[4].replace("\\040", " "));
        // A group outside of what is mounted: all that can be seen is the mount's own top.
        Path at = group.startsWith(root) ? top.resolve(root.relativize(group)).normalize() : top;
        List<Path> folders = new ArrayList<>();
        for (; at != null && at.startsWith(top); at = at.getParent()) {
            folders.add(at);
        }
        return folders;
    }

    /** From lines such as {@code 4:memory:/user} and, of version 2, {@code 0::/user}; null if there is none. */
    private static String ownGroup(List<String> groups, String controller) {
        for (String line : groups) {
            String[] parts = line.split(":", 3);
            if (parts.length == 3 && List.of(parts[1].split(",")).contains(controller)) {
                return parts[2];
            }
        }
        return null;
    }

    private static MemoryCgroup read(Path folder) {
        MemoryCgroup max = read(folder, "memory.max", "memory.current", "");
        MemoryCgroup high = read(folder, "memory.high", "memory.current", "");
        MemoryCgroup old = read(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_");
        MemoryCgroup least = high.roomBytes < max.roomBytes ? high : max;
        return old.roomBytes < least.roomBytes ? old : least;
    }

    private static MemoryCgroup read(Path folder, String limitName, String usageName, String prefix) {
        try {
            Path limitFile = folder.resolve(limitName);
            String limit = Files.readString(limitFile).strip();
            if (limit.equals("max")) {
                return UNLIMITED;
            }
            long limitBytes = Long.parseLong(limit);
            long used =
                    Long.parseLong(Files.readString(folder.resolve(usageName)).strip());
            long room = limitBytes - used + fileCache(folder, prefix);
            return new MemoryCgroup(limitFile.toString(), limitBytes, Math.max(0, room));
        } catch (IOException | NumberFormatException e) {
            return UNLIMITED;
        }
    }

    /** What the kernel drops first when the group needs room. */
    private static long fileCache(Path folder, String prefix) throws IOException {
        long bytes = 0;
        for (String line : Files.readAllLines(folder.resolve("memory.stat"))) {
            String[] words = line.split(" ", 2);
            if (words.length == 2
                    && (words[0].equals(prefix + "inactive_file") || words[0].equals(prefix + "active_file"))) {
                bytes += Long.parseLong(words[1]);
            }
        }
        return bytes;
    }

    /** Where the limit is written, such as {@code /sys/fs/cgroup/user/memory.max}; empty if nothing limits. */
    public String limitFile() {
        return limitFile;
    }

    /** The limit in bytes; Long.MAX_VALUE if there is none. */
    public long limitBytes() {
        return limitBytes;
    }

    /** How many more bytes the group may take; Long.MAX_VALUE if nothing limits. */
    public long roomBytes() {
        return roomBytes;
    }
}
