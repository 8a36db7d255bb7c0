package io.penstock.control.cli;

import io.penstock.control.Core;
import io.penstock.control.CoreLoad;
import io.penstock.control.CountersSnapshot;
import io.penstock.control.Servers;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the machine's cores: where they sit, how busy they are, and which server holds which. */
@Command(
        name = "cores",
        description = "Show the cores: topology, load, and which server holds which.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "LOAD is measured over a fifth of a second. A spinning server shows 100 %% also when it has nothing to do:"
                    + " `penstock stat` tells how busy it really is."
        })
final class CoresCommand implements Runnable {
    private static final long MEASURE_MILLIS = 200;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        CoreLoad measurement = CoreLoad.begin();
        List<Core> cores = Core.online();
        Servers servers = Servers.find();
        try {
            TimeUnit.MILLISECONDS.sleep(MEASURE_MILLIS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        Map<Integer, Double> load = measurement.end();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.pretty(cores.stream()
                    .map(core -> asMap(core, load.get(core.id()), servers.holdingCore(core.id())))
                    .toList()));
        } else {
            table(cores, load, servers).lines().forEach(out::println);
        }
        out.flush();
    }

    private static Table table(List<Core> cores, Map<Integer, Double> load, Servers servers) {
        Table table = new Table(">CORE", ">SOCKET", ">NUMA", "SIBLINGS", "ISOLATED", "GOVERNOR", ">LOAD", "HELD BY");
        for (Core core : cores) {
            Double busy = load.get(core.id());
            table.row(
                    Integer.toString(core.id()),
                    known(core.socket()),
                    known(core.numaNode()),
                    orDash(core.siblings()),
                    core.isolated() ? "yes" : "no",
                    orDash(core.governor()),
                    busy == null ? "-" : Math.round(100 * busy) + " %",
                    holders(servers.holdingCore(core.id())));
        }
        return table;
    }

    private static String holders(List<CountersSnapshot> holders) {
        return holders.isEmpty()
                ? "-"
                : holders.stream().map(s -> s.name() + " (" + s.pid() + ")").collect(Collectors.joining(", "));
    }

    private static Map<String, Object> asMap(Core core, Double load, List<CountersSnapshot> holders) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("core", core.id());
        map.put("socket", core.socket() < 0 ? null : core.socket());
        map.put("numaNode", core.numaNode() < 0 ? null : core.numaNode());
        map.put("siblings", core.siblings());
        map.put("isolated", core.isolated());
        map.put("governor", core.governor().isEmpty() ? null : core.governor());
        map.put("load", load);
        map.put("heldBy", holders.stream().map(CoresCommand::holder).toList());
        return map;
    }

    static Map<String, Object> holder(CountersSnapshot server) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("pid", server.pid());
        map.put("name", server.name());
        return map;
    }

    private static String known(int number) {
        return number < 0 ? "-" : Integer.toString(number);
    }

    private static String orDash(String text) {
        return text.isEmpty() ? "-" : text;
    }
}
