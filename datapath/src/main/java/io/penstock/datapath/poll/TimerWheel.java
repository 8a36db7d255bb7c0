package io.penstock.datapath.poll;

import java.util.Arrays;
import java.util.Objects;

/**
 * When owners (connections, queues, tables) want to be looked at: a hierarchical timing wheel with at most one entry for
 * each. Whatever is done to an entry takes constant time, however many there are.
 *
 * <pre>
 *   level   a slot lasts     64 slots last
 *     0     8.192 us (tick)  524 us          . . . a . b . .   fire, slot after slot, each at its moment
 *     1     524 us           33.6 ms         . . c . . . . .   when its time begins, each entry of a slot moves
 *     2     33.6 ms          2.15 s          . d . . . e . .   to where it belongs by then, some levels further down
 *     3     2.15 s           137 s
 *     4     137 s            2.4 h           occupied[level]   a bit for each slot: empty ones are never visited
 *    ...                                     nextNanos         when the first slot that is not empty begins
 *     8     73 years         all that a long can hold
 *
 *   next, previous   0 ..  575 heads of the slots' lists, 64 a level | 576 + id: entries
 *   moments, owners  by id
 * </pre>
 *
 * <p><b>Meant for lazy re-arming.</b> A deadline that moves away, as retransmission deadlines do with every acknowledgement,
 * is only a store in its owner: {@link #arm} never moves an entry to later. When the entry comes, the owner is looked at and
 * armed for whatever its earliest deadline is by then. So a packet pays nothing here.
 *
 * <pre>{@code
 * while ((owner = wheel.poll(nowNanos)) != null) {
 *     if (owner.earliestDeadline() <= nowNanos) {
 *         fire(owner); // may arm, rearm, remove and forget whatever it likes
 *     }
 *     wheel.arm(owner.timerId, owner.earliestDeadline()); // unless it was forgotten; NEVER does nothing
 * }
 * }</pre>
 *
 * <p>Poll in every turn: as long as {@link #nextNanos} has not come that is two comparisons and a store, and the wheel knows
 * what time it is when something is armed.
 *
 * <p><b>Units.</b> Moments are nanoseconds on the {@link Clock} that the caller polls with; any origin, also negative. An entry
 * never comes before its moment, and with the first poll from then on. Entries come in order of ticks; those of the same tick
 * in no order that may be relied on. A moment that has passed already counts as just after the last poll: who arms itself in
 * the past while it is looked at comes again with a later poll, not again and again in this one. Moments within a tick of
 * {@link #NEVER} never come.
 *
 * <p><b>Cost.</b> An entry moves down at most once for each level below the one that it was put into (twice for 200
 * ms). After a pause of any length, only the entries that are due are touched, and those in slots whose time has begun.
 * All entries of a slot move in the same turn. An entry takes 20 bytes of heap (two links, its moment, the reference),
 * which double when all are in use and never shrink; the heads take 5 KB. No garbage otherwise.
 *
 * <p>The owner's thread only: that of the loop.
 *
 * <p>G. Varghese and T. Lauck, Hashed and Hierarchical Timing Wheels, SOSP 1987, scheme 7. Linux (kernel/time/timer.c) has not
 * moved entries down since 4.8, and fires them up to an eighth of their time late instead.
 *
 * @param <T> who is looked at
 */
public final class TimerWheel<T> {
    /** How long a slot of the lowest level lasts, nanoseconds. */
    public static final long TICK_NANOS = 1L << 13;

    /** The moment that does not come. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final int TICK_BITS = Long.numberOfTrailingZeros(TICK_NANOS);
    private static final int SLOT_BITS = 6;
    /** A bitmap of the slots of a level is one long. */
    private static final int SLOTS = 1 << SLOT_BITS;

    private static final int SLOT_MASK = SLOTS - 1;
    /** Enough for every moment: nothing lies beyond the highest. */
    static final int LEVELS = Math.ceilDiv(Long.SIZE - TICK_BITS, SLOT_BITS);

    private static final int HEADS = LEVELS * SLOTS;
    private static final int INITIAL_CAPACITY = 64;
    private static final int NOBODY = -1;
    /** Where the last tick begins. */
    private static final long LAST_NANOS = NEVER - (TICK_NANOS - 1);

