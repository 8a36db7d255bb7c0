package io.penstock.benchmarks.bulk;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.device.sim.Conditions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class SimBulkTest {

    @ParameterizedTest
    @CsvSource({"1, 0", "1, 5", "50, 5", "1000, 5"})
    void bringsEveryByteBackAndEveryBufferHome(int connections, double lossPercent) {
        long seed = 20260101;
        Conditions conditions = new Conditions()
                .lossPercent(lossPercent)
                .reorderPercent(lossPercent)
                .duplicatePercent(lossPercent / 5)
                .delayNanos(50_000);
        SimBulk.Outcome outcome = SimBulk.run(conditions, connections, 4 << 20, seed);
        String what = "seed " + seed + ", " + outcome;
        assertThat(outcome.bytes().differing()).as(what).isZero();
        assertThat(outcome.bytes().missingBytes()).as(what).isZero();
        assertThat(outcome.framesInUse()).as(what).isZero();
        assertThat(outcome.lost() > 0).as(what).isEqualTo(lossPercent > 0);
    }
}
