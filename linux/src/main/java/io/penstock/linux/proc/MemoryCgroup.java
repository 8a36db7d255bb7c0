package io.penstock.linux.proc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        return tightest(ControlGroups.folders("memory"));
    }

    static MemoryCgroup tightest(Path groups, Path mounts) {
        return tightest(ControlGroups.folders("memory", groups, mounts));
    }

    private static MemoryCgroup tightest(List<Path> folders) {
        MemoryCgroup tightest = UNLIMITED;
        for (Path folder : folders) {
            MemoryCgroup found = read(folder);
            tightest = found.roomBytes < tightest.roomBytes ? found : tightest;
        }
        return tightest;
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
        } catch (IOException | NumberFormatException _) {
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
