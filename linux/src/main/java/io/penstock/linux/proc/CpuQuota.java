package io.penstock.linux.proc;

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
 * <p>Reading makes no garbage. One thread.
 */
public final class CpuQuota implements AutoCloseable {
    private static final byte[] THROTTLED_MICROS = KernelText.word("throttled_usec");
    private static final byte[] THROTTLED_NANOS = KernelText.word("throttled_time");

    private final List<Path> groups;
    private final KernelText[] stats;
    private final long[] throttledNanos;
    private Path throttledGroup;

    /** That of this process' groups, as it is now. */
    public CpuQuota() {
        this(ControlGroups.folders("cpu"));
    }

    /** That of groups whose files are in these folders. */
    public CpuQuota(List<Path> groups) {
        this.groups = List.copyOf(groups);
        this.stats = new KernelText[groups.size()];
        this.throttledNanos = new long[groups.size()];
        for (int i = 0; i < throttledNanos.length; i++) {
            stats[i] = new KernelText(this.groups.get(i).resolve("cpu.stat"));
            throttledNanos[i] = read(stats[i], 0);
        }
    }

    /** How long the group that stood still for longest did so since the last call, in nanoseconds; 0 if none did, or nobody says. */
    public long throttledNanosSince() {
        long longest = 0;
        for (int i = 0; i < throttledNanos.length; i++) {
            long now = read(stats[i], throttledNanos[i]);
            long since = now - throttledNanos[i];
            throttledNanos[i] = now;
            if (since > longest) {
                longest = since;
                throttledGroup = groups.get(i);
            }
        }
        return longest;
    }

    /** Whether the kernel tells of any quota here: in a file system of its own ({@code ip netns exec}) it may not. */
    public boolean isTold() {
        for (KernelText stat : stats) {
            if (stat.read()) {
                return true;
            }
        }
        return false;
    }

    /** Where the quota is written that was used up last, such as {@code /sys/fs/cgroup/x/cpu.max}; empty if none was. */
    public String limitFile() {
        if (throttledGroup == null) {
            return "";
        }
        boolean unified = Files.exists(throttledGroup.resolve("cpu.max"));
        return throttledGroup.resolve(unified ? "cpu.max" : "cpu.cfs_quota_us").toString();
    }

    private static long read(KernelText stat, long before) {
        if (!stat.read()) {
            return before;
        }
        long micros = stat.numberBehind(THROTTLED_MICROS);
        return micros >= 0 ? micros * 1000 : Math.max(before, stat.numberBehind(THROTTLED_NANOS));
    }

    @Override
    public void close() {
        for (KernelText stat : stats) {
            stat.close();
        }
    }
}
