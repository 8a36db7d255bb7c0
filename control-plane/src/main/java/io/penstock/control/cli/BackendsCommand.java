package io.penstock.control.cli;

import io.penstock.datapath.device.DeviceProvider;
import io.penstock.datapath.device.Devices;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.TextTable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists what can stand before the colon in {@code --device}. */
@Command(
        name = "backends",
        description = "List the back ends that --device takes, and what each needs.",
        mixinStandardHelpOptions = true)
final class BackendsCommand implements Runnable {

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
            int width = spec.commandLine().getUsageHelpWidth();
            TextTable table =
                    TextTable.forColumnWidths(spec.commandLine().getColorScheme(), 12, Math.max(40, width - 12));
            for (DeviceProvider provider : providers) {
                table.addRowValues(provider.scheme() + ":", provider.description());
            }
            out.print(table.toString(new StringBuilder()).toString().stripTrailing() + System.lineSeparator());
        }
        out.flush();
    }

    private static Map<String, String> asMap(DeviceProvider provider) {
        Map<String, String> map = new LinkedHashMap<>();
        map.put("scheme", provider.scheme());
        map.put("description", provider.description());
        return map;
    }
}
