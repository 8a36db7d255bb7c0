package io.penstock.stress;

import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** The application gives its reference back elsewhere, while the owner gets the hold of the NIC back. */
@JCStressTest
@Outcome(
        id = "quiet, released, home",
        expect = Expect.ACCEPTABLE,
        desc = "The frame goes home behind the last of the two.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A frame was lost, doubled or wrongly refused.")
@State
public class ReleaseElsewhereDuringUnhold {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());

    private final FewFrames frames = FewFrames.take(2);
    private final Buffer buffer = frames.pool().allocate();

    public ReleaseElsewhereDuringUnhold() {
        ACCESS.hold(buffer);
        frames.belongToNobody();
    }

    @Actor
    public void owner(LLL_Result result) {
        frames.belongToMe();
        frames.pool().reclaim();
        Buffer free = frames.pool().allocate();
        boolean held = frames.pool().allocate() == null; // the NIC still reads it, whatever was released
        free.release();
        ACCESS.unhold(buffer);
        String reclaimed = frames.reclaim();
        result.r1 = held ? reclaimed : "given out under its hold";
    }

    @Actor
    public void holder(LLL_Result result) {
        result.r2 = FewFrames.release(buffer);
    }

    @Arbiter
    public void settle(LLL_Result result) {
        result.r3 = frames.settle();
    }
}
