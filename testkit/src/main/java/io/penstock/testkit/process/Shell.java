package io.penstock.testkit.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Short commands of the system, run to their end. */
public final class Shell {
    private static final long MAX_SECONDS = 30;

    private Shell() {}

    /** What a command answered. */
    public record Answer(int exitCode, String output) {
        /** Whether it did what it was told. */
        public boolean isOk() {
            return exitCode == 0;
        }
    }

    /**
     * Runs a command.
     *
     * @return what it printed
     * @throws HarnessException if it failed, with what it printed
     */
    public static String run(List<String> command) {
        Answer answer = tryRun(command);
        if (!answer.isOk()) {
            throw new HarnessException("'" + String.join(" ", command) + "' failed with exit code " + answer.exitCode()
                    + ": " + answer.output().strip());
        }
        return answer.output();
    }

    /** The same for a command given as words. */
    public static String run(String... command) {
        return run(List.of(command));
    }

    /** Runs a command that may fail; both of its streams are the output. */
    public static Answer tryRun(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            // Commands that this is for print little: the pipe holds it until they have ended.
            if (!process.waitFor(MAX_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new HarnessException(
                        "'" + String.join(" ", command) + "' did not end within " + MAX_SECONDS + " s");
            }
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Answer(process.exitValue(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new HarnessException("interrupted while '" + String.join(" ", command) + "' ran");
        }
    }
}
