package io.penstock.benchmarks.stack;

import io.penstock.benchmarks.echo.EchoLab;
import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.stack.StackFigures.Round;
import io.penstock.benchmarks.stack.StackFigures.Start;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.Cleanup;
import io.penstock.testkit.process.Shell;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What the stack alone costs, beside another build's. Each row of each build has a process of its own, on one core; the
 * rounds of all go in turn, so that a slow minute is slow for all.
 */
public final class StackBench {
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(120);
    private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final StackPlan plan;
    private final Cleanup cleanup;
    private final PrintWriter out;
    private final List<StackBuild> builds = new ArrayList<>();

    private record Worker(StackBuild build, StackRow row, Child process) {}

    public StackBench(StackPlan plan, Cleanup cleanup, PrintWriter out) {
        this.plan = plan;
        this.cleanup = cleanup;
        this.out = out;
        builds.add(StackBuild.current(PenstockCommand.root()));
        if (plan.against() != null) {
            builds.add(StackBuild.of(plan.against()));
        }
    }

    /** Measures everything. */
    public BenchReport run() {
        StackFigures figures = new StackFigures();
        for (StackRow row : plan.rows()) {
            out.print(String.format(Locale.ROOT, "%16s, ns:", row.label()));
            for (int i = 0; i < plan.processes(); i++) {
                measure(row, i, figures);
            }
            out.println();
        }
        BenchReport report = new BenchReport("stack");
        report.root()
                .putObject("plan")
                .put("processes", plan.processes())
                .put("rounds", plan.rounds())
                .put("roundMillis", plan.roundMillis())
                .put("warmupMillis", plan.warmupMillis())
                .put("against", plan.against() == null ? null : plan.against().toString());
        figures.report(plan, report, out);
        return report;
    }

    private void measure(StackRow row, int number, StackFigures figures) {
        List<Worker> workers = new ArrayList<>();
        for (StackBuild build : builds) {
            Worker worker = start(build, row);
            workers.add(worker);
            figures.add(row, build.name(), startOf(worker));
        }
        for (int round = 0; round < plan.rounds(); round++) {
            for (Worker worker : (number + round) % 2 == 0 ? workers : workers.reversed()) {
                worker.process.send(Long.toString(plan.roundMillis()));
                Round measured = Round.parse(worker.process.awaitLine(line -> line.startsWith("round"), ROUND_NANOS));
                figures.add(row, worker.build.name(), measured);
                out.print((builds.size() > 1 ? " " + worker.build.name() : "")
                        + String.format(Locale.ROOT, " %.0f", measured.nanos()));
                out.flush();
            }
        }
        workers.forEach(worker -> cleanup.close(worker.process));
    }

    private Worker start(StackBuild build, StackRow row) {
        String name = "the worker for " + row.label() + " (" + build.name() + ")";
        return new Worker(build, row, cleanup.add(Child.start(name, build.worker(row, plan))));
    }

    /** It warms up on all cores, so that the compiler is done sooner, and measures on one. */
    private Start startOf(Worker worker) {
        Start start = Start.parse(worker.process.awaitLine(line -> line.startsWith("ready"), START_NANOS));
        Shell.run(
                "taskset",
                "-a",
                "-p",
                "-c",
                Integer.toString(EchoLab.SERVER_CORE),
                Long.toString(worker.process.pid()));
        return start;
    }
}
