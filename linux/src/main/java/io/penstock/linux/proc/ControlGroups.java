package io.penstock.linux.proc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the control groups of this process are to be seen (Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/cgroups.rst).
 *
 * <p>A limit holds for all groups below, so each group from the process' own up to the top counts.
 */
public final class ControlGroups {
    private static final Path GROUPS_OF_SELF = Path.of("/proc/self/cgroup");
    private static final Path MOUNTS_OF_SELF = Path.of("/proc/self/mountinfo");

    private ControlGroups() {}

    /**
     * The folders of the process' group and of those above it, the own one first, in both versions' hierarchies; none if
     * nobody says.
     *
     * @param controller of version 1, such as {@code memory}; version 2 has one hierarchy for all
     */
    public static List<Path> folders(String controller) {
        return folders(controller, GROUPS_OF_SELF, MOUNTS_OF_SELF);
    }

    /** The same of files such as {@code /proc/self/cgroup} and {@code /proc/self/mountinfo}. */
    public static List<Path> folders(String controller, Path groups, Path mounts) {
        List<Path> folders = new ArrayList<>();
        try {
            List<String> groupLines = Files.readAllLines(groups);
            for (String mount : Files.readAllLines(mounts)) {
                addFolders(folders, controller, mount.split(" ", -1), groupLines);
            }
        } catch (IOException _) {
            return folders;
        }
        return folders;
    }

    /**
     * The process' group and those above it as far as a mount shows them, if it is a mount of the controller's.
     *
     * <pre>
     *   35 31 0:32 /docker/4f2a /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
     *              root         mount point                         type          options
     * </pre>
     */
    private static void addFolders(List<Path> folders, String controller, String[] mount, List<String> groups) {
        int dash = List.of(mount).indexOf("-");
        if (dash < 5 || mount.length < dash + 4) {
            return;
        }
        boolean unified = mount[dash + 1].equals("cgroup2");
        boolean old = mount[dash + 1].equals("cgroup")
                && List.of(mount[dash + 3].split(",")).contains(controller);
        String own = unified ? ownGroup(groups, "") : old ? ownGroup(groups, controller) : null;
        if (own == null) {
            return;
        }
        Path root = Path.of(mount[3]);
        Path group = Path.of(own);
        Path top = Path.of(mount[4].replace("\\040", " "));
        // A group outside of what is mounted: all that can be seen is the mount's own top.
        Path at = group.startsWith(root) ? top.resolve(root.relativize(group)).normalize() : top;
        for (; at != null && at.startsWith(top); at = at.getParent()) {
            folders.add(at);
        }
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
}
