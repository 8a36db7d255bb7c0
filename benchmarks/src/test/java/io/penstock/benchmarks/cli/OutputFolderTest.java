package io.penstock.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A place for the demo's files is found, or its lack is said, before anything is measured. */
class OutputFolderTest {
    private final StringWriter said = new StringWriter();
    private final PrintWriter out = new PrintWriter(said, true);

    @TempDir
    private Path parent;

    /** A folder cannot be made below a file, not even by root. */
    private Path impossible;

    @BeforeEach
    void makeAPlaceWhereNothingCanBeWritten() throws Exception {
        impossible = Files.writeString(parent.resolve("file"), "").resolve("demo");
    }

    @Test
    void makesTheFolderThatWasAskedForAndLeavesNothingInIt() {
        Path folder = OutputFolder.given(parent.resolve("a/b"), false);
        assertThat(folder).isEqualTo(parent.resolve("a/b")).isEmptyDirectory();
    }

    @Test
    void refusesAFolderThatCannotBeWrittenInOneLine() {
        assertThatThrownBy(() -> OutputFolder.given(impossible, false))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("--output " + impossible + " cannot be written (")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void refusesAFolderThatWouldEndWithTheNamespace() {
        assertThatThrownBy(() -> OutputFolder.given(Path.of("/run/penstock-test-demo"), true))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("has a /run of its own");
        assertThat(Path.of("/run/penstock-test-demo")).doesNotExist();
    }

    @Test
    void takesTheUsualFolderInSilence() {
        assertThat(OutputFolder.firstOf(List.of(parent.resolve("usual"), parent.resolve("other")), out, false))
                .isEqualTo(parent.resolve("usual"));
        assertThat(said.toString()).isEmpty();
    }

    @Test
    void takesTheNextOneAndSaysSo() {
        assertThat(OutputFolder.firstOf(List.of(impossible, impossible, parent.resolve("third")), out, false))
                .isEqualTo(parent.resolve("third"));
        assertThat(said.toString()).contains("Not writable: " + impossible, "go to " + parent.resolve("third"));
    }

    @Test
    void doesWithoutAPlotIfThereIsNoPlaceAtAll() {
        assertThat(OutputFolder.firstOf(List.of(impossible), out, false)).isNull();
        assertThat(said.toString()).contains("No folder is writable", "--output");
    }
}
