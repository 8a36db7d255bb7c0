package io.penstock.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Who holds a buffer.
 *
 * <pre>
 *   references   the owner's count, a plain field
 *   elsewhere    what other threads changed since the owner last looked: releases minus retains, and QUEUED
 *   holds        stack and device, the owner's
 *
 *   alive   while references - elsewhere &gt; 0
 *   home    when references, elsewhere and holds are all 0, and so it is not in the return ring either
 * </pre>
 *
 * <p>The owner counts without atomics. Another thread changes {@code elsewhere} by one atomic operation and, if it released
 * and was the first to do so, puts the buffer into the pool's ring of returned ones, from which the owner folds the count
 * into its own. (The same split of counts as in "Biased Reference Counting", Choi et al., PACT 2018.)
 */
abstract sealed class CountedBlock permits Window {
    private static final VarHandle ELSEWHERE;
    private static final VarHandle REFERENCES;
    private static final VarHandle HOME;
    /** In {@link #elsewhere}: the buffer stands in the pool's ring of returned ones, where it may stand once only. */
    private static final int QUEUED = 1;
    /** In {@link #elsewhere}: one reference given back. */
    private static final int ONE = 2;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            ELSEWHERE = lookup.findVarHandle(CountedBlock.class, "elsewhere", int.class);
            HOME = lookup.findVarHandle(CountedBlock.class, "home", boolean.class);
            REFERENCES = lookup.findVarHandle(CountedBlock.class, "references", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** References that the owner knows of; changed by the owner only. */
    private int references;
    /** Stack and device; changed by the owner only. */
    private int holds;

    @SuppressWarnings("unused") // through ELSEWHERE
    private int elsewhere;

    /** Free, in its pool: a late fold of an entry of the return ring must not free it again. */
    private boolean home = true;

    // Of the lists that it stands in, which live in classes of their own.
    CountedBlock nextReturned;
    int place;

    private static int count(int elsewhere) {
        return elsewhere >> 1;
    }

    // ---- references

    final void retainHere() {
        references++;
    }

    final void retainElsewhere() {
        int _ = (int) ELSEWHERE.getAndAdd(this, -ONE);
    }

    /** The owner gives a reference back; returns whether it was the last one, also of those that other threads took. */
    final boolean releaseHere() {
        int left = references - 1;
        if (left < 0 || (left == 0 && count((int) ELSEWHERE.getAcquire(this)) < 0)) {
            fold(false); // another thread took one: perhaps this one, and perhaps it is not the last
            left = references - 1;
            if (left < 0) {
                throw stateError("released twice");
            }
        }
        references = left;
        return left == 0 && count((int) ELSEWHERE.getAcquire(this)) == 0;
    }

    /** Another thread gives a reference back; returns whether the caller has to put it into the pool's return ring. */
    final boolean releaseElsewhere() {
        // A holder's frame cannot be at home, so this is exact. A surplus release before the owner has folded the first
        // shows when it does: a comparison of two counters that both move could accuse the innocent.
        if (home) {
            throw stateError("released twice");
        }
        int seen = elsewhere;
        while (true) {
            int before = (int) ELSEWHERE.compareAndExchange(this, seen, (seen + ONE) | QUEUED);
            if (before == seen) {
                return (seen & QUEUED) == 0;
            }
            seen = before;
        }
    }

    /**
     * The owner took it out of the return ring.
     *
     * @param min so many are left in any case
     * @return how many references are left; below {@code min}, so many were too many
     */
    final int foldReturned(int min) {
        fold(true);
        int left = references;
        references = Math.max(min, left);
        return left;
    }

    /**
     * Moves the count of other threads into the owner's. What was retained is added before it leaves {@link #elsewhere},
     * and what was released is taken off after: so a thread that looks in between sees too many and never too few.
     */
    private void fold(boolean dequeued) {
        while (true) {
            int seen = (int) ELSEWHERE.getAcquire(this);
            int count = count(seen);
            if (count < 0) {
                REFERENCES.setRelease(this, references - count);
            }
            if (ELSEWHERE.compareAndSet(this, seen, dequeued ? 0 : seen & QUEUED)) {
                if (count > 0) {
                    references -= count;
                }
                return;
            }
            if (count < 0) {
                references += count;
            }
        }
    }

    /** How many references there are. Exact on the owner's thread, elsewhere as of late. */
    public final int references() {
        return references - count((int) ELSEWHERE.getOpaque(this));
    }

    /** Whether anybody may still read it through a reference. Exact for who holds one, and on the owner's thread. */
    public final boolean isAlive() {
        return references - count(elsewhere) > 0 || isAliveAfterAll();
    }

    /** The two counts may have been read while the owner moved something from one to the other. */
    private boolean isAliveAfterAll() {
        return referencesAtOneMoment() > 0;
    }

    /** Whether the caller, who holds one, is the last who does: then nobody else can take another. */
    final boolean hasOneReference() {
        return referencesAtOneMoment() == 1;
    }

    /** Too many while the owner moves counts, never too few. */
    private int referencesAtOneMoment() {
        while (true) {
            int before = (int) ELSEWHERE.getAcquire(this);
            int known = (int) REFERENCES.getAcquire(this);
            if (before == (int) ELSEWHERE.getAcquire(this)) {
                return known - count(before);
            }
        }
    }

    final void checkAlive() {
        if (!isAlive()) {
            throw stateError("used after its release");
        }
    }

    // ---- holds

    final void addHold() {
        if (home) { // it would never be given out again
            throw stateError("held although it is free");
        }
        holds++;
    }

    final void dropHold() {
        if (holds <= 0) {
            throw stateError("given back by a device or stack that did not hold it");
        }
        holds--;
    }

    final int ownHolds() {
        return holds;
    }

    // ---- home

    /** Whether nobody needs it any more and it is not home yet; then it is as of now. */
    final boolean goesHome() {
        if ((references | holds) == 0 && !home && (int) ELSEWHERE.getAcquire(this) == 0) {
            home = true;
            return true;
        }
        return false;
    }

    /** Out of the pool, with one reference. */
    final void leaveHome() {
        references = 1;
        HOME.setRelease(this, false); // after adopt: who sees it held sees by whom
    }

    /** Nobody may use it again, whoever holds it: its pool is closed, or its memory is cut anew. */
    final void forgetHolders() {
        references = 0;
        holds = 0;
        ELSEWHERE.setRelease(this, 0);
        home = true;
    }

    /** Whether somebody holds it. */
    final boolean isHeld() {
        return !(boolean) HOME.getAcquire(this);
    }

    // ---- what only the buffer itself can do

    /** The owner takes over what other threads released. */
    abstract void foldForeignReleases();

    /** The pool is closed, or the block is to be cut anew: nobody may use this object again. */
    abstract void forget();

    /** The exception for a use against the rules; says which buffer it was, and what it was {@code what}. */
    abstract BufferStateException stateError(String what);
}
