package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.benchmarks.embed.SamplePage;
import io.penstock.benchmarks.embed.SampleProject;
import io.penstock.testkit.process.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What docs/embed.md prints is a project that runs, outside of the tree, which it knows by a local repository alone: its files
 * and its commands are taken from the page. The jars must have been built, as {@code verify} and {@code ./penstock} do.
 */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EmbeddingTest {
    private static final SamplePage PAGE = SamplePage.read(SourceTree.ROOT);
    private static final String SERVED = "served: 5 bytes";

    private SampleProject project;

    @BeforeAll
    void build(@TempDir Path work) {
        project = new SampleProject(SourceTree.ROOT, work);
        project.installTree();
        SampleProject.write(PAGE, project.folder());
        Shell.Answer answer = project.build(PAGE.command("\nmvn "));
        assertThat(answer.isOk()).as(answer.output()).isTrue();
    }

    private Shell.Answer run(String command) {
        return project.run(command);
    }

    private void serves(String command) {
        Shell.Answer answer = run(command);
        assertThat(answer.isOk()).as(answer.output()).isTrue();
        assertThat(answer.output()).contains(SERVED).doesNotContain("WARNING:", "Exception");
    }

    private void refuses(String command, String line) {
        Shell.Answer answer = run(command);
        assertThat(answer.exitCode()).as(answer.output()).isEqualTo(2);
        assertThat(answer.output().strip()).startsWith(line).doesNotContain("\n");
    }

    /** The class path's command without what begins with two dashes. */
    private static String withoutFlags(String command) {
        return command.replaceAll("--\\S+ (java\\.base/\\S+)?", "").replaceAll("--\\S+", "");
    }

    @Test
    void runsFromTheClassPath() {
        serves(PAGE.command("-cp "));
    }

    @Test
    void runsFromTheModulePath() {
        serves(PAGE.command("-p target"));
    }

    @Test
    void runsFromOneJarWithoutAFlag() throws IOException {
        serves(PAGE.command("\njava -jar"));
        try (JarFile all =
                new JarFile(project.folder().resolve("target/hello-1-all.jar").toFile())) {
            assertThat(all.stream().map(entry -> entry.getName().replaceFirst(".*/", "")))
                    .doesNotContain("module-info.class");
        }
    }

    @Test
    void withoutFlagsTheClassPathNamesThem() {
        refuses(
                withoutFlags(PAGE.command("-cp ")),
                "Java keeps Penstock from memory: start it with --add-exports java.base/jdk.internal.misc=ALL-UNNAMED"
                        + " --enable-native-access=ALL-UNNAMED, or");
    }

    @Test
    void withoutFlagsTheModulePathNamesThem() {
        refuses(
                withoutFlags(PAGE.command("-p target")),
                "Java keeps Penstock from memory: start it with --add-exports java.base/jdk.internal.misc=org.agrona"
                        + " --enable-native-access=io.penstock.linux, or");
    }

    @Test
    void twoVersionsOnTheClassPathAreNamed() throws IOException {
        Path other = project.folder().resolve("target/other");
        Files.createDirectories(other.resolve("META-INF"));
        Files.writeString(other.resolve("META-INF/penstock.modules"), "penstock-memory = 0.0.1\n");
        refuses(
                PAGE.command("-cp ").replace("target/lib/*", "target/lib/*:" + other),
                "modules of Penstock of 2 versions: 0.0.1 (penstock-memory in " + other + "), 0.1.0");
    }

    @Test
    void runsOnAnImageOfTheJdkAlone() {
        Shell.Answer linked = run(PAGE.command("\njlink "));
        assertThat(linked.isOk()).as(linked.output()).isTrue();
        serves(PAGE.command("image/bin/java"));
    }

    @Test
    void startsFromAnAheadOfTimeCache() {
        Shell.Answer recorded = run(PAGE.command("AOTCacheOutput"));
        assertThat(recorded.output()).contains(SERVED);
        assertThat(project.folder().resolve("target/hello.aot"))
                .as(recorded.output())
                .isNotEmptyFile();
        serves(PAGE.command("-XX:AOTCache=").replace("java ", "java -XX:AOTMode=on "));
    }

    @Test
    void eachCommandOfThePageIsRunAbove() {
        assertThat(PAGE.commands()).hasSize(8);
    }
}
