package io.penstock.stress;

import io.penstock.memory.Buffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** What a holder reads before its release is never what the next user of the frame writes. */
@JCStressTest
@Outcome(id = "not yet, old, home", expect = Expect.ACCEPTABLE, desc = "The release came after the owner had looked.")
@Outcome(id = "reused, old, home", expect = Expect.ACCEPTABLE, desc = "The owner wrote into the frame again.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A frame was lost, doubled or wrongly refused.")
@State
public class ReadBeforeReleaseIsOld {
    private static final long OLD = 0x1111_1111_1111_1111L;
    private static final long NEW = 0x2222_2222_2222_2222L;

    private final FewFrames frames = FewFrames.take(2);
    private final Buffer abroad = frames.pool().allocate().length(Long.BYTES);
    private final Buffer spare = frames.pool().allocate();

    public ReadBeforeReleaseIsOld() {
        abroad.putLong(0, OLD);
        frames.belongToNobody();
    }

    @Actor
    public void owner(LLL_Result result) {
        frames.belongToMe();
        Buffer taken = frames.awaitFrame();
        if (taken == null) {
            result.r1 = "not yet";
            return;
        }
        taken.length(Long.BYTES).putLong(0, NEW);
        taken.release();
        result.r1 = "reused";
    }

    @Actor
    public void holder(LLL_Result result) {
        long bytes = abroad.getLong(0);
        abroad.release();
        result.r2 = bytes == OLD ? "old" : "new";
    }

    @Arbiter
    public void settle(LLL_Result result) {
        frames.belongToMe();
        spare.release();
        result.r3 = frames.settle();
    }
}
