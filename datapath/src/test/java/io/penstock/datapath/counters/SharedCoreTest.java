package io.penstock.datapath.counters;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever starts on a core that somebody else keeps busy is told so. */
@Timeout(60)
class SharedCoreTest {
    private static final long PID = ProcessHandle.current().pid();

    @TempDir
    private Path parent;

    private Path directory;

    @BeforeEach
    void chooseADirectory() {
        directory = parent.resolve("run");
    }

    private CountersFile server(String name, int core, boolean spins) {
        return CountersFile.create(directory, new ServerIdentity(name, "sim:a", "198.18.0.2/24", core, spins));
    }

    private String warning(CountersFile own) {
        return SharedCore.warning(own, List.of(directory, parent.resolve("missing")));
    }

    @Test
    void namesTheOtherServerAndSaysWhatToDo() {
        try (CountersFile first = server("echo", 1, true);
                CountersFile second = server("kv", 1, true)) {
            assertThat(warning(second))
                    .startsWith("core 1 is shared with echo (PID " + PID + ", which spins): ")
                    .contains("pin one of them to another core", "penstock cores", "block")
                    .doesNotContain("\n");
            assertThat(warning(first)).contains("kv (PID " + PID + ", which spins)");
        }
    }

    @Test
    void warnsIfOnlyOneOfThemSpins() {
        try (CountersFile sleeper = server("echo", 0, false);
                CountersFile spinner = server("kv", 0, true)) {
            assertThat(warning(sleeper)).contains("kv (PID " + PID + ", which spins)");
            assertThat(warning(spinner)).contains("echo (PID " + PID + "): ");
        }
    }

    @Test
    void saysNothingWhereNobodySuffers() {
        try (CountersFile own = server("echo", 1, true);
                CountersFile elsewhere = server("kv", 0, true);
                CountersFile unpinned = server("relay", -1, true);
                CountersFile sleeper = server("sleeper", 2, false);
                CountersFile asleep = server("asleep", 2, false)) {
            assertThat(warning(own)).isEmpty();
            assertThat(warning(elsewhere)).isEmpty();
            assertThat(warning(unpinned)).isEmpty();
            assertThat(warning(sleeper)).isEmpty();
            assertThat(warning(asleep)).isEmpty();
        }
    }

    @Test
    void passesOverTheClosedAndTheDeadAndWhatIsNoCountersFile() throws Exception {
        try (CountersFile own = server("echo", 1, true)) {
            server("closed", 1, true).close();
            byte[] dead;
            try (CountersFile other = server("dead", 1, true)) {
                dead = Files.readAllBytes(other.path());
            }
            dead[CountersFileLayout.PROCESS_START_OFFSET]++;
            Files.write(directory.resolve("7-dead.counters"), dead);
            Files.write(directory.resolve("8-short.counters"), new byte[100]);
            Files.createDirectory(directory.resolve("9-folder.counters"));
            Files.createSymbolicLink(directory.resolve("10-link.counters"), own.path());
            assertThat(new ProcessBuilder(
                                    "mkfifo",
                                    directory.resolve("11-pipe.counters").toString())
                            .start()
                            .waitFor(10, TimeUnit.SECONDS))
                    .isTrue();
            assertThat(warning(own)).isEmpty();
        }
    }
}
