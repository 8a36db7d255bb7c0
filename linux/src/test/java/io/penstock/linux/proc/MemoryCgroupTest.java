package io.penstock.linux.proc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The control group's files as the kernel would show them, in a folder of the test's. */
class MemoryCgroupTest {
    private static final long MIB = 1 << 20;

    @TempDir
    private Path folder;

    private Path top;
    private Path groups;
    private Path mounts;

    @BeforeEach
    void mountTheTop() throws IOException {
        top = Files.createDirectory(folder.resolve("cgroup"));
        groups = folder.resolve("self-cgroup");
        mounts = folder.resolve("self-mountinfo");
        mounts("/", "cgroup2 cgroup2 rw,nsdelegate");
        Files.writeString(groups, "0::/service/penstock\n");
    }

    private void mounts(String root, String typeAndOptions) throws IOException {
        Files.writeString(
                mounts,
                "23 1 0:5 / / rw,relatime - ext4 /dev/vda rw\n" + "31 23 0:28 " + root + " " + top
                        + " rw,relatime shared:9 - " + typeAndOptions + "\nnonsense\n");
    }

    private Path group(String name) throws IOException {
        return Files.createDirectories(top.resolve(name));
    }

    private void unified(String name, String max, String high, long currentMib, long fileCacheMib) throws IOException {
        Path group = group(name);
        Files.writeString(group.resolve("memory.max"), max + "\n");
        Files.writeString(group.resolve("memory.high"), high + "\n");
        Files.writeString(group.resolve("memory.current"), currentMib * MIB + "\n");
        Files.writeString(
                group.resolve("memory.stat"),
                "anon 1\nfile 999999999\ninactive_file " + fileCacheMib * MIB + "\nactive_file " + MIB + "\n");
    }

    private void old(String name, long limitMib, long usageMib) throws IOException {
        Path group = group(name);
        Files.writeString(group.resolve("memory.limit_in_bytes"), limitMib * MIB + "\n");
        Files.writeString(group.resolve("memory.usage_in_bytes"), usageMib * MIB + "\n");
        Files.writeString(
                group.resolve("memory.stat"),
                "inactive_file 7\ntotal_inactive_file 0\ntotal_active_file " + MIB + "\n");
    }

    private MemoryCgroup tightest() {
        return MemoryCgroup.tightest(groups, mounts);
    }

    @Test
    void whatIsNotReadLimitsNothing() throws IOException {
        assertThat(tightest().roomBytes()).isEqualTo(Long.MAX_VALUE);
        unified("service/penstock", "max", "max", 100, 0);
        assertThat(tightest()).isSameAs(MemoryCgroup.UNLIMITED);
        unified("service/penstock", "a lot", "", 100, 0);
        assertThat(tightest()).isSameAs(MemoryCgroup.UNLIMITED);
        assertThat(MemoryCgroup.tightest(folder.resolve("none"), mounts)).isSameAs(MemoryCgroup.UNLIMITED);
        assertThat(MemoryCgroup.tightest(groups, folder.resolve("none"))).isSameAs(MemoryCgroup.UNLIMITED);
    }

    @Test
    void theOwnGroupsLimitCountsLessWhatCannotGo() throws IOException {
        unified("service/penstock", Long.toString(256 * MIB), "max", 100, 19);

        assertThat(tightest().roomBytes()).isEqualTo(176 * MIB);
        assertThat(tightest().limitBytes()).isEqualTo(256 * MIB);
        assertThat(tightest().limitFile()).isEqualTo(top + "/service/penstock/memory.max");
    }

    @Test
    void aGroupAboveMayHaveLessRoom() throws IOException {
        unified("service/penstock", Long.toString(256 * MIB), "max", 100, 0);
        unified("service", Long.toString(1024 * MIB), "max", 1000, 0);

        assertThat(tightest().roomBytes()).isEqualTo(25 * MIB);
        assertThat(tightest().limitFile()).isEqualTo(top + "/service/memory.max");
    }

    @Test
    void aGroupThatIsThrottledAtItsHighMarkHasNoMoreRoomThanThat() throws IOException {
        unified("service/penstock", Long.toString(256 * MIB), Long.toString(128 * MIB), 100, 0);

        assertThat(tightest().roomBytes()).isEqualTo(29 * MIB);
        assertThat(tightest().limitFile()).endsWith("memory.high");
    }

    @Test
    void aGroupOverItsLimitHasNoRoom() throws IOException {
        unified("service/penstock", Long.toString(64 * MIB), "max", 100, 0);

        assertThat(tightest().roomBytes()).isZero();
    }

    @Test
    void versionOneHasOtherNames() throws IOException {
        mounts("/", "cgroup cgroup rw,memory");
        Files.writeString(groups, "9:name=systemd:/\n5:cpu,cpuacct:/x\n4:memory:/api/b06\n0::/\n");
        old("api/b06", Long.MAX_VALUE / MIB, 300);
        old("api", 512, 400);

        assertThat(tightest().roomBytes()).isEqualTo(113 * MIB);
        assertThat(tightest().limitFile()).isEqualTo(top + "/api/memory.limit_in_bytes");
    }

    @Test
    void aMountThatCountsSomethingElseIsPassedOver() throws IOException {
        mounts("/", "cgroup cgroup rw,cpu");
        Files.writeString(groups, "4:memory:/api\n5:cpu:/api\n");
        old("api", 512, 400);

        assertThat(tightest()).isSameAs(MemoryCgroup.UNLIMITED);
    }

    @Test
    void aContainerSeesItsGroupAtTheTop() throws IOException {
        mounts("/docker/4f2a", "cgroup cgroup rw,memory");
        Files.writeString(groups, "4:memory:/docker/4f2a/inner\n");
        old("inner", 200, 100);
        assertThat(tightest().roomBytes()).isEqualTo(101 * MIB);
        Files.writeString(groups, "4:memory:/elsewhere\n");
        old("", 150, 100);

        assertThat(tightest().roomBytes()).isEqualTo(51 * MIB);
    }
}
