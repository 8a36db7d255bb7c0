package io.penstock.benchmarks.dpdk;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.penstock.benchmarks.memory.JmhRunner;
import io.penstock.benchmarks.micro.PortBenchmark;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.benchmarks.report.Median;
import io.penstock.testkit.process.HarnessException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** What one call of the receive burst and one of the transmit burst cost, by JMH in a virtual machine of its own. */
final class BurstCost implements DpdkMeasurement {
    private static final double BAR_NANOS = 25;
    private static final long ITERATION_MILLIS = 400;
    private static final int WARMUPS = 4;
    private static final int ITERATIONS = 3;

    private final List<Double> onePacket = new ArrayList<>();
    private final List<Double> empty = new ArrayList<>();

    @Override
    public String name() {
        return "burst calls";
    }

    @Override
    public String measure(int round) {
        double one = run("onePacketInAndOut");
        double none = run("nothingReceived");
        onePacket.add(one);
        empty.add(none);
        return String.format(Locale.ROOT, "rx and tx burst of one packet %.1f ns, rx burst of none %.1f ns", one, none);
    }

    private static double run(String method) {
        Path log = null;
        try {
            log = Files.createTempFile("penstock-jmh", ".log");
            RunResult result = new Runner(new OptionsBuilder()
                            .include("^" + PortBenchmark.class.getName().replace(".", "\\.") + "\\." + method + "$")
                            .mode(Mode.AverageTime)
                            .timeUnit(TimeUnit.NANOSECONDS)
                            .forks(1)
                            .warmupIterations(WARMUPS)
                            .warmupTime(TimeValue.milliseconds(ITERATION_MILLIS))
                            .measurementIterations(ITERATIONS)
                            .measurementTime(TimeValue.milliseconds(ITERATION_MILLIS))
                            .jvmArgs(JmhRunner.flagsOfForks().toArray(String[]::new))
                            .shouldFailOnError(true)
                            .output(log.toString())
                            .build())
                    .runSingle();
            return result.getPrimaryResult().getScore();
        } catch (RunnerException e) {
            throw new HarnessException("JMH could not measure burst calls: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new HarnessException("cannot keep JMH's log: " + e.getMessage(), e);
        } finally {
            delete(log);
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

    private static double median(List<Double> nanos) {
        return Median.of(nanos, Double::doubleValue);
    }

    @Override
    public void report(BenchReport report, PrintWriter out) {
        out.println();
        out.println(String.format(
                Locale.ROOT,
                "burst calls on net_null (medians of the rounds): rx and tx burst of one packet %.1f ns, its mbuf taken and"
                        + " given back included; rx burst that finds nothing %.1f ns",
                median(onePacket),
                median(empty)));
        report.add(Claim.atMost(
                BAR_NANOS, "ns", "one call of rx burst and one of tx burst, one packet, net_null", median(onePacket)));
        ArrayNode samples = report.root().putArray("burstCalls");
        for (int i = 0; i < onePacket.size(); i++) {
            samples.addObject()
                    .put("round", i + 1)
                    .put("rxAndTxOfOnePacketNanos", onePacket.get(i))
                    .put("rxOfNothingNanos", empty.get(i));
        }
    }
}
