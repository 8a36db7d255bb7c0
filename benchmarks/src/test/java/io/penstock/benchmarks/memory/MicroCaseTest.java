package io.penstock.benchmarks.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Group;

class JmhRunnerTest {

    @Test
    void aForkGetsTheFlagsOfThisProcessButNotItsAheadOfTimeCache() {
        List<String> flags = JmhRunner.flags(List.of(
                "--enable-native-access=ALL-UNNAMED", "-XX:AOTCache=penstock.aot", "-Xlog:aot=off", "-Xlog:cds=off"));
        assertThat(flags).contains("--enable-native-access=ALL-UNNAMED", "-Djmh.executor=CUSTOM");
        assertThat(flags).noneMatch(flag -> flag.contains("aot") || flag.contains("AOT") || flag.contains("cds"));
    }

    @ParameterizedTest
    @EnumSource(MicroCase.class)
    void everyCaseNamesABenchmark(MicroCase microCase) throws Exception {
        int dot = microCase.benchmark().lastIndexOf('.');
        Class<?> type = Class.forName(microCase.benchmark().substring(0, dot));
        String name = microCase.benchmark().substring(dot + 1);
        if (microCase.hasTwoThreads()) {
            assertThat(Arrays.stream(type.getMethods())
                            .filter(method -> method.getName().equals(microCase.measuredThread()))
                            .map(method -> method.getAnnotation(Group.class).value()))
                    .containsExactly(name);
        } else {
            assertThat(Arrays.stream(type.getMethods())
                            .filter(method -> method.isAnnotationPresent(Benchmark.class))
                            .map(method -> method.getName()))
                    .contains(name);
        }
    }
}
