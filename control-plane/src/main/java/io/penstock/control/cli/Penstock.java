package io.penstock.control.cli;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.process.StopRequests;
import io.penstock.linux.StartConditions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The root of the command line, and the entry point of the process. It knows no subcommand by name: each comes from a
 * {@link CommandProvider}.
 */
@Command(
        name = "penstock",
        description = "Carries packets straight to a Java server, past the kernel.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "",
        footer = {
            "",
            "`penstock COMMAND --help` explains a command.",
            "In a source tree, `penstock test [MAVEN-ARGUMENT...]` runs all tests.",
            "",
            "Exit codes: 0 done, also after SIGTERM or Ctrl-C to a server; 1 something broke; 2 what was given cannot be"
                    + " used; 3 a server's interface was taken away."
        })
public final class Penstock implements Runnable, IExecutionStrategy {

    /** The variable that logback.xml takes its level from. */
    private static final String LOG_LEVEL = "PENSTOCK_LOG";

    // Named so that no logback.xml has to lie where an application that uses Penstock as a library would find it.
    private static final String LOGGING = "io/penstock/control/cli/logback.xml";

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Log what goes on to standard error; twice for all details.")
    private boolean[] verbose = new boolean[0];

    @Option(names = "--stacktrace", scope = ScopeType.INHERIT, description = "Show the stack trace of an error.")
    private boolean stackTrace;

    @Spec
    private CommandSpec spec;

    /** The commands that take signals themselves. */
    private final Set<String> takers = new HashSet<>();

    private Penstock() {}

    /**
     * Runs one command and ends the process with its exit code: 0 when done, 2 when what was given cannot be used (one
     * line on standard error says why), 3 when a server's interface was taken away, 1 when something broke.
     *
     * @param args the command line, without the program's name
     */
    public static void main(String[] args) {
        StopRequests.keep();
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", LOGGING);
        }
        System.exit(commandLine().execute(args));
    }

    /**
     * Builds the command line with every subcommand that is on the class path, in alphabetical order.
     *
     * @return a new command line; not safe for use from several threads
     */
    public static CommandLine commandLine() {
        Penstock penstock = new Penstock();
        CommandLine root = new CommandLine(penstock);
        Map<String, String> groups = new LinkedHashMap<>();
        for (Contribution contribution : contributions()) {
            root.addSubcommand(contribution.command());
            groups.put(contribution.command().getCommandName(), contribution.group());
            if (contribution.takesSignals()) {
                penstock.takers.add(contribution.command().getCommandName());
            }
        }
        // On the root alone and last, since picocli hands the settings down to the subcommands that are there.
        OneLineErrors errors = new OneLineErrors(() -> penstock.stackTrace);
        root.setParameterExceptionHandler(errors);
        root.setExecutionExceptionHandler(errors);
        root.setExecutionStrategy(penstock);
        root.setCaseInsensitiveEnumValuesAllowed(true);
        root.setUsageHelpAutoWidth(true);
        root.getSubcommands().values().forEach(OptionGroups::apply);
        root.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, new CommandGroups(groups));
        return root;
    }

    /** What has to be settled before any command runs. */
    @Override
    public int execute(ParseResult parsed) {
        String complaint = StartConditions.complaint();
        if (complaint != null) {
            throw new ExecutionException(spec.commandLine(), complaint, new ConfigurationException(complaint));
        }
        if (!parsed.hasSubcommand()
                || !takers.contains(parsed.subcommand().commandSpec().name())) {
            StopRequests.leave();
        }
        if (verbose.length > 0) {
            System.setProperty(LOG_LEVEL, verbose.length > 1 ? "DEBUG" : "INFO");
        }
        return new RunLast().execute(parsed);
    }

    /** Without a command: says what there is. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static List<Contribution> contributions() {
        List<Contribution> found = new ArrayList<>();
        for (CommandProvider provider : ServiceLoader.load(CommandProvider.class)) {
            found.add(new Contribution(new CommandLine(provider.command()), provider.group(), provider.takesSignals()));
        }
        found.sort((a, b) -> a.command().getCommandName().compareTo(b.command().getCommandName()));
        return found;
    }

    private record Contribution(CommandLine command, String group, boolean takesSignals) {}
}
