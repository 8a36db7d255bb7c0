package io.penstock.control.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The options in a command's help, by what they are about. */
final class OptionGroups implements IHelpSectionRenderer {
    private static final String REST = "Common";

    private final Map<String, List<String>> groups;

    private OptionGroups(Map<String, List<String>> groups) {
        this.groups = groups;
    }

    /** Groups the options of a command that asks for it, itself or by a mixin. */
    static void apply(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        Stream.concat(Stream.of(spec), spec.mixins().values().stream())
                .map(CommandSpec::userObject)
                .filter(GroupedOptions.class::isInstance)
                .map(object -> ((GroupedOptions) object).optionGroups())
                .findFirst()
                .ifPresent(groups -> command.getHelpSectionMap()
                        .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, new OptionGroups(groups)));
    }

    @Override
    public String render(Help help) {
        List<OptionSpec> rest = new ArrayList<>(help.commandSpec().options());
        rest.removeIf(OptionSpec::hidden);
        List<OptionSpec> all = List.copyOf(rest);
        Map<String, List<OptionSpec>> members = new LinkedHashMap<>();
        groups.forEach((heading, names) -> {
            List<OptionSpec> found = names.stream()
                    .map(help.commandSpec()::findOption)
                    .filter(Objects::nonNull)
                    .toList();
            rest.removeAll(found);
            members.put(heading, found);
        });
        members.put(REST, rest);
        StringBuilder text = new StringBuilder();
        members.forEach((heading, options) -> {
            if (!options.isEmpty()) {
                // The columns are as wide as all of them need, so that they stand below each other.
                Help.Layout layout = help.createDefaultLayout(all, List.of(), help.colorScheme());
                layout.addOptions(options, help.parameterLabelRenderer());
                text.append(help.colorScheme().ansi().string(String.format("%n@|bold %s|@%n", heading)))
                        .append(layout);
            }
        });
        return text.toString();
    }
}
