package io.penstock.benchmarks.echo;

import io.penstock.benchmarks.report.Median;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** All measurements of a bench. */
public final class Measurements {
    private final List<Measurement> all = new ArrayList<>();

    /** Adds one. */
    public void add(Measurement measurement) {
        all.add(measurement);
    }

    /** All, in the order of their making. */
    public List<Measurement> all() {
        return all;
    }

    /** What was measured, in the order of the first time. */
    Set<Scenario> scenarios() {
        Set<Scenario> scenarios = new LinkedHashSet<>();
        all.forEach(m -> scenarios.add(m.scenario()));
        return scenarios;
    }

    /** Who was measured. */
    public Set<ServerKind> servers() {
        Set<ServerKind> servers = EnumSet.noneOf(ServerKind.class);
        all.forEach(m -> servers.add(m.server()));
        return servers;
    }

    /** One server's under one load, by rounds. */
    public List<Measurement> of(ServerKind server, Scenario scenario) {
        return all.stream()
                .filter(m -> m.server() == server && m.scenario().equals(scenario))
                .toList();
    }

    /** The median of the rounds. */
    public double median(ServerKind server, Scenario scenario, Metric metric) {
        return Median.of(of(server, scenario), metric::of);
    }

    /**
     * The median of the rounds' ratios of Penstock's figure to another server's: both were measured within seconds of
     * each other in each round, so that what disturbs the machine for minutes falls out.
     */
    public double ratioTo(ServerKind other, Scenario scenario, Metric metric) {
        return Median.of(ratiosTo(other, scenario, metric));
    }

    /** Penstock's figure to another server's, round by round. */
    public double[] ratiosTo(ServerKind other, Scenario scenario, Metric metric) {
        List<Measurement> theirs = of(other, scenario);
        return of(ServerKind.PENSTOCK, scenario).stream()
                .flatMapToDouble(mine -> theirs.stream()
                        .filter(its -> its.round() == mine.round())
                        .mapToDouble(its -> metric.of(mine) / metric.of(its)))
                .toArray();
    }

    /** How many answers were not the request's bytes. */
    public long wrongAnswers() {
        return all.stream().mapToLong(m -> m.result().faults().wrong()).sum();
    }
}
