package io.penstock.control.cli;

import java.util.ArrayList;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ScopeType;
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
        CommandLine root = Penstock.commandLine(); // one of its own, since it is changed
        root.addSubcommand("test", CommandSpec.create()); // the launcher's
        tidy(root);
        spec.commandLine().getOut().print(AutoComplete.bash("penstock", root));
        spec.commandLine().getOut().flush();
    }

    /**
     * The script keeps an option's values in a variable that is named after its parameter, so that two options with a
     * parameter MODE would offer the same; and it takes an option that counts how often it is given for one that has a value.
     */
    private static void tidy(CommandLine command) {
        CommandSpec commandSpec = command.getCommandSpec();
        for (OptionSpec option : new ArrayList<>(commandSpec.options())) {
            boolean counts = option.type() == boolean[].class;
            OptionSpec.Builder builder = counts
                    ? OptionSpec.builder(option.names()).type(boolean.class).arity("0")
                    : OptionSpec.builder(option)
                            .paramLabel(option.longestName())
                            .scopeType(ScopeType.LOCAL); // or each would be added to all commands below too
            commandSpec.remove(option);
            commandSpec.addOption(builder.build());
        }
        command.getSubcommands().values().forEach(CompletionCommand::tidy);
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
