package io.penstock.examples.cli;

import io.penstock.control.cli.CommandProvider;
import io.penstock.control.cli.Json;
import io.penstock.control.cli.Table;
import io.penstock.libos.tcp.config.Setting;
import io.penstock.libos.tcp.config.SettingValues;
import io.penstock.libos.tcp.config.StackSettings;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints what a server would run with, and where each value comes from. */
@Command(
        name = "config",
        description = {
            "List all settings: what is in force, and where it comes from.",
            "Give it the file and the options of a server, and it prints what that server would run with."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "A setting can be given in a file, on --set, or by an option of its own; each wins over those before it."
        })
final class ConfigCommand implements Runnable {
    @Mixin
    private ServerOptions server;

    @Option(names = "--explain", description = "Say of each setting what it means, and which values it can have.")
    private boolean explain;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Option(names = "--markdown", hidden = true, description = "Print the table of docs/configuration.md.")
    private boolean markdown;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        SettingValues values = server.values();
        List<Setting<?>> all = ServerSettings.TABLE.all();
        if (markdown) {
            markdown().forEach(out::println);
        } else if (json) {
            out.println(
                    Json.pretty(all.stream().map(each -> asMap(each, values)).toList()));
        } else if (explain) {
            all.forEach(each -> explain(each, values, out));
        } else {
            Table table = new Table("SETTING", "VALUE", "FROM");
            all.forEach(each -> table.row(each.name(), text(each, values), values.origin(each)));
            table.lines().forEach(out::println);
        }
        out.flush();
    }

    /** What is in force: also of those whose default follows from others. */
    private static String text(Setting<?> setting, SettingValues values) {
        if (setting == StackSettings.MAX_QUEUES_AT_ONCE) {
            return Integer.toString(StackSettings.maxQueues(values));
        }
        if (setting == StackSettings.MAX_OPERATIONS_AT_ONCE) {
            return Integer.toString(StackSettings.maxOperations(values));
        }
        return values.text(setting);
    }

    private static Map<String, Object> asMap(Setting<?> setting, SettingValues values) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", setting.name());
        map.put("value", text(setting, values));
        map.put("from", values.origin(setting));
        map.put("kind", setting.kind());
        map.put("default", setting.otherwiseText());
        map.put("range", setting.range());
        map.put("help", setting.help());
        return map;
    }

    private static void explain(Setting<?> setting, SettingValues values, PrintWriter out) {
        out.println(setting.name() + " = " + text(setting, values) + "  (" + values.origin(setting) + ")");
        out.println("    " + setting.help());
        out.println("    " + setting.kind() + ": " + setting.range() + "; default: " + setting.otherwiseText());
    }

    /** The table of docs/configuration.md, line by line. */
    static List<String> markdown() {
        List<String> lines = new ArrayList<>();
        lines.add("| setting | kind | values | default | what it means |");
        lines.add("|---|---|---|---|---|");
        for (Setting<?> each : ServerSettings.TABLE.all()) {
            lines.add("| `" + each.name() + "` | " + each.kind() + " | " + each.range() + " | " + each.otherwiseText()
                    + " | " + each.help() + " |");
        }
        return lines;
    }

    /** Brings the command to the root. */
    public static final class Provider implements CommandProvider {
        /** For the service loader. */
        public Provider() {}

        @Override
        public Object command() {
            return new ConfigCommand();
        }

        @Override
        public String group() {
            return "Look";
        }
    }
}
