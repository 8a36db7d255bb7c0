package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.load.LoadException;
import io.penstock.benchmarks.process.User;
import io.penstock.datapath.ConfigurationException;
import io.penstock.testkit.net.LeftOvers;
import io.penstock.testkit.process.Cleanup;
import io.penstock.testkit.process.HarnessException;
import io.penstock.testkit.process.RunFolder;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import picocli.CommandLine;

/** What all benches and the demo have in common: cleaning up whatever happens, and one line for what went wrong. */
final class Run {
    private static final int NEEDED_CORES = 2;

    /** Something that may break, with what it made in {@code cleanup}'s hands. */
    interface Body {
        /** Returns the exit code. */
        int run(Cleanup cleanup);
    }

    private Run() {}

    static int guarded(CommandLine command, Body body) {
        Cleanup cleanup = new Cleanup();
        try (cleanup) {
            if (User.isRoot()) {
                LeftOvers.sweep();
                RunFolder.sweep();
            }
            return body.run(cleanup);
        } catch (HarnessException | LoadException e) {
            if (!cleanup.isShuttingDown()) {
                command.getErr().println("penstock: " + e.getMessage());
                command.getErr().flush();
            }
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    static void needRoot(String what) {
        if (!User.isRoot() || User.isInUserNamespace()) {
            throw new ConfigurationException(what
                    + " makes network namespaces and loads an XDP program: run it as root (./penstock demo shows Penstock"
                    + " without)");
        }
    }

    /**
     * Says before anything is measured what is missing for it.
     *
     * @param packages what Debian and Ubuntu call it
     */
    static void needPrograms(String what, String packages, String... programs) {
        for (String program : programs) {
            boolean there = Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                    .anyMatch(folder -> !folder.isEmpty() && Files.isExecutable(Path.of(folder, program)));
            if (!there) {
                throw new ConfigurationException(
                        what + " needs " + program + ", which is not installed: apt-get install " + packages);
            }
        }
    }

    static void needTwoCores() {
        int cores = Runtime.getRuntime().availableProcessors();
        if (cores < NEEDED_CORES) {
            throw new ConfigurationException("client and server need a core each, and this machine offers " + cores
                    + ": run it where there are two");
        }
    }
}
