package io.penstock.datapath.os;

import io.penstock.memory.os.ControlGroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * For how long the kernel has made a process' control groups stand still, as they had used up their quota of processor time
 * (Documentation/admin-guide/cgroup-v2.rst, "CPU Interface Files"; scheduler/sched-bwc.rst).
 *
 * <pre>
 *                        version 2                version 1
 *   stood still          throttled_usec           throttled_time (ns)      of cpu.stat
 *   the limit            cpu.max                  cpu.cfs_quota_us
 * </pre>
 *
 * <p>Reading makes garbage. One thread.
 */
public final class CpuQuota {
    private final List<Path> groups;
    private final long[] throttledNanos;
    private String limitFile = "";

    /** That of this process' groups, as it is now. */
    public CpuQuota() {
        this(ControlGroups.folders("cpu"));
    }

    /** That of groups whose files are in these folders. */
    public CpuQuota(List<Path> groups) {
        this.groups = List.copyOf(groups);
        this.throttledNanos = new long[groups.size()];
        for (int i = 0; i < throttledNanos.length; i++) {
            throttledNanos[i] = read(this.groups.get(i));
        }
    }

    /** How long the group that stood still for longest did so since the last call, in nanoseconds; 0 if none did, or nobody says. */
    public long throttledNanosSince() {
        long longest = 0;
        for (int i = 0; i < throttledNanos.length; i++) {
            Path group = groups.get(i);
            long now = read(group);
            long since = now - throttledNanos[i];
            throttledNanos[i] = now;
            if (since > longest) {
                longest = since;
                boolean unified = Files.exists(group.resolve("cpu.max"));
                limitFile =
                        group.resolve(unified ? "cpu.max" : "cpu.cfs_quota_us").toString();
            }
        }
        return longest;
    }

    /** Where the quota is written that was used up last, such as {@code /sys/fs/cgroup/x/cpu.max}; empty if none was. */
    public String limitFile() {
        return limitFile;
    }

    private static long read(Path group) {
        try {
            for (String line : Files.readAllLines(group.resolve("cpu.stat"))) {
                String[] words = line.split(" ", 2);
                if (words[0].equals("throttled_usec")) {
                    return Long.parseLong(words[1]) * 1000;
                }
                if (words[0].equals("throttled_time")) {
                    return Long.parseLong(words[1]);
                }
            }
        } catch (IOException | NumberFormatException e) {
            return 0; // the group is gone, or counts nothing
        }
        return 0;
    }
}
