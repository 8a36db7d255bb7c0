package io.penstock.benchmarks.stack;

import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.stack.StackFigures.Round;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the stack alone costs, beside another build's. Each row of each build has a process of its own, on one core; the
 * rounds of all go in turn, so that a slow minute is slow for all.
 */
public final class StackBench {
    private final StackPlan plan;
    private final Cleanup cleanup;
    private final PrintWriter out;
    private final PrintWriter err;
    private final List<StackBuild> builds = new ArrayList<>();

    public StackBench(StackPlan plan, Cleanup cleanup, PrintWriter out, PrintWriter err) {
        this.plan = plan;
        this.cleanup = cleanup;
        this.out = out;
        this.err = err;
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
                .put("passages", plan.passages())
                .put("against", plan.against() == null ? null : plan.against().toString());
        figures.report(plan, report, out);
        if (plan.passages()) {
            new PassageBench(out).run(report);
        }
        return report;
    }

    private void measure(StackRow row, int number, StackFigures figures) {
        List<WorkerProcess> workers = new ArrayList<>();
        for (StackBuild build : builds) {
            WorkerProcess worker = cleanup.add(new WorkerProcess(build, row, plan, err));
            workers.add(worker);
            figures.add(row, build.name(), worker.start());
        }
        for (WorkerProcess worker : workers) {
            worker.measure(plan.roundMillis()); // on its core for the first time: no round counts that comes first
        }
        for (int round = 0; round < plan.rounds(); round++) {
            for (WorkerProcess worker : (number + round) % 2 == 0 ? workers : workers.reversed()) {
                Round measured = worker.measure(plan.roundMillis());
                figures.add(row, worker.build().name(), measured);
                out.print((builds.size() > 1 ? " " + worker.build().name() : "")
                        + String.format(Locale.ROOT, " %.0f", measured.nanos()));
                out.flush();
            }
        }
        workers.forEach(cleanup::close);
    }
}
