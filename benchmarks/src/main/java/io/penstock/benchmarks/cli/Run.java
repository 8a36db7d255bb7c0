package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.load.LoadException;
import io.penstock.benchmarks.process.User;
import io.penstock.datapath.ConfigurationException;
import io.penstock.testkit.net.LeftOvers;
import io.penstock.testkit.process.Cleanup;
import io.penstock.testkit.process.HarnessException;
import io.penstock.testkit.process.RunFolder;
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

    static void needTwoCores() {
        int cores = Runtime.getRuntime().availableProcessors();
        if (cores < NEEDED_CORES) {
            throw new ConfigurationException("client and server need a core each, and this machine offers " + cores
                    + ": run it where there are two");
        }
    }
}
