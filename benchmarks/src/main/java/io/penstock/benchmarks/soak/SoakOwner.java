package io.penstock.benchmarks.soak;

import io.penstock.memory.Buffer;
import java.util.SplittableRandom;
import org.agrona.concurrent.IdleStrategy;

/**
 * The thread that owns the memory: allocates, releases and hands to the other thread, so that the number of buffers
 * alive grows and shrinks towards a target that changes every now and then. Makes no garbage.
 */
final class SoakOwner {
    private static final int RECLAIM_EVERY = 64;
    private static final int PUBLISH_EVERY = 1024;
    private static final int LAST_RECLAIMS = 1_000;
    /** From 64 B up to 1 MiB: each doubling is half as likely. */
    private static final int MAX_DOUBLINGS = 14;

    private static final double TWO_TO_32 = 0x1p32;

    private final SoakPlan plan;
    private final SoakMemory memory;
    private final SoakTally tally;
    private final HandOff handOff;
    private final IdleStrategy idle = HandOff.idle();
    private final SplittableRandom random;
    private final long crossBelow;
    private final Buffer[] buffers;
    private final long[] serials;
    private HandOff.Batch batch;
    private volatile boolean stopped;

    private int live;
    private int maxLive;
    private int target;
    private int stepsToNextTarget;
    private long serial;
    private long pairs;
    private long crossed;
    private long refused;

    SoakOwner(SoakPlan plan, SoakMemory memory, SoakTally tally, HandOff handOff) {
        this.plan = plan;
        this.memory = memory;
        this.tally = tally;
        this.handOff = handOff;
        this.random = new SplittableRandom(plan.seed());
        this.crossBelow = (long) (plan.crossShare() * TWO_TO_32);
        this.buffers = new Buffer[plan.maxLive()];
        this.serials = new long[plan.maxLive()];
    }

    /** Any thread: ends the run early. */
    void stop() {
        stopped = true;
    }

    /** @param atTenth called once, when a tenth of the pairs is done and everything is at home */
    void run(Runnable atTenth) {
        runTo(plan.pairs() / 10);
        settle();
        atTenth.run();
        runTo(plan.pairs());
        settle();
        publish();
    }

    private void runTo(long end) {
        for (long step = 1; pairs < end && !stopped && !tally.hasFault(); step++) {
            step();
            if (step % RECLAIM_EVERY == 0) {
                int _ = memory.reclaim();
            }
            if (step % PUBLISH_EVERY == 0) {
                publish();
            }
        }
    }

    private void publish() {
        tally.publish(pairs, crossed, refused, live, maxLive);
    }

    private void step() {
        if (stepsToNextTarget-- == 0) {
            target = random.nextInt(plan.maxLive() + 1);
            stepsToNextTarget = random.nextInt(4 * plan.maxLive());
        }
        long bits = random.nextLong();
        boolean seldom = (bits & 3) == 0;
        boolean grow = live < target ? !seldom : seldom;
        if (grow && live < buffers.length) {
            take(bits >>> 2);
        } else if (live > 0) {
            give((int) (((bits >>> 33) * live) >>> 31), (bits >>> 1 & 0xffff_ffffL) < crossBelow);
        }
    }

    private void take(long bits) {
        Buffer buffer = memory.allocate(lengthBytes(bits));
        if (buffer == null) {
            refused++;
            if (live > 0) {
                give(live - 1, false);
            }
            return;
        }
        Stamp.write(buffer, ++serial);
        buffers[live] = buffer;
        serials[live++] = serial;
        maxLive = Math.max(maxLive, live);
    }

    private static int lengthBytes(long bits) {
        int doublings = Long.numberOfTrailingZeros(bits | 1L << MAX_DOUBLINGS);
        int max = SoakMemory.MIN_BYTES << doublings;
        // Down to the size below, so that odd lengths come too.
        return doublings == 0 ? max : max - (int) ((bits >>> 20) % (max / 2));
    }

    private void give(int index, boolean cross) {
        Buffer buffer = buffers[index];
        long written = serials[index];
        live--;
        buffers[index] = buffers[live];
        serials[index] = serials[live];
        buffers[live] = null;
        pairs++;
        if (cross && hand(buffer, written)) {
            crossed++;
            return;
        }
        if (!Stamp.verify(buffer, written)) {
            tally.fault("wrong contents in " + buffer + ", pair " + pairs);
        }
        memory.release(buffer);
    }

    private boolean hand(Buffer buffer, long written) {
        while (batch == null) {
            batch = handOff.takeEmpty();
            if (batch == null) {
                if (tally.hasFault()) {
                    return false;
                }
                int _ = memory.reclaim();
                idle.idle();
            }
        }
        idle.reset();
        batch.add(buffer, written);
        if (batch.isFull()) {
            passOn();
        }
        return true;
    }

    private void passOn() {
        handOff.putFull(batch);
        batch = null;
    }

    /** Releases everything and waits until it is home. */
    private void settle() {
        while (live > 0) {
            give(live - 1, false);
        }
        if (batch != null) {
            passOn();
        }
        while (!handOff.isSettled() && !tally.hasFault()) {
            idle.idle();
        }
        idle.reset();
        for (int i = 0; i < LAST_RECLAIMS && memory.reclaim() > 0; i++) {
            Thread.onSpinWait();
        }
        memory.trim();
    }
}
