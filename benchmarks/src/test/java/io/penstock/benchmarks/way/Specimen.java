package io.penstock.benchmarks.way;

import java.io.StreamTokenizer;
import java.util.function.IntSupplier;

/** A class to be instrumented: a device of sorts, and a bit of everything that counts. */
public final class Specimen implements Runnable {
    private final StreamTokenizer other;
    private int own;

    public Specimen(StreamTokenizer other) {
        this.other = other;
    }

    @Override
    public void run() {
        rxBurst();
        own++;
        other.ttype = own;
        IntSupplier lambda = () -> own;
        own += lambda.getAsInt() + Nested.atLeast(own, 3) + guarded();
        txBurst(own);
        own = afterwards();
    }

    private void rxBurst() {
        own++;
    }

    private int guarded() {
        try {
            return Integer.parseInt("1");
        } finally {
            own++;
        }
    }

    private int afterwards() {
        return own;
    }

    private boolean txBurst(int packets) {
        return packets > 1 ? sent() : packets == 1;
    }

    private boolean sent() {
        return own > 0;
    }

    private static final class Nested {
        static int atLeast(int value, int least) {
            return value < least ? least : value;
        }
    }
}
