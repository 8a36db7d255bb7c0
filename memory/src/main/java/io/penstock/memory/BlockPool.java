package io.penstock.memory;

import java.util.ArrayList;
import java.util.List;

/**
 * A pool's blocks: what is looked at when one is given out and taken back, as far as that was asked for (tracing, poison),
 * and which of them somebody holds.
 */
abstract sealed class BlockPool extends BufferPool permits FramePool, CoreHeap {
    private static final int MAX_REPORTED = 20;

    private int untilSample = 1;

    BlockPool(String name, Region region, int maxSlices, int maxBuffers) {
        super(name, region, maxSlices, maxBuffers);
    }

    /** Every buffer that anybody holds. */
    abstract Iterable<Buffer> held();

    /** What a block of this pool is one of. */
    abstract SpanBlocks blocksOf(Buffer b);

    /**
     * The block is about to be given out: before it is taken off the free ones, which it stays among if it was written
     * after its release. Need not be told unless {@link #isDiagnosed}, or the block has traces: another core may have left
     * them.
     */
    final void diagnoseTaken(Buffer b) {
        boolean filled = b.poisoned;
        b.poisoned = false;
        if (isPoisoned() && filled) {
            int at = Poison.firstChange(b.frameAddress(), b.frameBytes());
            if (at >= 0) {
                throw b.stateError("written after its release, " + at + " bytes into the block, by somebody who kept"
                        + " a view or an address");
            }
        }
        b.life = null;
        if (tracing() == Tracing.FULL || (tracing() == Tracing.SAMPLED && --untilSample == 0)) {
            untilSample = Tracing.SAMPLE;
            b.life = new Life();
        }
    }

    /** Returns the buffer that is to stand among the free ones; if not {@link #isDiagnosed}, it is the same one. */
    final Buffer diagnoseReleased(Buffer b) {
        if (b.life != null) {
            b.life.released();
        }
        Buffer following = b;
        if (tracing() == Tracing.FULL) {
            following = blocksOf(b).replace(b);
            following.life = b.life; // who wrote into it afterwards may have released it last
        }
        if (isPoisoned()) {
            Poison.fill(b.frameAddress(), b.frameBytes());
            following.poisoned = true;
        }
        return following;
    }

    @Override
    public BufferPool tracing(Tracing mode) {
        untilSample = 1;
        return super.tracing(mode);
    }

    @Override
    public final String leakReport() {
        List<String> lines = new ArrayList<>();
        long more = 0;
        for (Buffer b : held()) {
            if (lines.size() < MAX_REPORTED) {
                lines.add(b
                        + (b.life == null
                                ? ""
                                : String.format(" taken %.1f s ago at %s", b.life.ageSeconds(), b.life.takenWhere())));
            } else {
                more++;
            }
        }
        if (more > 0) {
            lines.add("and " + more + " more");
        }
        return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    }
}
