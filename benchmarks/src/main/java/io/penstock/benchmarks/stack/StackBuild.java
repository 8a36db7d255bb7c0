package io.penstock.benchmarks.stack;

import io.penstock.datapath.ConfigurationException;
import io.penstock.testkit.process.HarnessException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The jars that are measured: these, or those of another source tree.
 *
 * @param name in tables
 * @param flags the file of the virtual machine's flags
 * @param classPath of the worker
 */
record StackBuild(String name, Path flags, String classPath) {
    private static final String FLAGS = "penstock.jvmargs";

    /**
     * The same for all builds, whatever their flags say: a young collection moves the objects of a connection apart, so
     * that the build in which one more comes would seem slower. Large enough that none comes while connections are opened.
     */
    private static final List<String> HEAP = List.of("-Xms1g", "-Xmx2g", "-Xmn512m");

    /** What this process runs from. */
    static StackBuild current(Path root) {
        return new StackBuild("now", root.resolve(FLAGS), System.getProperty("java.class.path"));
    }

    /**
     * What the launcher of {@code tree} runs from. This build's worker stands behind its jars: where that tree has one of
     * its own, its own is taken.
     */
    static StackBuild of(Path tree) {
        Path classPath = tree.resolve("target/launcher/class-path");
        try {
            return new StackBuild(
                    "against",
                    tree.resolve(FLAGS),
                    Files.readString(classPath).strip() + ":" + System.getProperty("java.class.path"));
        } catch (IOException _) {
            throw new ConfigurationException("--against " + tree + ": expected a source tree that is built (run its"
                    + " ./penstock --version); cannot read " + classPath);
        }
    }

    /** The command line of a worker. */
    List<String> worker(StackRow row, StackPlan plan) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        if (!Files.isReadable(flags)) {
            throw new HarnessException("cannot read " + flags);
        }
        List<String> command = new ArrayList<>(List.of(java, "@" + flags));
        command.addAll(HEAP);
        command.addAll(List.of("-cp", classPath, StackWorker.class.getName()));
        command.add(Integer.toString(row.connections()));
        command.add(Integer.toString(row.sizeBytes()));
        command.add(Long.toString(plan.warmupMillis()));
        return command;
    }
}
