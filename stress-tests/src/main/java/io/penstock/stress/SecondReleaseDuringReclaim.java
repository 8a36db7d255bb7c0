package io.penstock.stress;

import io.penstock.memory.Buffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** Another thread gives back two references one after the other, while the owner takes the first one home. */
@JCStressTest
@Outcome(id = "quiet, released, home", expect = Expect.ACCEPTABLE, desc = "In one piece or in two.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A frame was lost, doubled or wrongly refused.")
@State
public class SecondReleaseDuringReclaim {
    private final FewFrames frames = FewFrames.take(2);
    private final Buffer buffer = frames.pool().allocate();

    public SecondReleaseDuringReclaim() {
        buffer.retain();
        frames.belongToNobody();
    }

    @Actor
    public void owner(LLL_Result result) {
        frames.belongToMe();
        result.r1 = frames.reclaim();
    }

    @Actor
    public void holder(LLL_Result result) {
        String first = FewFrames.release(buffer);
        String second = FewFrames.release(buffer);
        result.r2 = first == FewFrames.REFUSED ? first : second;
    }

    @Arbiter
    public void settle(LLL_Result result) {
        result.r3 = frames.settle();
    }
}
