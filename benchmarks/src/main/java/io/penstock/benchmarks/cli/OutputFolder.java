package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.datapath.ConfigurationException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where the demo's files go: settled before anything is measured, so that nothing measured is lost for want of a place. */
final class OutputFolder {
    /** Inside the user namespace of the demo without root this is a file system of its own, which ends with it. */
    private static final Path RUN = Path.of("/run");

    private OutputFolder() {}

    /**
     * The folder that was asked for, made if it is missing.
     *
     * @throws ConfigurationException if nothing can be written there
     */
    static Path given(Path asked, boolean inNamespace) {
        Path folder = asked.toAbsolutePath().normalize();
        String problem = problemOf(folder, inNamespace);
        if (problem != null) {
            throw new ConfigurationException("--output " + asked + " cannot be written (" + problem
                    + "): name a folder that this user may write to");
        }
        return folder;
    }

    /**
     * The usual folder, or the next best one if the source tree is somebody else's, which is said; null if there is none.
     */
    static Path usual(PrintWriter out, boolean inNamespace) {
        return firstOf(candidates(), out, inNamespace);
    }

    private static List<Path> candidates() {
        List<Path> candidates = new ArrayList<>();
        candidates.add(PenstockCommand.root().resolve("target").resolve("demo"));
        candidates.add(Path.of("penstock-demo"));
        candidates.add(
                Path.of(System.getProperty("java.io.tmpdir"), "penstock-demo-" + System.getProperty("user.name")));
        return candidates;
    }

    static Path firstOf(List<Path> candidates, PrintWriter out, boolean inNamespace) {
        for (Path candidate : candidates) {
            Path folder = candidate.toAbsolutePath().normalize();
            if (problemOf(folder, inNamespace) == null) {
                if (candidate != candidates.getFirst()) {
                    out.println("Not writable: " + candidates.getFirst().toAbsolutePath());
                    out.println(
                            "The plot and the figures go to " + folder + " instead (--output names another place).");
                }
                return folder;
            }
        }
        out.println("No folder is writable, so there will be no plot (--output names another place).");
        return null;
    }

    /** Why nothing can be written; null if something can, which only trying tells. */
    private static String problemOf(Path folder, boolean inNamespace) {
        if (inNamespace && folder.startsWith(RUN)) {
            return "the demo without root has a " + RUN + " of its own";
        }
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, ".probe", ""));
            return null;
        } catch (IOException e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }
}