    private final long[] occupied = new long[LEVELS];
    private int[] next = heads(INITIAL_CAPACITY);
    private int[] previous = heads(INITIAL_CAPACITY);
    private long[] moments = new long[INITIAL_CAPACITY];
    private Object[] owners = new Object[INITIAL_CAPACITY];
    private int known;
    /** The first of those that were forgotten, linked by {@link #next}. */
    private int free = NOBODY;

    private long nowNanos;
    /** All entries before it came; those of this very tick are in its slot of level 0 as long as they have not. */
    private long tick;
    /** When the first slot that is not empty begins: in it something fires, or moves down. Never before {@link #tick}. */
    private long nextTick = NEVER;

    private long nextNanos = NEVER;
    private long steps;

    /**
     * A wheel without entries.
     *
     * @param nowNanos the moment it begins at
     */
    public TimerWheel(long nowNanos) {
        this.nowNanos = Math.min(nowNanos, LAST_NANOS);
        tick = tick(this.nowNanos);
        Arrays.fill(moments, NEVER);
    }

    private static int[] heads(int capacity) {
        int[] links = new int[HEADS + capacity];
        Arrays.setAll(links, i -> i); // an empty list's head is its own neighbour
        return links;
    }

    // ---- who has an entry

    /** Gives an owner the number by which its entry is known from now on. Not armed yet. */
    public int introduce(T owner) {
        Objects.requireNonNull(owner, "owner");
        int id = free;
        if (id == NOBODY) {
            id = known++;
            if (id == owners.length) {
                grow(2 * id);
            }
        } else {
            free = next[HEADS + id];
        }
        owners[id] = owner;
        return id;
    }

    private void grow(int capacity) {
        int size = owners.length;
        next = Arrays.copyOf(next, HEADS + capacity);
        previous = Arrays.copyOf(previous, HEADS + capacity);
        owners = Arrays.copyOf(owners, capacity);
        moments = Arrays.copyOf(moments, capacity);
        Arrays.fill(moments, size, capacity, NEVER);
    }

    /**
     * Removes an owner and its entry; the number will be another's.
     *
     * @throws IllegalArgumentException if nobody has it
     */
    public void forget(int id) {
        requireOwner(id);
        remove(id);
        owners[id] = null;
        next[HEADS + id] = free;
        free = id;
    }

    private void requireOwner(int id) {
        if (owners[id] == null) {
            throw new IllegalArgumentException("nobody has the timer " + id);
        }
    }

    // ---- arming

    /**
     * Makes sure that the owner is looked at not later than at this moment. Does nothing if it is armed for an earlier one;
     * {@link #NEVER} does nothing at all.
     *
     * @throws IllegalArgumentException if nobody has this number
     */
    public void arm(int id, long momentNanos) {
        long moment = Math.max(momentNanos, nowNanos + 1);
        if (moment >= moments[id] || moment > LAST_NANOS) {
            return;
        }
        requireOwner(id);
        remove(id);
        moments[id] = moment;
        catchUp();
        link(id);
    }

    /** Up to the last poll, but into no slot that is still to be entered: from there on an entry has the fewest moves. */
    private void catchUp() {
        tick = Math.max(tick, Math.min(tick(nowNanos), nextTick - 1));
    }

    /** Moves the entry to this moment, which may be later; {@link #NEVER} removes it. */
    public void rearm(int id, long momentNanos) {
        remove(id);
        arm(id, momentNanos);
    }

    /** Does nothing if it is not armed. */
    public void remove(int id) {
        if (moments[id] != NEVER) {
            moments[id] = NEVER;
            unlink(HEADS + id);
        }
    }

    /** Whether it has an entry. */
    public boolean isArmed(int id) {
        return moments[id] != NEVER;
    }

    /** The entry's moment, or {@link #NEVER} if it has none. */
    public long momentNanos(int id) {
        return moments[id];
    }

    // ---- looking

    /**
     * Before this moment {@link #poll} has nothing to do; {@link #NEVER} if there are no entries. When it comes, either an entry
     * is due or a slot of a higher level begins, which happens to an entry at most once a level. Never later than the tick in
     * which the first entry comes. A field read.
     */
    public long nextNanos() {
        return nextNanos;
    }

    /**
     * The next whose moment has come, or null if there is none. Its entry is gone.
     *
     * @param nowNanos if it is before the last one, that counts
     */
    public T poll(long nowNanos) {
        this.nowNanos = Math.max(this.nowNanos, Math.min(nowNanos, LAST_NANOS));
        return this.nowNanos < nextNanos ? null : pollOccupied();
    }

