package io.penstock.libos.tcp.link;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.Counters;
import io.penstock.memory.Buffer;
import java.util.EnumMap;

/** Drops packets, and counts why. */
public final class Drops {
    private final EnumMap<Drop, Counter> byReason = new EnumMap<>(Drop.class);

    public Drops(Counters counters) {
        for (Drop reason : Drop.values()) {
            byReason.put(reason, counters.counter(reason.counterName()));
        }
    }

    /** Gives a received frame's reference back. */
    public void drop(Buffer frame, Drop reason) {
        byReason.get(reason).increment();
        frame.release();
    }

    /** Counts a packet whose frame is answered in. */
    public void count(Drop reason) {
        byReason.get(reason).increment();
    }
}
