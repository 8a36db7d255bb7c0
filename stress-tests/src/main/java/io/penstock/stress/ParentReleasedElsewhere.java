package io.penstock.stress;

import io.penstock.memory.Buffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLL_Result;

/** A buffer is released by another thread, while the owner releases a slice of it. */
@JCStressTest
@Outcome(
        id = "released, quiet, released, home",
        expect = Expect.ACCEPTABLE,
        desc = "The frame goes home behind the last of the two windows.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A frame was lost, doubled or wrongly refused.")
@State
public class ParentReleasedElsewhere {
    private final FewFrames frames = FewFrames.take(16);
    private final Buffer buffer = frames.pool().allocate().length(64);
    private final Buffer slice = buffer.slice(16, 32);

    public ParentReleasedElsewhere() {
        frames.belongToNobody();
    }

    @Actor
    public void owner(LLLL_Result result) {
        frames.belongToMe();
        frames.pool().reclaim();
        result.r1 = FewFrames.release(slice);
        result.r2 = frames.reclaim();
    }

    @Actor
    public void holder(LLLL_Result result) {
        result.r3 = FewFrames.release(buffer);
    }

    @Arbiter
    public void settle(LLLL_Result result) {
        result.r4 = frames.settle();
    }
}
