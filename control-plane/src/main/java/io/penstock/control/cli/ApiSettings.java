package io.penstock.control.cli;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;

/**
 * Translates the library's messages for users of the command line: where one names
 * {@code StackConfig.frameBytes(4096)}, the user reads {@code --frame-bytes 4096}.
 */
final class ApiSettings {
    private static final Pattern SETTING = Pattern.compile("StackConfig\\.(\\w+)(?:\\(([^()]*)\\))?");
    /** In brackets it is a hint, which a command without that option does without. */
    private static final Pattern HINT = Pattern.compile(" \\((" + SETTING.pattern() + ")\\)");

    /** Options that are called otherwise. */
    private static final Map<String, String> OPTIONS =
            Map.of("steeringPorts", "--ports-only", "heapBytes", "--heap-mib");

    private ApiSettings() {}

    static String asOptions(String message, CommandLine command) {
        if (message == null) {
            return "";
        }
        String hinted = HINT.matcher(message).replaceAll(hint -> {
            String option = option(SETTING.matcher(hint.group(1)), command);
            return Matcher.quoteReplacement(option.isEmpty() ? "" : " (" + option + ")");
        });
        return SETTING.matcher(hinted).replaceAll(setting -> {
            String option = option(SETTING.matcher(setting.group()), command);
            return Matcher.quoteReplacement(option.isEmpty() ? setting.group() : option);
        });
    }

    private static String option(Matcher setting, CommandLine command) {
        if (!setting.matches()) {
            return "";
        }
        String name = setting.group(1);
        String option = OPTIONS.getOrDefault(
                name, "--" + name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT));
        if (!command.getCommandSpec().optionsMap().containsKey(option)) {
            return "";
        }
        return setting.group(2) == null ? option : option + " " + setting.group(2);
    }
}
