package io.penstock.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./penstock} as a user starts it. */
class LauncherTest {

    private static final Path LAUNCHER = Path.of(System.getProperty("penstock.root"), "penstock");
    private static final long DEADLINE_SECONDS = 60;

    @TempDir
    private Path elsewhere;

    @Test
    void tellsItsVersion() throws Exception {
        Outcome outcome = run(LAUNCHER.toString(), Map.of(), "--version");
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        assertThat(outcome.out()).startsWith("penstock ");
        assertThat(outcome.err()).isEmpty();
    }

    @Test
    void worksThroughASymbolicLinkFromAnotherFolder() throws Exception {
        Path link = Files.createSymbolicLink(elsewhere.resolve("pk"), LAUNCHER);
        Outcome outcome = run("./" + link.getFileName(), Map.of(), "--version");
        Files.delete(link);
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        assertThat(outcome.out()).startsWith("penstock ");
    }

    @Test
    void passesOnTheExitCodeAndTheOneLineOfABadCommand() throws Exception {
        Outcome outcome = run(LAUNCHER.toString(), Map.of(), "sail");
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err().lines()).singleElement().asString().startsWith("penstock: unknown command 'sail'");
        assertThat(outcome.out()).isEmpty();
    }

    @Test
    void passesOverAJavaHomeThatIsNone() throws Exception {
        Outcome outcome = run(LAUNCHER.toString(), Map.of("JAVA_HOME", elsewhere.toString()), "--version");
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        assertThat(outcome.err()).isEmpty();
    }

    @Test
    void printsACompletionScriptThatBashReads() throws Exception {
        Outcome script = run(LAUNCHER.toString(), Map.of(), "completion");
        assertThat(script.exitCode()).as(script.err()).isZero();
        Path file = Files.writeString(elsewhere.resolve("completion"), script.out());
        Outcome read = run("bash", Map.of(), "-c", "source '" + file + "' && complete -p penstock");
        assertThat(read.exitCode()).as(read.err()).isZero();
        assertThat(read.out()).contains("_complete_penstock");
    }

    private Outcome run(String program, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        File out = elsewhere.resolve("out").toFile();
        File err = elsewhere.resolve("err").toFile();
        ProcessBuilder builder = new ProcessBuilder(program);
        builder.command().addAll(List.of(arguments));
        builder.directory(elsewhere.toFile()).redirectOutput(out).redirectError(err);
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS))
                    .as(program + " ends within " + DEADLINE_SECONDS + " s")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Outcome(process.exitValue(), read(out), read(err));
    }

    private static String read(File file) throws IOException {
        return Files.readString(file.toPath(), StandardCharsets.UTF_8);
    }

    private record Outcome(int exitCode, String out, String err) {}
}
