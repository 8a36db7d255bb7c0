package io.penstock.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What a killed process left is swept; what a living one uses stays. */
class RunFolderTest {
    /** More than any process's number can be: 2^22 is the kernel's limit. */
    private static final long NOBODY = 1L << 23;

    @Test
    void sweepsOnlyWhatBelongsToProcessesThatAreGone() throws IOException {
        Path left = Files.createDirectory(Path.of("/dev/shm/penstock-bench-" + NOBODY + "-" + System.nanoTime()));
        Files.createFile(left.resolve("1-echo.counters"));
        try (RunFolder mine = RunFolder.create()) {
            RunFolder.sweep();
            assertThat(left).doesNotExist();
            assertThat(mine.path()).exists();
        }
    }
}
