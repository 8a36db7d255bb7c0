package io.penstock.stress;

import io.penstock.memory.Buffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** A frame that another thread releases is free once: the owner, which allocates all the while, never gets it twice. */
@JCStressTest
@Outcome(id = "one, released, home", expect = Expect.ACCEPTABLE, desc = "The release came after the owner had looked.")
@Outcome(id = "two, released, home", expect = Expect.ACCEPTABLE, desc = "The owner got the frame again.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A frame was lost, doubled or wrongly refused.")
@State
public class FrameComesHomeOnce {
    private final FewFrames frames = FewFrames.take(2);
    private final Buffer abroad = frames.pool().allocate();

    public FrameComesHomeOnce() {
        frames.belongToNobody();
    }

    @Actor
    public void owner(LLL_Result result) {
        frames.belongToMe();
        frames.reclaim();
        Buffer first = frames.pool().allocate();
        Buffer second = frames.awaitFrame();
        result.r1 = first == null ? "none" : second == null ? "one" : first == second ? "the same twice" : "two";
        if (first != null) {
            first.release();
        }
        if (second != null) {
            second.release();
        }
    }

    @Actor
    public void holder(LLL_Result result) {
        result.r2 = FewFrames.release(abroad);
    }

    @Arbiter
    public void settle(LLL_Result result) {
        result.r3 = frames.settle();
    }
}
