package io.penstock.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.runners.TestList;

/**
 * A short run of all stress tests, in JVMs of their own; CONTRIBUTING.md says how to start a long one.
 *
 * <p>jcstress passes a run in which a test came to nothing, such as one that needs more processors than there are. Here
 * that is a failure.
 */
class StressTest {
    private static final Path ROOT = Path.of(System.getProperty("penstock.root"));
    private static final Path FOLDER = ROOT.resolve("stress-tests/target/jcstress");
    /** Ten times what it takes: a machine that does other things as well is slow to start so many JVMs. */
    private static final long DEADLINE_SECONDS = 600;

    private static int exitCode;
    private static List<TestResult> results;

    @BeforeAll
    @Timeout(DEADLINE_SECONDS + 30)
    static void run() throws Exception {
        empty(FOLDER);
        Path output = FOLDER.resolve("output.txt");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + ROOT.resolve("penstock.jvmargs"),
                "-cp",
                System.getProperty("java.class.path"),
                "org.openjdk.jcstress.Main"));
        // One JVM a test, both threads compiled as servers compile; each JVM of its own mind about the order of
        // instructions that do not depend on each other.
        command.addAll(List.of("-jvmArgs", "-XX:+UnlockDiagnosticVMOptions -XX:+StressLCM -XX:+StressGCM"));
        command.addAll(List.of("-sc", "false", "-f", "1", "-iters", "3", "-time", "500"));
        command.addAll(
                List.of("-strideSize", "128", "-strideCount", "16", "-hs", "128", "-pth", "false", "-r", "report"));
        Process process = new ProcessBuilder(command)
                .directory(FOLDER.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS))
                    .as("jcstress ends; see %s", output)
                    .isTrue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        exitCode = process.exitValue();
        results = read();
    }

    @Test
    void nothingForbiddenCameOut() {
        List<String> failures = new ArrayList<>();
        for (TestResult result : results) {
            if (result.status() != Status.NORMAL) {
                failures.add(
                        result.getName() + ": " + result.status() + " " + result.getMessages() + result.getVmErr());
            } else if (!result.grading().isPassed) {
                failures.add(result.getName() + ": " + result.grading().failureMessages);
            }
        }
        assertThat(failures).as("all of it is in %s", FOLDER).isEmpty();
        assertThat(exitCode).as("jcstress' own verdict; see %s", FOLDER).isZero();
    }

    @Test
    void everyTestWasTried() {
        Set<String> tried = new TreeSet<>();
        for (TestResult result : results) {
            if (result.getTotalCount() > 0) {
                tried.add(result.getName());
            }
        }
        assertThat(tried).isNotEmpty().containsExactlyInAnyOrderElementsOf(TestList.tests());
    }

    private static List<TestResult> read() throws Exception {
        InProcessCollector collector = new InProcessCollector();
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".bin.gz")).toList()) {
                DiskReadCollector reader = new DiskReadCollector(file.toString(), collector);
                reader.dump();
                reader.close();
            }
        }
        return List.copyOf(collector.getTestResults());
    }

    private static void empty(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        Files.createDirectories(folder);
    }
}
