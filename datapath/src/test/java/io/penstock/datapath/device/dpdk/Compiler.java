package io.penstock.datapath.device.dpdk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** gcc, with DPDK's headers. */
final class Compiler {
    private static final long MAX_SECONDS = 120;

    private Compiler() {}

    /** The flags that programs which use DPDK are compiled with. */
    static List<String> dpdkFlags() {
        return List.of(run(List.of("pkg-config", "--cflags", "libdpdk")).strip().split("\\s+"));
    }

    static void program(Path source, Path target, List<String> flags) {
        List<String> command = new ArrayList<>(List.of("gcc"));
        command.addAll(flags);
        command.addAll(List.of(source.toString(), "-o", target.toString()));
        String _ = run(command);
    }

    /** A library that has nothing to do with DPDK but its name. */
    static void library(Path source, Path target) {
        program(source, target, List.of("-shared", "-fPIC"));
    }

    /** Runs a command. Returns what it writes. */
    static String run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(MAX_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError(String.join(" ", command) + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "'" + command.getFirst() + "' is missing: install gcc, pkg-config and libdpdk-dev"
                            + " ('./penstock test' does so)",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
