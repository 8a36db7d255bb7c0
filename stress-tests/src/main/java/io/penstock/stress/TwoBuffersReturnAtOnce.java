package io.penstock.stress;

import io.penstock.memory.Buffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** Two threads, neither of them the owner, each give back a buffer of their own at the same time. */
@JCStressTest
@Outcome(id = "released, released, home", expect = Expect.ACCEPTABLE, desc = "Both are found.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A frame was lost, doubled or wrongly refused.")
@State
public class TwoBuffersReturnAtOnce {
    private final FewFrames frames = FewFrames.take(2);
    private final Buffer one = frames.pool().allocate();
    private final Buffer other = frames.pool().allocate();

    public TwoBuffersReturnAtOnce() {
        frames.belongToNobody();
    }

    @Actor
    public void oneHolder(LLL_Result result) {
        result.r1 = FewFrames.release(one);
    }

    @Actor
    public void otherHolder(LLL_Result result) {
        result.r2 = FewFrames.release(other);
    }

    @Arbiter
    public void settle(LLL_Result result) {
        result.r3 = frames.settle();
    }
}
