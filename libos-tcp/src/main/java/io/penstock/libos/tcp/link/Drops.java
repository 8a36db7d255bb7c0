package io.penstock.libos.tcp.link;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.counters.Remedy;
import io.penstock.memory.Buffer;
import java.util.EnumMap;

/** Drops packets, counts why, and has said what an operator can do about it. */
public final class Drops {
    private final EnumMap<Drop, Counter> counters = new EnumMap<>(Drop.class);
    private final EnumMap<Drop, Remedy> mendable = new EnumMap<>(Drop.class);

    public Drops(Remedies remedies) {
        for (Drop reason : Drop.values()) {
            counters.put(reason, remedies.counters().counter(reason.counterName()));
            if (reason.line() != null) {
                mendable.put(reason, remedies.add(reason.counterName(), reason.line()));
            }
        }
    }

    /** Gives a received frame's reference back. */
    public void drop(Buffer frame, Drop reason) {
        counters.get(reason).increment();
        frame.release();
    }

    /** The same for a reason that has a line, which speaks of the detail. */
    public void drop(Buffer frame, Drop reason, long detail) {
        count(reason, detail);
        frame.release();
    }

    /** Counts a packet whose frame is answered in. */
    public void count(Drop reason) {
        counters.get(reason).increment();
    }

    /** The same for a reason that has a line, which speaks of the detail. */
    public void count(Drop reason, long detail) {
        mendable.get(reason).count(detail);
    }
}
