package io.penstock.stress;

import io.penstock.memory.Buffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** A thread gives back one reference too many: somebody is told, once, and the frame is free once. */
@JCStressTest
@Outcome(
        id = "quiet, refused, home",
        expect = Expect.ACCEPTABLE,
        desc = "The frame was home already: the one too many was refused at once.")
@Outcome(
        id = "found, released, home",
        expect = Expect.ACCEPTABLE,
        desc = "The owner was told when it took the frame home.")
@Outcome(
        id = "quiet, released, found",
        expect = Expect.ACCEPTABLE,
        desc = "The owner was told when it took the frame home, later.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A frame was lost, doubled or wrongly refused.")
@State
public class SurplusReleaseElsewhere {
    private final FewFrames frames = FewFrames.take(2);
    private final Buffer buffer = frames.pool().allocate();

    public SurplusReleaseElsewhere() {
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
        result.r2 = first == FewFrames.REFUSED ? "the first refused" : second;
    }

    @Arbiter
    public void settle(LLL_Result result) {
        result.r3 = frames.settle();
    }
}
