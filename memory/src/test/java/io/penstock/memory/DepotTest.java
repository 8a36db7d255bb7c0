package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** A depot and the caches of two cores: no block is lost, and none is in two places. */
class DepotTest {
    private static Buffer block(int number) {
        return new Buffer(null, null, number, 64L * number);
    }

    @Property(tries = 200)
    void blocksGoAroundAndNoneIsLost(
            @ForAll @IntRange(min = 1, max = 32) int batchBlocks,
            @ForAll @IntRange(max = 200) int blocks,
            @ForAll @Size(max = 400) List<@IntRange(max = 7) Integer> steps) {
        Depot depot = new Depot(batchBlocks);
        BlockCache[] caches = {new BlockCache(depot), new BlockCache(depot)};
        List<Buffer> out = new ArrayList<>();
        for (int i = 0; i < blocks; i++) {
            out.add(block(i));
        }
        for (int step : steps) {
            BlockCache cache = caches[step & 1];
            switch (step >> 1) {
                case 0, 1 -> {
                    if (!out.isEmpty()) {
                        Buffer given = out.remove(out.size() / 2);
                        cache.push(given);
                        assertThat(cache.top()).isSameAs(given);
                    }
                }
                case 2 -> take(cache, out);
                default -> {
                    if (cache.count() > 0) {
                        cache.flush();
                    }
                }
            }
            assertThat(cache.count()).isBetween(0, 2 * batchBlocks);
            assertThat(out.size() + caches[0].count() + caches[1].count() + depot.blocks())
                    .isEqualTo(blocks);
        }
        for (BlockCache cache : caches) {
            while (cache.count() > 0) {
                cache.flush();
            }
        }
        while (take(caches[0], out)) {
            assertThat(out.size()).isLessThanOrEqualTo(blocks);
        }
        assertThat(out).hasSize(blocks).doesNotHaveDuplicates();
        assertThat(depot.blocks()).isZero();
    }

    private static boolean take(BlockCache cache, List<Buffer> out) {
        if (cache.top() == null && !cache.refill(null)) {
            return false;
        }
        out.add(cache.top());
        cache.dropTop();
        return true;
    }

    @Example
    void threadsThatTakeAndPutBatchesAtTheSameTimeLoseNone() throws Exception {
        int batches = 16;
        Depot depot = new Depot(2);
        for (int i = 0; i < batches; i++) {
            Batch batch = depot.takeEmpty();
            batch.blocks[0] = block(2 * i);
            batch.blocks[1] = block(2 * i + 1);
            batch.count = 2;
            depot.putFull(batch);
        }
        List<FutureTask<Integer>> workers = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
            FutureTask<Integer> worker = new FutureTask<>(() -> shuffle(depot));
            workers.add(worker);
            new Thread(worker, "shuffle-" + t).start();
        }
        for (FutureTask<Integer> worker : workers) {
            assertThat(worker.get()).isPositive();
        }
        assertThat(depot.blocks()).isEqualTo(2L * batches);
        Set<Integer> seen = new HashSet<>();
        for (Batch batch = depot.takeFull(); batch != null; batch = depot.takeFull()) {
            for (int i = 0; i < batch.count; i++) {
                assertThat(seen.add(batch.blocks[i].index())).isTrue();
            }
        }
        assertThat(seen).hasSize(2 * batches);
    }

    /** As cores do: takes the blocks out of a batch, gives the batch back, and puts the blocks into another one. */
    private static int shuffle(Depot depot) {
        int moved = 0;
        for (int i = 0; i < 200_000; i++) {
            Batch from = depot.takeFull();
            if (from == null) {
                continue;
            }
            Buffer[] held = from.blocks.clone();
            int count = from.count;
            depot.putEmpty(from);
            Batch to = depot.takeEmpty();
            System.arraycopy(held, 0, to.blocks, 0, count);
            to.count = count;
            depot.putFull(to);
            moved++;
        }
        return moved;
    }
}
