package io.penstock.stress;

import io.penstock.memory.Buffer;
import io.penstock.memory.BufferStateException;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLL_Result;

/**
 * Another core's stack sends a buffer: it holds it, its application releases, and it lets go when the bytes are
 * acknowledged, while the owner gives back its own reference.
 */
@JCStressTest
@Outcome(
        id = "released, quiet, released, home",
        expect = Expect.ACCEPTABLE,
        desc = "The frame goes home behind the last of the two.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A frame was lost, doubled or wrongly refused.")
@State
public class HeldByAnotherCore {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());

    private final FewFrames frames = FewFrames.take(2);
    private final Buffer buffer = frames.pool().allocate();

    public HeldByAnotherCore() {
        buffer.retain();
        frames.belongToNobody();
    }

    @Actor
    public void owner(LLLL_Result result) {
        frames.belongToMe();
        result.r1 = FewFrames.release(buffer);
        result.r2 = frames.reclaim();
    }

    @Actor
    public void holder(LLLL_Result result) {
        try {
            ACCESS.hold(buffer);
            buffer.release();
            ACCESS.unhold(buffer);
            result.r3 = FewFrames.RELEASED;
        } catch (BufferStateException _) {
            result.r3 = FewFrames.REFUSED;
        }
    }

    @Arbiter
    public void settle(LLLL_Result result) {
        result.r4 = frames.settle();
    }
}
