package io.penstock.benchmarks.embed;

import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.HarnessException;
import io.penstock.testkit.process.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The project of a {@link SamplePage} in a folder of its own, outside of the tree. It knows the tree by a repository alone:
 * {@link TreeRepository}. Commands run as they stand on the page; {@code mvn} is the tree's Maven.
 */
public final class SampleProject {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(240);

    private final Path root;
    private final Path repository;
    private final Path folder;

    /**
     * A project that is in {@code work/project} or will be there.
     *
     * @param root the source tree
     * @param work an empty folder, for what it needs beside it
     */
    public SampleProject(Path root, Path work) {
        this.root = root;
        this.repository = work.resolve("repository");
        this.folder = work.resolve("project");
    }

    /** Installs the tree's artifacts where the project finds them. */
    public void installTree() {
        TreeRepository.install(root, repository);
    }

    /** Writes the page's files to a folder. */
    public static void write(SamplePage page, Path to) {
        try {
            Path sources = to.resolve("src/main/java");
            Path inPackage = Files.createDirectories(sources.resolve("com/example"));
            Files.writeString(to.resolve("pom.xml"), page.pom());
            Files.writeString(sources.resolve("module-info.java"), page.moduleInfo());
            Files.writeString(inPackage.resolve("Hello.java"), page.mainClass());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where its files are. */
    public Path folder() {
        return folder;
    }

    /**
     * Builds it, from what lies on this machine. Where Maven's plugins are not there yet, they are fetched first, into the
     * repository that all builds share.
     *
     * @param command as the page has it
     */
    public Shell.Answer build(String command) {
        Shell.Answer answer = runIn(folder, command, mavenArguments("-o", repository, shared()));
        if (answer.isOk() || !answer.output().contains("offline")) {
            return answer;
        }
        Shell.Answer fetched = runIn(folder, command, mavenArguments("-ntp", shared(), repository));
        return fetched.isOk() ? runIn(folder, command, mavenArguments("-o", repository, shared())) : fetched;
    }

    /** Runs a command in the project's folder, with this JDK's programs before all others. */
    public Shell.Answer run(String command) {
        return runIn(folder, command, "");
    }

    /** The same in another folder. */
    public Shell.Answer runIn(Path where, String command) {
        return runIn(where, command, "");
    }

    private static String mavenArguments(String connection, Path first, Path second) {
        return "-B " + connection + " -Dmaven.repo.local=" + first + " -Dmaven.repo.local.tail=" + second;
    }

    /** The repository of the Maven that runs this, or the usual one. */
    private static Path shared() {
        String told = System.getProperty("localRepository"); // by surefire
        return told != null ? Path.of(told) : Path.of(System.getProperty("user.home"), ".m2", "repository");
    }

    private Shell.Answer runIn(Path where, String command, String mavenArguments) {
        String script = """
                cd "$1" && PATH=$JAVA_HOME/bin:$PATH && maven=$2/mvnw || exit
                mvn() { "$maven" "$@"; }
                {
                %s
                } 2>&1
                """.formatted(command);
        List<String> line = List.of(
                "env",
                "JAVA_HOME=" + System.getProperty("java.home"),
                "MAVEN_ARGS=" + mavenArguments,
                "MAVEN_OPTS=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
                "bash",
                "-c",
                script,
                "bash",
                where.toString(),
                root.toString());
        try (Child child = Child.start("'" + command.strip() + "'", line)) {
            child.endInput();
            String output = String.join("\n", child.remainingLines(PATIENCE_NANOS));
            return new Shell.Answer(child.awaitExit(PATIENCE_NANOS), output);
        } catch (HarnessException e) {
            throw new HarnessException("in " + where + ": " + e.getMessage(), e);
        }
    }
}
