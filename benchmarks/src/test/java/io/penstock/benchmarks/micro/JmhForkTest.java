package io.penstock.benchmarks.micro;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class JmhForkTest {
    @Test
    void aForkGetsTheFlagsOfThisProcessButNotItsAheadOfTimeCache() {
        List<String> flags = JmhFork.flags(List.of(
                "--enable-native-access=ALL-UNNAMED", "-XX:AOTCache=penstock.aot", "-Xlog:aot=off", "-Xlog:cds=off"));
        assertThat(flags).contains("--enable-native-access=ALL-UNNAMED", "-Djmh.executor=CUSTOM");
        assertThat(flags).noneMatch(flag -> flag.contains("aot") || flag.contains("AOT") || flag.contains("cds"));
    }

    @Test
    void takesTheHarnessOwnBookkeepingForNothing() {
        assertThat(JmhFork.withoutNoise(1e-5)).isZero();
        assertThat(JmhFork.withoutNoise(-1e-5)).isZero();
        assertThat(JmhFork.withoutNoise(0.002)).isZero();
    }

    @Test
    void leavesAnObjectEveryThousandOperations() {
        assertThat(JmhFork.withoutNoise(16 / 1000.0)).isEqualTo(0.016);
        assertThat(JmhFork.withoutNoise(144.0003)).isEqualTo(144.0003);
    }
}
