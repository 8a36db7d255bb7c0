package io.penstock.benchmarks.process;

import io.penstock.testkit.process.HarnessException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Command lines that run a subcommand of Penstock in a process of its own, from the class path of this one. */
public final class PenstockCommand {
    private static final String MAIN_CLASS = "io.penstock.control.cli.Penstock";
    private static final String FLAGS = "penstock.jvmargs";
    private static final String KV_MIB_OPTION = "--max-memory";
    private static final String KV_MIB = "64";

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
        command.addAll(javaHeap(arguments));
        command.addAll(virtualMachineFlags);
        command.add("-Dpenstock.launcher=" + root().resolve("penstock")); // it may start others, from any folder
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(MAIN_CLASS);
        command.addAll(List.of(arguments));
        return command;
    }

    /** What the launcher says of a command's Java heap: the KV store's keys lie on it, up to --max-memory. */
    private static List<String> javaHeap(String... arguments) {
        if (arguments.length == 0 || !arguments[0].equals("kv")) {
            return List.of();
        }
        String mib = KV_MIB;
        for (int i = 1; i < arguments.length; i++) {
            if (arguments[i].startsWith(KV_MIB_OPTION + "=")) {
                mib = arguments[i].substring(KV_MIB_OPTION.length() + 1);
            } else if (arguments[i - 1].equals(KV_MIB_OPTION)) {
                mib = arguments[i];
            }
        }
        boolean isLikely = mib.matches("[1-9]\\d{0,5}"); // the command says what is wrong with any other
        return isLikely ? List.of("-Xms32m", "-Xmx" + (64 + Long.parseLong(mib) * 9 / 4) + "m") : List.of();
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
