package io.penstock.benchmarks.embed;

import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.testkit.process.HarnessException;
import io.penstock.testkit.process.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * How long it takes from {@code git clone} of the project that docs/embed.md prints to a served request: the commands that a
 * user types, and the seconds of each. The artifacts are in a local repository, and Maven's plugins were fetched before.
 */
public final class FirstRequest {
    private static final String SERVED = "served: 5 bytes";
    private static final double NANOS_PER_SECOND = 1e9;

    private FirstRequest() {}

    /** A command, and how long it took. */
    public record Step(String command, double seconds) {}

    /**
     * Does it once, in a folder that is gone afterwards.
     *
     * @param root the source tree, built
     * @throws HarnessException if a command failed, or nothing was served
     */
    public static List<Step> measure(Path root) {
        Path work = makeFolder();
        try {
            SamplePage page = SamplePage.read(root);
            SampleProject project = new SampleProject(root, work);
            project.installTree();
            makeOrigin(page, project, work);
            List<Step> steps = new ArrayList<>();
            steps.add(time("git clone hello", () -> project.runIn(work, "git clone -q origin project")));
            String build = page.command("\nmvn ");
            steps.add(time(build, () -> project.build(build)));
            String run = page.command("\njava -jar");
            steps.add(time(run, () -> project.run(run)));
            return steps;
        } finally {
            delete(work);
        }
    }

    /** Measures, and prints each command with its seconds. */
    public static void main(String[] args) {
        List<Step> steps = measure(PenstockCommand.root());
        for (Step step : steps) {
            System.out.printf(Locale.ROOT, "%6.2f s  %s%n", step.seconds(), step.command());
        }
        System.out.printf(
                Locale.ROOT,
                "%6.2f s  in all%n",
                steps.stream().mapToDouble(Step::seconds).sum());
    }

    private static Path makeFolder() {
        try {
            return Files.createTempDirectory("penstock-embed-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void makeOrigin(SamplePage page, SampleProject project, Path work) {
        SampleProject.write(page, work.resolve("origin"));
        check(project.runIn(
                work.resolve("origin"),
                "git init -q && git add . && git -c user.name=hello -c user.email=hello@localhost commit -q -m hello"));
    }

    private interface Command {
        Shell.Answer run();
    }

    private static Step time(String name, Command command) {
        long begin = System.nanoTime();
        Shell.Answer answer = command.run();
        double seconds = (System.nanoTime() - begin) / NANOS_PER_SECOND;
        check(answer);
        if (name.startsWith("java") && !answer.output().contains(SERVED)) {
            throw new HarnessException("nothing was served: " + answer.output());
        }
        return new Step(name.strip(), seconds);
    }

    private static void check(Shell.Answer answer) {
        if (!answer.isOk()) {
            throw new HarnessException("exit code " + answer.exitCode() + ": " + answer.output());
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
