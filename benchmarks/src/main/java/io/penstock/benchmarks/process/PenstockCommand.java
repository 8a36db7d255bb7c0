package io.penstock.benchmarks.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Command lines that run a subcommand of Penstock in a process of its own, from the class path of this one. */
public final class PenstockCommand {
    private static final String MAIN_CLASS = "io.penstock.control.cli.Penstock";
    private static final String FLAGS = "penstock.jvmargs";

    private PenstockCommand() {}

    /** The command line of {@code penstock ARGUMENT...}. */
    public static List<String> of(String... arguments) {
        return with(List.of(), arguments);
    }

    /** The same with further flags of the virtual machine. */
    public static List<String> with(List<String> virtualMachineFlags, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("@" + root().resolve(FLAGS));
        command.addAll(virtualMachineFlags);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(MAIN_CLASS);
        command.addAll(List.of(arguments));
        return command;
    }

    /** The source tree: where the launcher is, or above the working directory. */
    public static Path root() {
        String launcher = System.getProperty("penstock.launcher");
        if (launcher != null) {
            return Path.of(launcher).toAbsolutePath().getParent();
        }
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.isReadable(at.resolve(FLAGS))) {
                return at;
            }
        }
        throw new HarnessException("no " + FLAGS + " in " + Path.of("").toAbsolutePath()
                + " or above: run this from the source tree, through ./penstock");
    }
}
