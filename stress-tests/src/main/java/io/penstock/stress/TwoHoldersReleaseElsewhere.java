package io.penstock.stress;

import io.penstock.memory.Buffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** Two threads, neither of them the owner, each give back one of two references at the same time. */
@JCStressTest
@Outcome(id = "released, released, home", expect = Expect.ACCEPTABLE, desc = "Whoever is last sends it home.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A frame was lost, doubled or wrongly refused.")
@State
public class TwoHoldersReleaseElsewhere {
    private final FewFrames frames = FewFrames.take(2);
    private final Buffer buffer = frames.pool().allocate();

    public TwoHoldersReleaseElsewhere() {
        buffer.retain();
        frames.belongToNobody();
    }

    @Actor
    public void oneHolder(LLL_Result result) {
        result.r1 = FewFrames.release(buffer);
    }

    @Actor
    public void otherHolder(LLL_Result result) {
        result.r2 = FewFrames.release(buffer);
    }

    @Arbiter
    public void settle(LLL_Result result) {
        result.r3 = frames.settle();
    }
}
