package io.penstock.control.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.Column.Overflow;
import picocli.CommandLine.Help.TextTable;
import picocli.CommandLine.IHelpSectionRenderer;

/** The list of commands in the root's help, by what one wants to do. */
final class CommandGroups implements IHelpSectionRenderer {
    private static final List<String> ORDER = List.of("Try it", "Servers", "Forward", "Look", "Measure", "More");
    private static final int NAME_WIDTH = 14;

    private final Map<String, String> groupOf;

    /**
     * @param groupOf each command's group
     */
    CommandGroups(Map<String, String> groupOf) {
        this.groupOf = groupOf;
    }

    @Override
    public String render(Help help) {
        Map<String, List<CommandLine>> groups = new LinkedHashMap<>();
        ORDER.forEach(group -> groups.put(group, new ArrayList<>()));
        help.commandSpec().subcommands().forEach((name, command) -> {
            if (!command.getCommandSpec().usageMessage().hidden()) {
                groups.computeIfAbsent(groupOf.getOrDefault(name, "More"), _ -> new ArrayList<>())
                        .add(command);
            }
        });
        StringBuilder text = new StringBuilder();
        groups.forEach((group, commands) -> {
            if (!commands.isEmpty()) {
                text.append(help.colorScheme().ansi().string(String.format("%n@|bold %s|@%n", group)));
                text.append(table(help, commands));
            }
        });
        return text.toString();
    }

    private static TextTable table(Help help, List<CommandLine> commands) {
        int width = help.commandSpec().usageMessage().width();
        TextTable table = TextTable.forColumns(
                help.colorScheme(),
                new Column(NAME_WIDTH, 2, Overflow.SPAN),
                new Column(width - NAME_WIDTH, 2, Overflow.WRAP));
        for (CommandLine command : commands) {
            String[] description = command.getCommandSpec().usageMessage().description();
            table.addRowValues(
                    help.colorScheme().commandText(command.getCommandName()),
                    help.colorScheme().text(description.length == 0 ? "" : description[0]));
        }
        return table;
    }
}
