package io.penstock.stress;

import io.penstock.memory.Buffer;
import io.penstock.memory.BufferStateException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A holder takes more references, reads, and gives them back, while the owner takes over the count: at no moment may it
 * look as if nobody held the buffer.
 */
@JCStressTest
@Outcome(id = "quiet, released, home", expect = Expect.ACCEPTABLE, desc = "Every read and every retain was allowed.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A frame was lost, doubled or wrongly refused.")
@State
public class HolderIsNeverDenied {
    private static final int TIMES = 4;

    private final FewFrames frames = FewFrames.take(2);
    private final Buffer buffer = frames.pool().allocate().length(Long.BYTES);

    /** One reference is left, the holder's; the owner knows of none, and has one to find on its return stack. */
    public HolderIsNeverDenied() {
        frames.belongToNobody();
        buffer.retain();
        buffer.retain();
        frames.belongToMe();
        buffer.release();
        frames.belongToNobody();
        buffer.release();
    }

    @Actor
    public void owner(LLL_Result result) {
        frames.belongToMe();
        result.r1 = frames.reclaim();
    }

    @Actor
    public void holder(LLL_Result result) {
        try {
            for (int i = 0; i < TIMES; i++) {
                buffer.retain();
                buffer.getLong(0);
                buffer.release();
                buffer.getLong(0);
            }
            buffer.release();
            result.r2 = FewFrames.RELEASED;
        } catch (BufferStateException _) {
            result.r2 = FewFrames.REFUSED;
        }
    }

    @Arbiter
    public void settle(LLL_Result result) {
        result.r3 = frames.settle();
    }
}
