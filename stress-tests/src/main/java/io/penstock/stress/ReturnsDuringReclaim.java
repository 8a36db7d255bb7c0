package io.penstock.stress;

import io.penstock.memory.Buffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Another thread gives back one buffer, then the two references of a second one, while the owner takes home what it finds:
 * as soon as the owner has looked at the second buffer, it may come again, and the first one still waits behind it.
 */
@JCStressTest
@Outcome(id = "quiet, released, home", expect = Expect.ACCEPTABLE, desc = "In one piece or in several.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A frame was lost, doubled or wrongly refused.")
@State
public class ReturnsDuringReclaim {
    private final FewFrames frames = FewFrames.take(2);
    private final Buffer twice = frames.pool().allocate();
    private final Buffer once = frames.pool().allocate();

    public ReturnsDuringReclaim() {
        twice.retain();
        frames.belongToNobody();
    }

    @Actor
    public void owner(LLL_Result result) {
        frames.belongToMe();
        result.r1 = frames.reclaim();
    }

    @Actor
    public void holder(LLL_Result result) {
        String first = FewFrames.release(once);
        String second = FewFrames.release(twice);
        String third = FewFrames.release(twice);
        boolean all = first == second && second == third;
        result.r2 = all ? first : FewFrames.REFUSED;
    }

    @Arbiter
    public void settle(LLL_Result result) {
        result.r3 = frames.settle();
    }
}
