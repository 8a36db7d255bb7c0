package io.penstock.benchmarks.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.benchmarks.micro.PassageBenchmark;
import io.penstock.benchmarks.stack.PassageBench.Case;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

class PassageBenchTest {
    @Test
    void everyCaseNamesABenchmarkAndItsParameters() throws Exception {
        List<String> benchmarks = Arrays.stream(PassageBenchmark.class.getMethods())
                .filter(method -> method.isAnnotationPresent(Benchmark.class))
                .map(Method::getName)
                .map(name -> PassageBenchmark.class.getName() + "." + name)
                .toList();
        assertThat(Case.all()).hasSize(8);
        for (Case each : Case.all()) {
            assertThat(benchmarks).contains(each.way().benchmark());
            assertThat(each.parameters()).hasSize(2);
            for (String name : each.parameters().keySet()) {
                Param param = PassageBenchmark.Connection.class.getField(name).getAnnotation(Param.class);
                assertThat(param.value()).contains(each.parameters().get(name));
            }
        }
    }

    @Test
    void eachCaseIsCalledByItsOwnName() {
        assertThat(Case.all().stream().map(Case::label))
                .doesNotHaveDuplicates()
                .contains("push to frame ready, 1,400 B, checksum by the stack");
    }
}
