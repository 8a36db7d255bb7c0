package io.penstock.control.cli;

import io.penstock.datapath.process.StopSignals;

/**
 * Contributes one subcommand to the command line. Providers are found by {@link java.util.ServiceLoader}, so that the
 * root knows no command by name: declare the provider in {@code META-INF/services} and, with {@code provides}, in the
 * module descriptor, and open the command's package to {@code info.picocli}.
 */
public interface CommandProvider {

    /**
     * Returns a new instance of the subcommand. Called once for each command line that is built, on the main thread,
     * also when another command or only the help was asked for: it must be cheap and must touch nothing outside.
     *
     * @return an object whose class is annotated with {@link picocli.CommandLine.Command} and names the command
     */
    Object command();

    /**
     * Returns the heading under which the help lists the command, such as {@code Servers}. Headings that the root does
     * not know come last.
     */
    default String group() {
        return "More";
    }

    /** Whether the command takes signals itself ({@link StopSignals}), because it ends in order at SIGTERM. */
    default boolean takesSignals() {
        return false;
    }
}
