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
 * What a holder writes before its release is there for the next user of the frame, and never comes late, over the next
 * user's bytes.
 */
@JCStressTest
@Outcome(
        id = "not yet, written, home",
        expect = Expect.ACCEPTABLE,
        desc = "The release came after the owner had looked; its bytes were there in the end.")
@Outcome(
        id = "seen, own, home",
        expect = Expect.ACCEPTABLE,
        desc = "The owner got the frame, saw the last bytes, and its own stayed.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A frame was lost, doubled or wrongly refused.")
@State
public class WriteBeforeReleaseIsSeen {
    private static final long FORMER = 0x1111_1111_1111_1111L;
    private static final long NEXT = 0x2222_2222_2222_2222L;

    private final FewFrames frames = FewFrames.take(2);
    private final Buffer abroad = frames.pool().allocate().length(Long.BYTES);
    private final Buffer spare = frames.pool().allocate();
    private Buffer taken;

    public WriteBeforeReleaseIsSeen() {
        abroad.putLong(0, 0);
        frames.belongToNobody();
    }

    @Actor
    public void owner(LLL_Result result) {
        frames.belongToMe();
        taken = frames.awaitFrame();
        if (taken == null) {
            result.r1 = "not yet";
            return;
        }
        result.r1 = taken.length(Long.BYTES).getLong(0) == FORMER ? "seen" : "missed";
        taken.putLong(0, NEXT);
    }

    @Actor
    public void holder() {
        abroad.putLong(0, FORMER);
        abroad.release();
    }

    @Arbiter
    public void settle(LLL_Result result) {
        frames.belongToMe();
        Buffer last = taken == null ? frames.awaitFrame() : taken;
        if (last == null) {
            result.r2 = "lost";
        } else {
            long bytes = last.length(Long.BYTES).getLong(0);
            result.r2 = bytes == NEXT ? "own" : bytes == FORMER ? "written" : "torn";
            last.release();
        }
        spare.release();
        result.r3 = frames.settle();
    }
}
