package io.penstock.benchmarks.memory;

import io.penstock.benchmarks.micro.JmhFork;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** Runs one case, and reads of JMH's results those of the thread that counts. */
final class JmhRunner {
    private final JmhFork fork;

    JmhRunner(MemoryPlan plan) {
        this.fork = new JmhFork(plan.warmups(), plan.iterations(), plan.iterationMillis());
    }

    MicroSample run(int round, MicroCase microCase) {
        RunResult result = fork.run(microCase.benchmark());
        List<Double> nanos = new ArrayList<>();
        result.getBenchmarkResults()
                .forEach(run -> run.getIterationResults().forEach(i -> nanos.add(score(i, microCase))));
        double garbage = JmhFork.garbageBytes(result);
        // The profiler divides by the operations of both threads, of which each has as many as there are buffers.
        return new MicroSample(round, microCase, nanos, microCase.hasTwoThreads() ? 2 * garbage : garbage);
    }

    private static double score(IterationResult iteration, MicroCase microCase) {
        Result<?> result = microCase.hasTwoThreads()
                ? iteration.getSecondaryResults().get(microCase.measuredThread())
                : iteration.getPrimaryResult();
        return result.getScore();
    }
}
