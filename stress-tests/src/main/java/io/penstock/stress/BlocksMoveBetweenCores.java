package io.penstock.stress;

import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.PinnedHeap;
import io.penstock.memory.Region;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * Two cores take blocks from one heap and give all back to it each time: no block is ever with both, and what a core wrote
 * into a block stays as long as the core has it.
 *
 * <p>All samples share the heap, as the two threads of a JVM play the two cores in all of them.
 */
@JCStressTest
@Outcome(id = "own, own", expect = Expect.ACCEPTABLE, desc = "Each core found in its blocks what it had written.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A block was with both cores, or lost.")
@State
public class BlocksMoveBetweenCores {
    private static final PinnedHeap HEAP = PinnedHeap.over("stress", Region.mapSmall(128 << 10));
    private static final CoreHeap ONE = HEAP.core("one");
    private static final CoreHeap OTHER = HEAP.core("other");
    private static final long MARK_OF_ONE = 0x1111_1111_1111_1111L;
    private static final long MARK_OF_OTHER = 0x2222_2222_2222_2222L;
    /** Of 128, which are all there are, in four batches: a core takes one or two, so there is always one for the other. */
    private static final int[] BLOCKS = {20, 60, 40, 30};

    private static final int BLOCK_BYTES = 1024;

    static {
        // Cuts all blocks, so that a core which finds none in the depot has found a mistake.
        Buffer all = null;
        for (int i = 0; i < 128; i++) {
            Buffer block = ONE.allocate(BLOCK_BYTES, 0);
            block.next(all);
            all = block;
        }
        all.release();
        ONE.trim();
    }

    private static int turnOfOne;
    private static int turnOfOther;

    @Actor
    public void one(LL_Result result) {
        result.r1 = use(ONE, BLOCKS[turnOfOne++ & 3], MARK_OF_ONE);
    }

    @Actor
    public void other(LL_Result result) {
        result.r2 = use(OTHER, BLOCKS[(turnOfOther++ >> 2) & 3], MARK_OF_OTHER);
    }

    private static String use(CoreHeap core, int count, long mark) {
        core.ownedBy(Thread.currentThread());
        Buffer mine = null;
        for (int i = 0; i < count; i++) {
            Buffer block = core.allocate(BLOCK_BYTES, 0);
            if (block == null) {
                return "lost";
            }
            block.putLong(0, mark);
            block.next(mine);
            mine = block;
        }
        boolean own = true;
        for (Buffer block = mine; block != null; block = block.next()) {
            own &= block.getLong(0) == mark && block.pool() == core;
        }
        mine.release();
        core.trim();
        return own && core.blocksInUse() == 0 ? "own" : "shared";
    }
}
