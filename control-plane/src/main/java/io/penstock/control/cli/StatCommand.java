package io.penstock.control.cli;

import io.penstock.control.CountersSnapshot;
import io.penstock.control.ServerState;
import io.penstock.control.Servers;
import io.penstock.datapath.ConfigurationException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the counters of servers, read from outside: of those that run, and of those that ended or were killed. */
@Command(
        name = "stat",
        description = "Show the counters of servers, from outside, also after a server died.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "One server is shown with its counters, several as a list. Counters that are zero are not shown unless --all"
                    + " is given.",
            "The files lie in /dev/shm/penstock-UID, or where PENSTOCK_RUN_DIR says."
        })
final class StatCommand implements Runnable {

    @Parameters(arity = "0..1", paramLabel = "PID", description = "Only this server, running or not.")
    private Long pid;

    @Option(
            names = {"-w", "--watch"},
            description = "Show it anew each interval, with rates, until Ctrl-C.")
    private boolean watch;

    @Option(
            names = {"-i", "--interval"},
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "Time between two readings of --watch (default: ${DEFAULT-VALUE}).")
    private double intervalSeconds;

    @Option(
            names = {"-n", "--count"},
            paramLabel = "N",
            description = "End --watch after N readings.")
    private Integer count;

    @Option(
            names = {"-a", "--all"},
            description = "Show servers that run no more, and counters that are zero.")
    private boolean all;

    @Option(names = "--json", description = "Print JSON; with --watch one line for each reading.")
    private boolean json;

    @Option(names = "--clean", description = "Remove the files of servers that run no more.")
    private boolean clean;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        if (!(intervalSeconds >= 0.05 && intervalSeconds <= 3600)) {
            throw new ConfigurationException("--interval " + intervalSeconds + ": expected 0.05 to 3600 seconds");
        }
        if (count != null && count < 1) {
            throw new ConfigurationException("--count " + count + ": expected at least 1");
        }
        PrintWriter out = spec.commandLine().getOut();
        if (clean) {
            int removed = Servers.find().clean();
            out.println("removed " + removed + (removed == 1 ? " file" : " files") + " of servers that run no more");
            out.flush();
            return;
        }
        show(out);
    }

    private void show(PrintWriter out) {
        boolean screen = watch && !json && Ansi.AUTO.enabled();
        Map<Long, Reading> last = Map.of();
        for (int i = 1; ; i++) {
            Servers servers = Servers.find();
            List<Reading> readings = readings(servers, last);
            if (screen) {
                out.print("\u001b[H\u001b[2J"); // cursor home, clear
            }
            if (json) {
                Map<String, Object> answer = new LinkedHashMap<>();
                answer.put("servers", readings.stream().map(StatJson::of).toList());
                answer.put("problems", servers.problems());
                out.println(watch ? Json.line(answer) : Json.pretty(answer));
            } else {
                new StatText(readings, all).lines().forEach(out::println);
                hints(servers, readings).forEach(out::println);
                servers.problems().forEach(problem -> out.println("! " + problem));
            }
            out.flush();
            if (!watch || out.checkError() || (count != null && i >= count) || !pause()) {
                return;
            }
            if (!screen && !json) {
                out.println();
            }
            last = readings.stream().collect(Collectors.toMap(r -> r.server().pid(), r -> r, (_, b) -> b));
        }
    }

    private List<Reading> readings(Servers servers, Map<Long, Reading> last) {
        long now = System.nanoTime();
        List<CountersSnapshot> wanted = servers.found().stream()
                .filter(s -> pid == null ? all || s.state() == ServerState.RUNNING : s.pid() == pid)
                .toList();
        if (pid != null && wanted.isEmpty()) {
            String known = servers.found().stream()
                    .map(s -> s.pid() + " (" + s.name() + ")")
                    .collect(Collectors.joining(", "));
            throw new ConfigurationException(
                    "no counters of PID " + pid + ": there are those of " + (known.isEmpty() ? "nobody" : known));
        }
        return wanted.stream().map(s -> new Reading(s, now, last.get(s.pid()))).toList();
    }

    private List<String> hints(Servers servers, List<Reading> readings) {
        int ended = servers.found().size() - servers.running().size();
        if (readings.isEmpty()) {
            return List.of("no server runs" + (ended == 0 ? "" : "; " + ended + " ended: see `penstock stat --all`"));
        }
        return readings.size() == 1 ? List.of() : List.of("", "`penstock stat PID` shows the counters of one.");
    }

    private boolean pause() {
        try {
            TimeUnit.NANOSECONDS.sleep((long) (intervalSeconds * 1e9));
            return true;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
