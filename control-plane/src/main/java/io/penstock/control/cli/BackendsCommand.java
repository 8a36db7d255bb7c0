package io.penstock.control.cli;

import io.penstock.datapath.device.DeviceProvider;
import io.penstock.datapath.device.Devices;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists the back ends: what can stand before the colon in {@code --device}. */
@Command(
        name = "backends",
        description = "List the back ends that --device takes, and what each needs.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "A device is named BACKEND:NAME, with options behind commas: afxdp:eth1,queues=0-3. A column that is empty means"
                    + " none."
        })
final class BackendsCommand implements Runnable {
    private static final int NARROWEST = 80;
    private static final int SCHEME_WIDTH = 7;
    private static final int NEEDS_WIDTH = 17;
    private static final int OPTIONS_WIDTH = 17;
    private static final int GAPS = 6;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        List<DeviceProvider> providers = Devices.providers();
        if (json) {
            out.println(
                    Json.pretty(providers.stream().map(BackendsCommand::asMap).toList()));
        } else {
            table(providers, spec.commandLine().getUsageHelpWidth()).lines().forEach(out::println);
        }
        out.flush();
    }

    private static Table table(List<DeviceProvider> providers, int terminalColumns) {
        int description = Math.max(NARROWEST, terminalColumns) - SCHEME_WIDTH - NEEDS_WIDTH - OPTIONS_WIDTH - GAPS;
        Table table = new Table("BACKEND", "DEVICE", "NEEDS", "OPTIONS");
        for (DeviceProvider provider : providers) {
            List<String> device = wrap(provider.description(), description);
            List<String> needs = wrap(provider.needs(), NEEDS_WIDTH);
            List<String> options = wrap(String.join(", ", provider.options()), OPTIONS_WIDTH);
            int lines = Math.max(device.size(), Math.max(needs.size(), options.size()));
            for (int i = 0; i < lines; i++) {
                table.row(i == 0 ? provider.scheme() + ":" : "", at(device, i), at(needs, i), at(options, i));
            }
        }
        return table;
    }

    /** In lines that are no longer than {@code width} unless a word is. */
    private static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    private static String at(List<String> lines, int index) {
        return index < lines.size() ? lines.get(index) : "";
    }

    private static Map<String, Object> asMap(DeviceProvider provider) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("scheme", provider.scheme());
        map.put("description", provider.description());
        map.put("needs", provider.needs());
        map.put("options", provider.options());
        return map;
    }
}
