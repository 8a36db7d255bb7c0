package io.penstock.stress;

import io.penstock.memory.Buffer;
import io.penstock.memory.BufferStateException;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A small pool, in which a frame that was lost or is free twice shows at once, for one sample of one test.
 *
 * <p>Who makes the state owns the pool while it allocates, then nobody does, then the thread that plays the owner. A
 * thread in between must not take itself for the owner, whatever it sees: it was never named, unless it made the state,
 * and then it named nobody afterwards itself.
 */
final class FewFrames {
    /** Every frame came home once. */
    static final String HOME = "home";
    /** A reference was given back. */
    static final String RELEASED = "released";
    /** A release was refused, as there is no such reference. */
    static final String REFUSED = "refused";
    /** The owner took home what had come back, if anything. */
    static final String QUIET = "quiet";
    /** The owner was told that another thread had given back what it had not. */
    static final String FOUND = "found";

    private static final int FRAME_BYTES = 2048;
    /** How often the owner looks for what came back, so that its turns meet the other thread's release. */
    private static final int TURNS = 4;
    /** How often it looks at last; that a buffer comes back again and again is an error, too. */
    private static final int MAX_TURNS = 16;
    /** A thread that is never started. */
    private static final Thread NOBODY = new Thread("nobody");

    /** Of those that came out well, to be used again; all of one size, as a JVM runs one test. */
    private static final ConcurrentLinkedQueue<FewFrames> IDLE = new ConcurrentLinkedQueue<>();

    private final Region region;
    private final FramePool pool;

    private FewFrames(int count) {
        region = Region.mapSmall((long) count * FRAME_BYTES);
        pool = FramePool.over("stress", region, FRAME_BYTES, 0);
        pool.reserve(0);
    }

    /**
     * So many free frames; the calling thread owns them until {@link #belongToNobody}.
     *
     * @param count an even number, as pages are twice as long as frames
     */
    static FewFrames take(int count) {
        FewFrames idle = IDLE.poll();
        FewFrames frames = idle == null ? new FewFrames(count) : idle;
        frames.belongToMe();
        return frames;
    }

    FramePool pool() {
        return pool;
    }

    void belongToMe() {
        pool.ownedBy(Thread.currentThread());
    }

    void belongToNobody() {
        pool.ownedBy(NOBODY);
    }

    /** Gives one reference back. Answers {@link #RELEASED} or {@link #REFUSED}. */
    static String release(Buffer buffer) {
        try {
            buffer.release();
            return RELEASED;
        } catch (BufferStateException _) {
            return REFUSED;
        }
    }

    /** A few turns of the owner's loop. Answers {@link #QUIET} or {@link #FOUND}. */
    String reclaim() {
        String answer = QUIET;
        for (int turn = 0; turn < TURNS; turn++) {
            try {
                pool.reclaim();
            } catch (BufferStateException _) {
                answer = FOUND;
            }
        }
        return answer;
    }

    /** Looks a few times whether a frame has come back. Answers with it, or null. */
    Buffer awaitFrame() {
        for (int turn = 0; turn < TURNS; turn++) {
            pool.reclaim();
            Buffer frame = pool.allocate();
            if (frame != null) {
                return frame;
            }
        }
        return null;
    }

    /**
     * Takes home what is still abroad and looks whether every frame is there, once. Frames that passed are used again.
     *
     * @return {@link #HOME}, {@link #FOUND}, or what is wrong
     */
    String settle() {
        belongToMe();
        boolean found = false;
        boolean more = true;
        for (int turn = 0; more && turn < MAX_TURNS; turn++) {
            try {
                more = pool.reclaim() > 0;
            } catch (BufferStateException _) {
                found = true;
            }
        }
        String wrong = more ? "returned without end" : whatIsWrong();
        if (wrong != null) {
            region.close(); // what went wrong here must not show in another sample
            return wrong;
        }
        IDLE.add(this);
        return found ? FOUND : HOME;
    }

    private String whatIsWrong() {
        if (pool.framesInUse() != 0 || pool.slicesInUse() != 0) {
            return pool.framesInUse() < 0 || pool.slicesInUse() < 0 ? "free twice" : "lost";
        }
        int count = pool.capacityFrames();
        Buffer all = null;
        for (int i = 0; i < count; i++) {
            Buffer frame = pool.allocate();
            if (frame == null) {
                return "lost";
            }
            for (Buffer other = all; other != null; other = other.next()) {
                if (other == frame || other.frameAddress() == frame.frameAddress()) {
                    return "given out twice";
                }
            }
            frame.next(all);
            all = frame;
        }
        if (pool.allocate() != null) {
            return "free twice";
        }
        all.release();
        return pool.freeFrames() == count ? null : "lost";
    }
}
