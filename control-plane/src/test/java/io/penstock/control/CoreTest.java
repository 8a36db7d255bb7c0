package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoreTest {
    @TempDir
    private Path sys;

    @Test
    void readsTheTopologyFromSysfs() throws IOException {
        write("cpu/online", "0-2\n");
        write("cpu/isolated", "2\n");
        write("cpu/cpu1/topology/physical_package_id", "0\n");
        write("cpu/cpu1/topology/thread_siblings_list", "1,3\n");
        write("cpu/cpu1/cpufreq/scaling_governor", "performance\n");
        write("cpu/cpu2/topology/physical_package_id", "1\n");
        write("node/online", "0-1\n");
        write("node/node0/cpulist", "0-1\n");
        write("node/node1/cpulist", "2\n");
        assertThat(Core.online(sys.resolve("cpu"), sys.resolve("node")))
                .containsExactly(
                        new Core(0, -1, 0, "", false, ""),
                        new Core(1, 0, 0, "1,3", false, "performance"),
                        new Core(2, 1, 1, "", true, ""));
    }

    @Test
    void findsTheCoresOfThisMachine() {
        assertThat(Core.online()).isNotEmpty().allMatch(core -> core.id() >= 0);
        assertThat(Core.isAllowed(-1)).isFalse();
        assertThat(Core.isAllowed(65_000)).isFalse();
        int first = CoreList.parse(Core.allowed()).nextSetBit(0);
        assertThat(Core.isAllowed(first)).isTrue();
    }

    @Test
    void understandsTheKernelsNotationForSetsOfCores() {
        assertThat(CoreList.parse("0-3,8, 10-11\n").toString()).isEqualTo("{0, 1, 2, 3, 8, 10, 11}");
        assertThat(CoreList.parse("").isEmpty()).isTrue();
        assertThat(CoreList.parse("x,3-1,-,5").toString()).isEqualTo("{5}");
        assertThat(CoreList.format(CoreList.parse("0-3,8,10-11"))).isEqualTo("0-3,8,10-11");
    }

    @Test
    void computesTheLoadBetweenTwoReadings() {
        Map<Integer, long[]> earlier = CoreLoad.parse(List.of("cpu  9 9 9 9 9 9 9 9", "cpu0 100 0 0 900 0 0 0 0 0 0"));
        Map<Integer, long[]> later =
                CoreLoad.parse(List.of("cpu0 110 5 5 950 20 5 5 0 0 0", "cpu1 1 1 1 1 1 1 1 1 0 0", "intr 1 2 3"));
        assertThat(CoreLoad.between(earlier, later)).containsOnlyKeys(0).containsEntry(0, 0.3);
    }

    private void write(String path, String content) throws IOException {
        Path file = sys.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }
}
