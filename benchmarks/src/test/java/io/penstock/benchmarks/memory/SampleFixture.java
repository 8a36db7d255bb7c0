package io.penstock.benchmarks.memory;

import java.util.List;

/** Samples made up for tests. */
final class SampleFixture {
    private SampleFixture() {}

    static MicroSample sample(int round, MicroCase microCase, double nanos) {
        return new MicroSample(round, microCase, List.of(nanos), 0);
    }

    /** One round in which everything took {@code nanos}. */
    static MicroSamples all(double nanos) {
        MicroSamples samples = new MicroSamples();
        for (MicroCase microCase : MicroCase.values()) {
            samples.add(sample(1, microCase, nanos));
        }
        return samples;
    }
}
