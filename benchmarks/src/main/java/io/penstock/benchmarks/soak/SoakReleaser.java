package io.penstock.benchmarks.soak;

import org.agrona.concurrent.IdleStrategy;

/** The second thread: releases what the owner allocated. */
final class SoakReleaser implements Runnable {
    private final SoakMemory memory;
    private final SoakTally tally;
    private final HandOff handOff;
    private final IdleStrategy idle = HandOff.idle();

    SoakReleaser(SoakMemory memory, SoakTally tally, HandOff handOff) {
        this.memory = memory;
        this.tally = tally;
        this.handOff = handOff;
    }

    @Override
    public void run() {
        try {
            while (true) {
                boolean closed = handOff.isClosed();
                HandOff.Batch batch = handOff.takeFull();
                if (batch != null) {
                    idle.reset();
                    release(batch);
                    handOff.putEmpty(batch);
                } else if (closed) {
                    return;
                } else {
                    idle.idle();
                }
            }
        } catch (RuntimeException | AssertionError e) {
            tally.fault("the releasing thread: " + e);
        }
    }

    private void release(HandOff.Batch batch) {
        for (int i = 0; i < batch.size(); i++) {
            if (!Stamp.verify(batch.buffer(i), batch.serial(i))) {
                tally.fault("wrong contents in " + batch.buffer(i) + ", released by another thread");
            }
            memory.release(batch.buffer(i));
        }
    }
}
