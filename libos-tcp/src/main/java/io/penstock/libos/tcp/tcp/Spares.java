package io.penstock.libos.tcp.tcp;

import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Things that a connection needs only while it has something under way or unread, shared by all connections of an engine:
 * last in, first out, so that the next one to use it finds it in the cache, and those that are idle hold none.
 */
final class Spares<T> {
    private static final int INITIAL_CAPACITY = 16;

    private final Supplier<T> maker;
    private Object[] spare = new Object[INITIAL_CAPACITY];
    private int count;

    Spares(Supplier<T> maker) {
        this.maker = maker;
    }

    @SuppressWarnings("unchecked") // nothing else is put there
    T take() {
        return count == 0 ? maker.get() : (T) spare[--count];
    }

    /** Takes one back, as new. */
    void giveBack(T thing) {
        if (count == spare.length) {
            spare = Arrays.copyOf(spare, 2 * count);
        }
        spare[count++] = thing;
    }
}
