package io.penstock.benchmarks.memory;

import io.penstock.benchmarks.micro.JmhFork;
import io.penstock.benchmarks.report.Median;
import java.util.ArrayList;
import java.util.List;

/** All samples of a bench. */
final class MicroSamples {
    private final List<MicroSample> all = new ArrayList<>();

    void add(MicroSample sample) {
        all.add(sample);
    }

    List<MicroSample> all() {
        return all;
    }

    private List<MicroSample> of(MicroCase microCase) {
        return all.stream().filter(s -> s.microCase() == microCase).toList();
    }

    /** The median of the rounds. */
    double medianNanos(MicroCase microCase) {
        return Median.of(of(microCase), MicroSample::nanos);
    }

    /** The median of the rounds, without what the harness itself allocates. */
    double medianGarbageBytes(MicroCase microCase) {
        return JmhFork.withoutNoise(Median.of(of(microCase), MicroSample::garbageBytes));
    }

    /**
     * The median of the rounds' ratios of one case's time to another's: both were measured within seconds of each other
     * in each round, so that what disturbs the machine for minutes falls out.
     */
    double ratio(MicroCase microCase, MicroCase to) {
        List<MicroSample> others = of(to);
        return Median.of(of(microCase).stream()
                .flatMapToDouble(mine -> others.stream()
                        .filter(other -> other.round() == mine.round())
                        .mapToDouble(other -> mine.nanos() / other.nanos()))
                .toArray());
    }
}
