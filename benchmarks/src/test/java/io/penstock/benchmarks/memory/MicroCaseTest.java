package io.penstock.benchmarks.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Group;

class MicroCaseTest {
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
