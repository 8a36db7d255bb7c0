package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.process.Shell;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user's module on the module path extends what is open to him: a congestion control, by hand and as a service. */
class OwnCongestionControlTest {
    private static final List<String> SOURCES = List.of("module-info", "Provider", "Fixed", "Main");
    private static final List<String> MODULES = List.of("linux", "memory", "datapath", "libos-tcp");

    @TempDir
    private Path folder;

    @Test
    void isUsedWhereAStackNamesIt() throws Exception {
        Path classes = compile();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--module-path",
                classes + File.pathSeparator + modulePath(),
                "--enable-native-access=ALL-MODULE-PATH",
                "--add-exports",
                "java.base/jdk.internal.misc=org.agrona",
                "-m",
                "own/own.Main"));
        assertThat(Shell.run(command).lines())
                .contains(
                        "own 20000 provided 20000 received 40000",
                        "tcp.congestion-control=nobodys (StackConfig): expected one of newreno, provided, own");
    }

    private Path compile() throws IOException {
        Path classes = folder.resolve("classes");
        List<String> command = new ArrayList<>(
                List.of("-d", classes.toString(), "-proc:none", "-nowarn", "--module-path", modulePath()));
        for (String each : SOURCES) {
            Path file = folder.resolve(each + ".java");
            try (InputStream in = getClass().getResourceAsStream("own/" + each + ".java.txt")) {
                Files.copy(Objects.requireNonNull(in, each), file);
            }
            command.add(file.toString());
        }
        ToolProvider javac = ToolProvider.findFirst("javac").orElseThrow();
        assertThat(javac.run(System.out, System.err, command.toArray(String[]::new)))
                .isZero();
        return classes;
    }

    /** Penstock's modules, and the libraries. */
    private static String modulePath() {
        List<String> path = new ArrayList<>();
        MODULES.forEach(module -> path.add(
                SourceTree.ROOT.resolve(module).resolve("target/classes").toString()));
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> entry.endsWith(".jar"))
                .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("penstock-"))
                .forEach(path::add);
        return String.join(File.pathSeparator, path);
    }
}
