package io.penstock.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.benchmarks.process.PenstockCommand;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
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

    @Test
    void explainsTheTestsWithoutInstallingOrRunningAnything() throws Exception {
        for (String help : List.of("--help", "-h")) {
            Outcome outcome = run(LAUNCHER.toString(), Map.of("PATH", withoutInstaller()), "test", help);
            assertThat(outcome.exitCode()).as(outcome.err()).isZero();
            assertThat(outcome.out()).startsWith("Usage: penstock test");
            assertThat(outcome.out().lines()).allMatch(line -> line.length() <= 80);
            assertThat(outcome.err()).isEmpty();
        }
    }

    @Test
    void callsNoTestsAtAllAFailure() throws Exception {
        Path tree = copyWithMavenThatPrints("[INFO] BUILD SUCCESS");
        Outcome outcome = run(tree.resolve("penstock").toString(), Map.of("PENSTOCK_BUILD", "never"), "test", "-q");
        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err())
                .contains("0 tests in 0 classes", "no test was run")
                .doesNotContain("all is well");
    }

    @Test
    void countsTheTestsThatWereRun() throws Exception {
        Path tree = copyWithMavenThatPrints(
                "[INFO] Tests run: 7, Failures: 0, Errors: 0, Skipped: 1, Time elapsed: 1 s -- in io.penstock.ATest");
        Outcome outcome = run(tree.resolve("penstock").toString(), Map.of("PENSTOCK_BUILD", "never"), "test");
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        assertThat(outcome.err()).contains("7 tests in 1 classes, 0 failed, 1 skipped; all is well");
    }

    /** Keys lie on the Java heap: without a limit of its own it would grow to a quarter of the machine. */
    @Test
    void limitsTheJavaHeapOfTheKvStoreByWhatItMayHold() throws Exception {
        assertThat(javaHeap("kv", "--device", "tap:t")).containsExactly("-Xms32m", "-Xmx208m");
        for (List<String> words : List.of(List.of("kv", "--max-memory", "100"), List.of("kv", "--max-memory=100"))) {
            String[] arguments = words.toArray(String[]::new);
            assertThat(javaHeap(arguments)).containsExactly("-Xms32m", "-Xmx289m");
            assertThat(PenstockCommand.of(arguments)).contains("-Xms32m", "-Xmx289m");
        }
        for (String wrong : List.of("99999999", "0", "x", "-1", "1 2", "$(echo 3)")) {
            assertThat(javaHeap("kv", "--max-memory", wrong)).as(wrong).isEmpty();
        }
        assertThat(javaHeap("echo", "--max-memory", "100")).isEmpty();
        assertThat(javaHeap()).isEmpty();
    }

    /** What the launcher says of it, to a Java that says it again. */
    private List<String> javaHeap(String... arguments) throws Exception {
        Path jdk = Files.createDirectories(elsewhere.resolve("jdk/bin")).getParent();
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
        for (String program : List.of("java", "javac")) {
            Path file = Files.writeString(jdk.resolve("bin").resolve(program), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Map<String, String> environment = Map.of("JAVA_HOME", jdk.toString(), "PENSTOCK_BUILD", "never");
        Outcome outcome = run(LAUNCHER.toString(), environment, arguments);
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        return outcome.out().lines().filter(line -> line.startsWith("-Xm")).toList();
    }

    /** A path on which apt-get and Maven's Java would say that they were called. */
    private String withoutInstaller() throws IOException {
        Path tools = Files.createDirectories(elsewhere.resolve("tools"));
        for (String program : List.of("apt-get", "apt-cache", "java")) {
            Path file = Files.writeString(tools.resolve(program), "#!/bin/sh\necho called $0 >&2\nexit 1\n");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        return tools + ":/usr/bin:/bin";
    }

    /** A tree of its own, in which Maven is a script. */
    private Path copyWithMavenThatPrints(String line) throws IOException {
        Path tree = Files.createDirectories(elsewhere.resolve("tree"));
        Files.createDirectories(tree.resolve(".mvn"));
        Files.copy(LAUNCHER, tree.resolve("penstock"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.copy(LAUNCHER.resolveSibling(".mvn/jdk.sh"), tree.resolve(".mvn/jdk.sh"));
        Path maven = Files.writeString(tree.resolve("mvnw"), "#!/bin/sh\necho '" + line + "'\n");
        Files.setPosixFilePermissions(maven, PosixFilePermissions.fromString("rwxr-xr-x"));
        return tree;
    }

    @Test
    void mavenFindsAJdkThatIsNewEnough() throws Exception {
        Path old = Files.createDirectories(elsewhere.resolve("jdk-17/bin")).getParent();
        Files.writeString(old.resolve("release"), "JAVA_VERSION=\"17.0.15\"\n");
        for (String program : List.of("java", "javac")) {
            Path file = Files.writeString(old.resolve("bin").resolve(program), "#!/bin/sh\necho 17\n");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Path mvnw = LAUNCHER.resolveSibling("mvnw");
        Outcome outcome = run(mvnw.toString(), Map.of("JAVA_HOME", old.toString()), "--version");
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        assertThat(outcome.out()).containsPattern("Java version: (2[5-9]|[3-9]\\d)");
    }

    @Test
    void mavenSaysInOneLineThatThereIsNoJdk() throws Exception {
        Path tree = Files.createDirectories(elsewhere.resolve("without/.mvn")).getParent();
        Files.copy(LAUNCHER.resolveSibling("mvnw"), tree.resolve("mvnw"), StandardCopyOption.COPY_ATTRIBUTES);
        String finder = Files.readString(LAUNCHER.resolveSibling(".mvn/jdk.sh"));
        Files.writeString(tree.resolve(".mvn/jdk.sh"), finder.replace("oldest_jdk=25", "oldest_jdk=9999"));
        Outcome outcome = run(tree.resolve("mvnw").toString(), Map.of(), "-q", "verify");
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err().lines()).singleElement().asString().startsWith("mvnw: no JDK 9999 or later in");
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
