package io.penstock.control.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints a completion script made of the commands that are there. */
@Command(
        name = "completion",
        description = "Print a completion script for bash: source <(./penstock completion)",
        mixinStandardHelpOptions = true)
final class CompletionCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        String script = AutoComplete.bash("penstock", spec.root().commandLine());
        spec.commandLine().getOut().print(script);
        spec.commandLine().getOut().flush();
    }

    /** Brings the command to the root. */
    public static final class Provider implements CommandProvider {

        /** For the service loader. */
        public Provider() {}

        @Override
        public Object command() {
            return new CompletionCommand();
        }
    }
}
