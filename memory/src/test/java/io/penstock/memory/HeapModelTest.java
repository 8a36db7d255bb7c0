package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.stateful.Action;
import net.jqwik.api.stateful.ActionSequence;

/** Whatever is done with a heap, in whatever order: it is what the book says. */
class HeapModelTest {
    private static final int REGION_BYTES = 2 << 20;
    private static final long LIMIT_BYTES = 300_000;

    private static Region region;
    private static ExecutorService elsewhere;

    @BeforeContainer
    static void open() {
        region = Region.mapSmall(REGION_BYTES);
        elsewhere = Executors.newSingleThreadExecutor();
    }

    @AfterContainer
    static void close() {
        elsewhere.close();
        region.close();
    }

    private enum Kind {
        ALLOCATE,
        ALLOCATE_LARGE,
        ALLOCATE_FRAME,
        RELEASE,
        RELEASE_ELSEWHERE,
        RETAIN,
        RETAIN_ELSEWHERE,
        SLICE,
        SLICE_ELSEWHERE,
        DUPLICATE,
        HOLD,
        UNHOLD,
        RECLAIM,
        TRIM_CORE,
        TRIM_HEAP
    }

    private record Step(Kind kind, int which, int size) implements Action<HeapModel> {
        @Override
        public HeapModel run(HeapModel model) {
            int core = which & 1;
            switch (kind) {
                case ALLOCATE -> model.allocate(core, size, which & 0xff);
                case ALLOCATE_LARGE -> model.allocate(core, size << 7, 0);
                case ALLOCATE_FRAME -> model.allocateFrame();
                case RELEASE -> model.release(which, false);
                case RELEASE_ELSEWHERE -> model.release(which, true);
                case RETAIN -> model.retain(which, false);
                case RETAIN_ELSEWHERE -> model.retain(which, true);
                case SLICE -> model.slice(which, size, false);
                case SLICE_ELSEWHERE -> model.slice(which, size, true);
                case DUPLICATE -> model.duplicate(which);
                case HOLD -> model.hold(which);
                case UNHOLD -> model.unhold(which);
                case RECLAIM -> model.reclaim(size % 3 == 2 ? model.frames : model.cores[size % 3]);
                case TRIM_CORE -> model.cores[core].trim();
                case TRIM_HEAP -> model.heap.trim();
            }
            model.check();
            return model;
        }
    }

    @Provide
    Arbitrary<ActionSequence<HeapModel>> sequences() {
        Arbitrary<Kind> kinds = Arbitraries.frequency(
                Tuple.of(8, Kind.ALLOCATE),
                Tuple.of(3, Kind.ALLOCATE_LARGE),
                Tuple.of(2, Kind.ALLOCATE_FRAME),
                Tuple.of(6, Kind.RELEASE),
                Tuple.of(3, Kind.RELEASE_ELSEWHERE),
                Tuple.of(1, Kind.RETAIN),
                Tuple.of(1, Kind.RETAIN_ELSEWHERE),
                Tuple.of(2, Kind.SLICE),
                Tuple.of(1, Kind.SLICE_ELSEWHERE),
                Tuple.of(1, Kind.DUPLICATE),
                Tuple.of(2, Kind.HOLD),
                Tuple.of(3, Kind.UNHOLD),
                Tuple.of(3, Kind.RECLAIM),
                Tuple.of(1, Kind.TRIM_CORE),
                Tuple.of(1, Kind.TRIM_HEAP));
        Arbitrary<Step> steps = Combinators.combine(
                        kinds,
                        Arbitraries.integers().between(0, 10_000),
                        Arbitraries.integers().between(0, 4000))
                .as(Step::new);
        return Arbitraries.sequences(steps).ofSize(150);
    }

    @Property(tries = 120)
    void everythingComesHome(@ForAll("sequences") ActionSequence<HeapModel> actions) {
        HeapModel model = new HeapModel(region, elsewhere, REGION_BYTES, LIMIT_BYTES);
        actions.run(model);
        model.checkContents();
        model.releaseAll();
        model.check();
        model.cores[0].trim();
        model.cores[1].trim();
        model.heap.trim();
        assertThat(model.heap.statistics().depotBytes()).isZero();
        assertThat(model.heap.statistics().externalFragmentation()).isBetween(0.0, 0.5);
        assertThat(model.close()).isZero();
        assertThat(model.heap.statistics().freeBytes()).isEqualTo(REGION_BYTES);
    }

    @Property(tries = 30)
    void whatIsOutAtTheEndStaysOutOfUse(@ForAll("sequences") ActionSequence<HeapModel> actions) {
        HeapModel model = new HeapModel(region, elsewhere, REGION_BYTES, LIMIT_BYTES);
        actions.run(model);
        model.reclaim(model.cores[0]);
        model.reclaim(model.cores[1]);
        model.reclaim(model.frames);
        model.check();
        long leaked = model.close();
        HeapStatistics after = model.heap.statistics();
        assertThat(after.leakedBytes()).isEqualTo(leaked);
        assertThat(after.freeBytes() + after.depotBytes() + leaked).isEqualTo(after.totalBytes());
    }
}
