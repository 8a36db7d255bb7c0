package io.penstock.control.cli;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.DeviceLostException;
import io.penstock.memory.OutOfMemoryRegionException;
import java.util.List;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Turns exceptions into one line on standard error and an exit code: 2 if the user gave something that cannot be used,
 * 1 for a defect (with a stack trace on request), 3 if a server's interface was taken away, so that a supervisor can
 * start it again.
 */
final class OneLineErrors implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private static final int DEVICE_LOST = 3;

    private final BooleanSupplier stackTrace;

    /** @param stackTrace whether the user wants to see where; asked when something has gone wrong */
    OneLineErrors(BooleanSupplier stackTrace) {
        this.stackTrace = stackTrace;
    }

    @Override
    public int handleParseException(ParameterException problem, String[] args) {
        CommandLine command = problem.getCommandLine();
        String given = problem.getMessage();
        if (problem instanceof UnmatchedArgumentException unmatched) {
            given = describe(command, unmatched);
        }
        String name = command.getCommandSpec().qualifiedName();
        print(command, given + "; see '" + name + " --help'");
        return CommandLine.ExitCode.USAGE;
    }

    @Override
    public int handleExecutionException(Exception problem, CommandLine command, ParseResult parsed) {
        boolean mendable = problem instanceof ConfigurationException || problem instanceof OutOfMemoryRegionException;
        boolean lost = problem instanceof DeviceLostException;
        if (stackTrace.getAsBoolean()) {
            problem.printStackTrace(command.getErr());
        } else if (mendable || lost) {
            print(command, ApiSettings.asOptions(problem.getMessage(), command));
        } else {
            String message = problem.getMessage() == null ? "" : ": " + problem.getMessage();
            print(command, problem.getClass().getSimpleName() + message + " (--stacktrace shows where)");
        }
        if (lost) {
            return DEVICE_LOST;
        }
        return mendable ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
    }

    private static String describe(CommandLine command, UnmatchedArgumentException unmatched) {
        String argument = unmatched.getUnmatched().getFirst();
        String kind;
        if (unmatched.isUnknownOption()) {
            kind = "unknown option";
        } else if (command.getSubcommands().isEmpty()) {
            kind = "unexpected argument";
        } else {
            kind = "unknown command";
        }
        List<String> suggestions = unmatched.getSuggestions();
        String hint = suggestions.isEmpty() ? "" : " (did you mean " + String.join(" or ", suggestions) + "?)";
        return kind + " '" + argument + "'" + hint;
    }

    private static void print(CommandLine command, String message) {
        String line = String.join(" ", message.lines().map(String::strip).toList());
        command.getErr().println(command.getColorScheme().errorText("penstock: " + line));
    }
}
