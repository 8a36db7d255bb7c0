package io.penstock.benchmarks.stack;

import io.penstock.benchmarks.echo.EchoLab;
import io.penstock.benchmarks.stack.StackFigures.Round;
import io.penstock.benchmarks.stack.StackFigures.Start;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.HarnessException;
import io.penstock.testkit.process.Shell;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The process that measures one row of one build. Whatever it writes to its standard error is passed on. */
final class WorkerProcess implements AutoCloseable {
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(120);
    private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long EXIT_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final StackBuild build;
    private final String name;
    private final PrintWriter err;
    private final Child process;
    private String saidAlready = "";

    WorkerProcess(StackBuild build, StackRow row, StackPlan plan, PrintWriter err) {
        this.build = build;
        this.name = "the worker for " + row.label() + " (" + build.name() + ")";
        this.err = err;
        this.process = Child.start(name, build.worker(row, plan));
    }

    StackBuild build() {
        return build;
    }

    /** It warms up on all cores, so that the compiler is done sooner, and measures on one. */
    Start start() {
        Start start = Start.parse(answer("ready", START_NANOS));
        Shell.run("taskset", "-a", "-p", "-c", Integer.toString(EchoLab.SERVER_CORE), Long.toString(process.pid()));
        return start;
    }

    /** One round. */
    Round measure(long millis) {
        process.send(Long.toString(millis));
        return Round.parse(answer("round", ROUND_NANOS));
    }

    private String answer(String firstWord, long timeoutNanos) {
        try {
            return process.awaitLine(line -> line.startsWith(firstWord + " "), timeoutNanos);
        } catch (HarnessException e) {
            if (process.isAlive()) {
                throw e;
            }
            int code = process.awaitExit(EXIT_NANOS); // all that it wrote is there then
            saidAlready = reason(process.errorLines());
            throw new HarnessException(name + " ended with exit code " + code + ": " + saidAlready, e);
        }
    }

    /** What a process that failed says of it: its last line, or in front of stack traces the last of those that say why. */
    static String reason(List<String> errorLines) {
        return errorLines.stream()
                .filter(line -> !line.isBlank() && !Character.isWhitespace(line.charAt(0)))
                .reduce((_, later) -> later)
                .orElse("it did not say why");
    }

    @Override
    public void close() {
        process.close();
        process.errorLines().stream()
                .filter(line -> !line.equals(saidAlready))
                .forEach(line -> err.println(name + ": " + line));
        err.flush();
    }
}
