package io.penstock.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.process.Child;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that serves says when it is ready, ends in order at a signal, and by its exit code how. */
class ServerProcessTest {
    private static final long SOON = 60_000_000_000L;

    @TempDir
    private Path folder;

    private Child start(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + System.getProperty("penstock.root") + "/penstock.jvmargs",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                EchoMain.class.getName(),
                readyFile().toString()));
        command.addAll(List.of(arguments));
        return Child.start("the server", command);
    }

    private Path readyFile() {
        return folder.resolve("ready");
    }

    private static void signal(Child child, String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(child.pid()))
                .start()
                .waitFor();
    }

    @Test
    void servesUntilASignalComes() throws Exception {
        for (String name : List.of("TERM", "INT", "HUP")) {
            try (Child server = start()) {
                assertThat(server.awaitLine(_ -> true, SOON)).isEqualTo("ready echo: tcp 7");
                while (!Files.exists(readyFile())) {
                    Thread.onSpinWait(); // it is made right behind the line
                }
                signal(server, name);
                assertThat(server.remainingLines(SOON)).containsExactly("stopped echo: connections reset 0");
                assertThat(server.awaitExit(SOON)).isZero();
                assertThat(readyFile()).doesNotExist();
            }
        }
    }

    @Test
    void saysInOneLineWhatCannotBeHad() {
        try (Child server = start("there is no such device")) {
            assertThat(server.awaitExit(SOON)).isEqualTo(ServerProcess.UNUSABLE);
            assertThat(server.errorLines()).containsExactly("echo: there is no such device");
            assertThat(readyFile()).doesNotExist();
        }
    }
}