    private T pollOccupied() {
        long last = tick(nowNanos);
        while (nextTick <= last) {
            steps++;
            if (nextTick == tick) {
                return tick == last ? pollCurrent() : take(next[(int) tick & SLOT_MASK] - HEADS);
            }
            enter(nextTick);
        }
        return null;
    }

    /** Of the tick that lasts, the first entry found whose moment has come; else waits for the earliest of them. */
    private T pollCurrent() {
        int head = (int) tick & SLOT_MASK;
        long earliest = NEVER;
        for (int node = next[head]; node != head; node = next[node]) {
            steps++;
            long moment = moments[node - HEADS];
            if (moment <= nowNanos) {
                return take(node - HEADS);
            }
            earliest = Math.min(earliest, moment);
        }
        nextNanos = earliest;
        return null;
    }

    @SuppressWarnings("unchecked") // introduce() lets in nothing else
    private T take(int id) {
        remove(id);
        return (T) owners[id];
    }

    /** Makes this the current tick. What begins with it on higher levels moves down. */
    private void enter(long newTick) {
        tick = newTick;
        int highest = Math.min(Long.numberOfTrailingZeros(newTick) / SLOT_BITS, LEVELS - 1);
        for (int level = 1; level <= highest; level++) {
            moveDown(level, (int) (newTick >>> (level * SLOT_BITS)) & SLOT_MASK);
        }
        findNext();
    }

    private void moveDown(int level, int slot) {
        int head = level * SLOTS + slot;
        int node = next[head];
        next[head] = head;
        previous[head] = head;
        occupied[level] &= ~(1L << slot);
        while (node != head) {
            int following = next[node];
            link(node - HEADS);
            node = following;
            steps++;
        }
    }

    /** How often a slot was looked at or an entry moved since the beginning: for tests. */
    long steps() {
        return steps;
    }

    // ---- slots

    /** Puts an entry where its distance from the current tick says. */
    private void link(int id) {
        long due = tick(moments[id]);
        int level = level(due - tick);
        int shift = level * SLOT_BITS;
        int slot = (int) (due >>> shift) & SLOT_MASK;
        occupied[level] |= 1L << slot;
        append(level * SLOTS + slot, HEADS + id);
        long begin = (due >>> shift) << shift;
        if (begin < nextTick) {
            setNext(begin);
        } else if (begin == tick) {
            nextNanos = Math.min(nextNanos, moments[id]);
        }
    }

    /** The index of the highest digit to the base of 64 that is not zero. */
    private static int level(long ticks) {
        return (Long.SIZE - 1 - Long.numberOfLeadingZeros(ticks | 1)) / SLOT_BITS;
    }

    private void append(int head, int node) {
        int before = previous[head];
        next[node] = head;
        previous[node] = before;
        next[before] = node;
        previous[head] = node;
    }

    private void unlink(int node) {
        int before = previous[node];
        int after = next[node];
        next[before] = after;
        previous[after] = before;
        if (before == after) { // both its head: it was alone
            occupied[after >>> SLOT_BITS] &= ~(1L << (after & SLOT_MASK));
            findNext();
        }
    }

    /**
     * Level 0 holds the current tick and 63 after it. Of each level above, the slot that the current tick is in has moved down
     * already: if it is occupied, then by what is a whole round away.
     */
    private void findNext() {
        long first = NEVER;
        for (int level = 0; level < LEVELS; level++) {
            long slots = occupied[level];
            if (slots != 0) {
                int shift = level * SLOT_BITS;
                long from = level == 0 ? tick : (tick >>> shift) + 1;
                long slot = from + Long.numberOfTrailingZeros(Long.rotateRight(slots, (int) from));
                first = Math.min(first, slot << shift);
            }
        }
        setNext(first);
    }

    private void setNext(long newTick) {
        nextTick = newTick;
        nextNanos = newTick == NEVER ? NEVER : nanos(newTick);
    }

    /** Ticks are counted from the least moment that a long can hold, so that they are not negative. */
    private static long tick(long nanos) {
        return (nanos ^ Long.MIN_VALUE) >>> TICK_BITS;
    }

    private static long nanos(long tick) {
        return (tick << TICK_BITS) ^ Long.MIN_VALUE;
    }
}
