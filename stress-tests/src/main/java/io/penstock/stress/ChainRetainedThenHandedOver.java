package io.penstock.stress;

import io.penstock.memory.Buffer;
import io.penstock.memory.BufferStateException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A holder of a chain takes one more reference, hands it to the owner, which gives it back at once, and goes on reading
 * until it gives back its own: as an application does that pushes what it received and keeps it.
 */
@JCStressTest
@Outcome(
        id = "not yet, released, home",
        expect = Expect.ACCEPTABLE,
        desc = "The owner gave its reference back at last.")
@Outcome(id = "released, released, home", expect = Expect.ACCEPTABLE, desc = "In between.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A frame was lost, doubled or wrongly refused.")
@State
public class ChainRetainedThenHandedOver {
    private final FewFrames frames = FewFrames.take(2);
    private final Buffer chain = frames.pool().allocate().length(Long.BYTES);
    private volatile boolean handedOver;

    public ChainRetainedThenHandedOver() {
        chain.next(frames.pool().allocate());
        frames.belongToNobody();
    }

    @Actor
    public void owner(LLL_Result result) {
        frames.belongToMe();
        frames.pool().reclaim();
        result.r1 = handedOver ? FewFrames.release(chain) : "not yet";
        frames.reclaim();
    }

    @Actor
    public void holder(LLL_Result result) {
        try {
            chain.retain();
            handedOver = true;
            chain.getLong(0);
            chain.release();
            result.r2 = FewFrames.RELEASED;
        } catch (BufferStateException _) {
            result.r2 = FewFrames.REFUSED;
        }
    }

    @Arbiter
    public void settle(LLL_Result result) {
        frames.belongToMe();
        if ("not yet".equals(result.r1)) {
            chain.release();
        }
        result.r3 = frames.settle();
    }
}
