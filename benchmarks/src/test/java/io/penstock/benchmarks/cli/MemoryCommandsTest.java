package io.penstock.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.control.cli.Penstock;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MemoryCommandsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String line) {
        CommandLine penstock = Penstock.commandLine();
        penstock.setOut(new PrintWriter(out));
        penstock.setErr(new PrintWriter(err));
        return penstock.execute(line.split(" ", -1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "soak memory --pairs 0",
                "soak memory --pairs -5",
                "soak memory --pairs many",
                "soak memory --cross 2",
                "soak memory --cross -0.1",
                "soak memory --cross NaN",
                "soak memory --unknown",
                "soak nothing",
                "bench memory --rounds 0",
                "bench memory --unknown"
            })
    void refusesWhatCannotBeInOneLine(String line) {
        assertThat(run(line)).isEqualTo(2);
        assertThat(err.toString().strip().lines()).hasSize(1);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void soaksAndSaysThatAllIsWell() {
        assertThat(run("soak memory --pairs 5000 --seed 3 --cross 0.5")).isZero();
        assertThat(out.toString()).contains("nothing leaked, nothing grew, every stamp was found again (seed 3)");
        assertThat(err.toString()).isEmpty();
    }
}
