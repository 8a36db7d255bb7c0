package io.penstock.benchmarks.memory;

import io.penstock.benchmarks.micro.FastThreads;
import io.penstock.testkit.process.HarnessException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs one benchmark in a fresh virtual machine under the flags of this one. */
public final class JmhRunner {
    private static final String GARBAGE = "gc.alloc.rate.norm";
    private static final int KEPT_LINES = 3;

    private final MemoryPlan plan;

    JmhRunner(MemoryPlan plan) {
        this.plan = plan;
    }

    MicroSample run(int round, MicroCase microCase) {
        Path log = null;
        try {
            log = Files.createTempFile("penstock-jmh", ".log");
            RunResult result = new Runner(options(microCase, log)).runSingle();
            return sample(round, microCase, result);
        } catch (RunnerException e) {
            throw new HarnessException(
                    "JMH could not measure " + microCase.benchmark() + ": " + e.getMessage() + tail(log), e);
        } catch (IOException e) {
            throw new HarnessException("cannot keep JMH's log: " + e.getMessage(), e);
        } finally {
            delete(log);
        }
    }

    private Options options(MicroCase microCase, Path log) {
        return new OptionsBuilder()
                .include("^" + microCase.benchmark().replace(".", "\\.") + "$")
                .mode(Mode.AverageTime)
                .timeUnit(java.util.concurrent.TimeUnit.NANOSECONDS)
                .forks(1)
                .warmupForks(0)
                .warmupIterations(plan.warmups())
                .warmupTime(TimeValue.milliseconds(plan.iterationMillis()))
                .measurementIterations(plan.iterations())
                .measurementTime(TimeValue.milliseconds(plan.iterationMillis()))
                .jvmArgs(flagsOfForks().toArray(String[]::new))
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .output(log.toString())
                .build();
    }

    /** The flags of a virtual machine that JMH starts, from those of this one. */
    public static List<String> flagsOfForks() {
        // The lock is a file in /tmp that belongs to whoever was first on this machine, and would keep out all others.
        System.setProperty("jmh.ignoreLock", "true");
        return flags(ManagementFactory.getRuntimeMXBean().getInputArguments());
    }

    /** The flags of a fork: those given, but not the ahead-of-time cache, which was made for another main class. */
    static List<String> flags(List<String> own) {
        List<String> flags = new ArrayList<>();
        for (String flag : own) {
            boolean cache = flag.startsWith("-XX:AOT") || flag.startsWith("-Xlog:aot") || flag.startsWith("-Xlog:cds");
            if (!cache) {
                flags.add(flag);
            }
        }
        String logging = System.getProperty("logback.configurationFile");
        if (logging != null) {
            flags.add("-Dlogback.configurationFile=" + logging);
        }
        flags.add("-Djmh.executor=CUSTOM");
        flags.add("-Djmh.executor.class=" + FastThreads.class.getName());
        // Netty at its best; its checks of bounds and of use after release stay on, as Penstock's do.
        flags.add("-Dio.netty.noUnsafe=false");
        flags.add("-Dio.netty.leakDetection.level=disabled");
        return flags;
    }

    private static MicroSample sample(int round, MicroCase microCase, RunResult result) {
        List<Double> nanos = new ArrayList<>();
        result.getBenchmarkResults()
                .forEach(fork -> fork.getIterationResults().forEach(i -> nanos.add(score(i, microCase))));
        double garbage = result.getSecondaryResults().get(GARBAGE).getScore();
        // The profiler divides by the operations of both threads, of which each has as many as there are buffers.
        return new MicroSample(round, microCase, nanos, microCase.hasTwoThreads() ? 2 * garbage : garbage);
    }

    private static double score(IterationResult iteration, MicroCase microCase) {
        Result<?> result = microCase.hasTwoThreads()
                ? iteration.getSecondaryResults().get(microCase.measuredThread())
                : iteration.getPrimaryResult();
        return result.getScore();
    }

    private static String tail(Path log) {
        try {
            List<String> lines = Files.readAllLines(log).stream()
                    .filter(line -> line.contains("Exception") || line.contains("Error"))
                    .toList();
            return lines.isEmpty()
                    ? ""
                    : ": " + String.join("; ", lines.subList(0, Math.min(KEPT_LINES, lines.size())));
        } catch (IOException e) {
            return "";
        }
    }

    private static void delete(Path log) {
        try {
            if (log != null) {
                Files.deleteIfExists(log);
            }
        } catch (IOException e) {
            // A log too many in the system's folder for such files, which is emptied anyway.
        }
    }
}
