package io.penstock.benchmarks.micro;

import io.penstock.testkit.process.HarnessException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs one benchmark in a fresh virtual machine under the flags of this one.
 *
 * @param warmups iterations that do not count
 * @param iterations those that do
 * @param iterationMillis how long each lasts
 */
public record JmhFork(int warmups, int iterations, long iterationMillis) {
    /**
     * JMH divides all that the process allocated by the operations, its own few kilobytes an iteration included. One
     * object every thousand operations would be 0.016 bytes an operation at least; what is below is the harness.
     */
    private static final double NOISE_BYTES = 0.01;

    private static final String GARBAGE = "gc.alloc.rate.norm";
    private static final int KEPT_LINES = 3;

    /** A method of a class of benchmarks, as JMH calls it. */
    public static String nameOf(Class<?> benchmarks, String method) {
        return benchmarks.getName() + "." + method;
    }

    /** Nanoseconds an operation, and garbage. */
    public RunResult run(String benchmark) {
        return run(benchmark, Map.of());
    }

    /** Nanoseconds an operation, and garbage, with these values of the benchmark's parameters. */
    public RunResult run(String benchmark, Map<String, String> parameters) {
        Path log = null;
        try {
            log = Files.createTempFile("penstock-jmh", ".log");
            ChainedOptionsBuilder options = new OptionsBuilder()
                    .include("^" + benchmark.replace(".", "\\.") + "$")
                    .mode(Mode.AverageTime)
                    .timeUnit(TimeUnit.NANOSECONDS)
                    .forks(1)
                    .warmupForks(0)
                    .warmupIterations(warmups)
                    .warmupTime(TimeValue.milliseconds(iterationMillis))
                    .measurementIterations(iterations)
                    .measurementTime(TimeValue.milliseconds(iterationMillis))
                    .jvmArgs(flagsOfForks().toArray(String[]::new))
                    .addProfiler(GCProfiler.class)
                    .shouldFailOnError(true)
                    .output(log.toString());
            parameters.forEach(options::param);
            return new Runner(options.build()).runSingle();
        } catch (RunnerException e) {
            throw new HarnessException("JMH could not measure " + benchmark + ": " + e.getMessage() + tail(log), e);
        } catch (IOException e) {
            throw new HarnessException("cannot keep JMH's log: " + e.getMessage(), e);
        } finally {
            delete(log);
        }
    }

    /** Bytes of the Java heap that an operation took, by JMH's gc profiler, its own bookkeeping included. */
    public static double garbageBytes(RunResult result) {
        return result.getSecondaryResults().get(GARBAGE).getScore();
    }

    /** JMH's figure, with what can only be its own bookkeeping taken for nothing. */
    public static double withoutNoise(double garbageBytes) {
        return Math.abs(garbageBytes) < NOISE_BYTES ? 0 : garbageBytes;
    }

    private static List<String> flagsOfForks() {
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

    private static String tail(Path log) {
        try {
            List<String> lines = Files.readAllLines(log).stream()
                    .filter(line -> line.contains("Exception") || line.contains("Error"))
                    .toList();
            return lines.isEmpty()
                    ? ""
                    : ": " + String.join("; ", lines.subList(0, Math.min(KEPT_LINES, lines.size())));
        } catch (IOException _) {
            return "";
        }
    }

    private static void delete(Path log) {
        try {
            if (log != null) {
                Files.deleteIfExists(log);
            }
        } catch (IOException _) {
            // A log too many in the system's folder for such files, which is emptied anyway.
        }
    }
}
