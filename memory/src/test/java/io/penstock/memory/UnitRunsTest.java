package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Runs of units against a set of bits that is searched from end to end. */
class UnitRunsTest {
    /** Takes so many units, or, below zero, gives the run back that stands there in the list of those taken. */
    @Provide
    Arbitrary<List<Integer>> steps() {
        return Arbitraries.frequencyOf(
                        Tuple.of(3, Arbitraries.integers().between(1, 20)),
                        Tuple.of(1, Arbitraries.integers().between(1, 300)),
                        Tuple.of(3, Arbitraries.integers().between(-1000, -1)))
                .list()
                .ofMaxSize(300);
    }

    private record Run(int first, int units) {}

    @Property(tries = 150)
    void theyAreWhatABitSetSays(@ForAll @IntRange(min = 1, max = 500) int units, @ForAll("steps") List<Integer> steps) {
        UnitRuns runs = new UnitRuns(units);
        BitSet used = new BitSet(units);
        List<Run> taken = new ArrayList<>();
        for (int step : steps) {
            if (step > 0) {
                take(runs, used, taken, units, step);
            } else if (!taken.isEmpty()) {
                Run run = taken.remove(-step % taken.size());
                runs.give(run.first, run.units);
                used.clear(run.first, run.first + run.units);
            }
            assertThat(runs.freeUnits()).isEqualTo(units - used.cardinality());
            assertThat(runs.longestFreeRun()).isEqualTo(longestClear(used, units));
        }
        taken.forEach(run -> runs.give(run.first, run.units));
        assertThat(runs.longestFreeRun()).as("all grew together again").isEqualTo(units);
        assertThat(runs.take(units)).isZero();
    }

    private static void take(UnitRuns runs, BitSet used, List<Run> taken, int units, int wanted) {
        int longest = longestClear(used, units);
        int first = runs.take(wanted);
        if (first < 0) {
            // Fewer free runs than are looked at: the answer is exact.
            assertThat(longest).as("a run of %d is refused", wanted).isLessThan(wanted);
            return;
        }
        assertThat(first + wanted).isLessThanOrEqualTo(units);
        assertThat(used.get(first, first + wanted).cardinality())
                .as("units of %d at %d that are in use", wanted, first)
                .isZero();
        used.set(first, first + wanted);
        taken.add(new Run(first, wanted));
    }

    private static int longestClear(BitSet used, int units) {
        int longest = 0;
        int at = used.nextClearBit(0);
        while (at < units) {
            int next = used.nextSetBit(at);
            int end = next < 0 ? units : Math.min(next, units);
            longest = Math.max(longest, end - at);
            at = used.nextClearBit(end);
        }
        return longest;
    }

    @Property(tries = 30)
    void runsOfOneUnitFillEverything(@ForAll @IntRange(min = 1, max = 500) int units) {
        UnitRuns runs = new UnitRuns(units);
        BitSet used = new BitSet(units);
        for (int i = 0; i < units; i++) {
            int first = runs.take(1);
            used.set(first);
        }
        assertThat(used.cardinality()).as("each was given out once").isEqualTo(units);
        assertThat(runs.take(1)).isNegative();
        for (int i = 0; i < units; i += 2) {
            runs.give(i, 1);
        }
        assertThat(runs.longestFreeRun()).isEqualTo(1);
        assertThat(runs.take(2)).isNegative();
        for (int i = 1; i < units; i += 2) {
            runs.give(i, 1);
        }
        assertThat(runs.longestFreeRun()).isEqualTo(units);
    }

    @Property(tries = 50)
    void aRequestIsRefusedOnlyIfTheRunsThatAreLookedAtAreTooShort(
            @ForAll @Size(max = 200) List<@IntRange(min = 16, max = 19) Integer> lengths) {
        int units = lengths.stream().mapToInt(i -> i + 1).sum() + 1;
        UnitRuns runs = new UnitRuns(units);
        List<Run> taken = new ArrayList<>();
        for (int length : lengths) { // lengths 16 to 19 stand in one list
            taken.add(new Run(runs.take(length), length));
            assertThat(runs.take(1)).isNotNegative();
        }
        assertThat(runs.take(1)).isNotNegative();
        taken.forEach(run -> runs.give(run.first, run.units));
        long longEnough = lengths.stream().filter(i -> i >= 19).count();
        long inList = lengths.size();
        int found = 0;
        while (runs.take(19) >= 0) {
            found++;
        }
        assertThat(found).isLessThanOrEqualTo((int) longEnough);
        if (inList <= 64) {
            assertThat(found).isEqualTo((int) longEnough);
        }
    }
}
