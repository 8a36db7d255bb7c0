package io.penstock.benchmarks.dpdk;

import io.penstock.datapath.device.Bridge;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketEdit;
import io.penstock.linux.RawMemory;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Forwards packets of random lengths in bursts of random sizes, and looks whether any is lost, doubled, mixed up or cut, and
 * whether every mbuf is back at the end.
 *
 * <pre>
 *   net_null0  --&gt;  first bridge  --&gt;  net_ring0 ==&gt; net_ring1  --&gt;  second bridge  --&gt;  net_null1
 *                   cuts to a random length,                         checks number and length
 *                   writes a number into each
 * </pre>
 *
 * <p>Each bridge has a mempool of its own; mbufs of the first one travel through the ring and are freed at the far end. As
 * bursts are random, the ring is full at times, and the first bridge drops what it has no room for: numbers may be missing,
 * but as many as were dropped. One thread.
 */
public final class DpdkSoak implements AutoCloseable {
    private static final int MAX_BURST = 64;
    private static final int MIN_BYTES = 60;
    private static final int MAX_BYTES = 1514;
    private static final int NUMBER = 16;
    private static final int TURNS = 4096;
    private static final long PROGRESS_NANOS = 5_000_000_000L;
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private final long packets;
    private final long seed;
    private final String ealOptions;
    private final PrintWriter out;
    private long draws;
    private long stamped;
    private long expected;
    private long faults;
    private volatile boolean stopped;

    /**
     * What came of it.
     *
     * @param forwarded packets that went all the way
     * @param dropped packets that the ring had no room for
     * @param mbufs how many there were
     * @param mbufsBack how many of them came back
     * @param problems what went wrong; empty if nothing did
     */
    public record Result(
            long forwarded, long dropped, double seconds, int mbufs, int mbufsBack, List<String> problems) {
        /** One line, and one for each problem. */
        public void print(PrintWriter out) {
            out.println(String.format(
                    Locale.ROOT,
                    "%,d packets of %d to %d bytes in bursts of 1 to %d in %.1f s, %,d had no room in the ring;"
                            + " %d of %d mbufs back",
                    forwarded,
                    MIN_BYTES,
                    MAX_BYTES,
                    MAX_BURST,
                    seconds,
                    dropped,
                    mbufsBack,
                    mbufs));
            problems.forEach(problem -> out.println("  " + problem));
            out.flush();
        }
    }

    /**
     * Starts nothing yet.
     *
     * @param packets how many have to go all the way
     */
    public DpdkSoak(long packets, long seed, PrintWriter out) {
        this(packets, seed, "", out);
    }

    /** @param ealOptions of all devices, each behind a comma */
    DpdkSoak(long packets, long seed, String ealOptions, PrintWriter out) {
        this.packets = packets;
        this.seed = seed;
        this.ealOptions = ealOptions;
        this.out = out;
    }

    /** Runs to the end, or until it is closed. */
    public Result run() {
        out.println("random sizes and bursts of seed " + seed);
        out.flush();
        long start = System.nanoTime();
        Bridge source = open("dpdk:net_null0,size=" + MAX_BYTES, "dpdk:net_ring0,port.wire=soak", this::stamp);
        Bridge sink = null;
        try {
            sink = open("dpdk:net_ring1,port.wire=soak", "dpdk:net_null1,no-rx=1", this::check);
            drive(source, sink, start);
        } finally {
            source.close();
            if (sink != null) {
                sink.close();
            }
        }
        return result(source, sink, (System.nanoTime() - start) / 1e9);
    }

    private Bridge open(String from, String to, PacketEdit edit) {
        return Devices.openBridge(Devices.parse(from + ealOptions), Devices.parse(to + ealOptions), edit, MAX_BURST);
    }

    private void drive(Bridge source, Bridge sink, long start) {
        long reported = start;
        while (!stopped && sink.sent() < packets) {
            turns(source, sink);
            long now = System.nanoTime();
            if (now - reported >= PROGRESS_NANOS) {
                reported = now;
                out.println(String.format(
                        Locale.ROOT,
                        "  %5.0f s  %5.1f %%  %,.0f packets/s",
                        (now - start) / 1e9,
                        100.0 * sink.sent() / packets,
                        sink.sent() * 1e9 / (now - start)));
                out.flush();
            }
        }
        int left = 1;
        while (left != 0) {
            left = sink.turn(MAX_BURST); // what is in the ring still
        }
    }

    private void turns(Bridge source, Bridge sink) {
        for (int i = 0; i < TURNS; i++) {
            int _ = source.turn(burst());
            int _ = sink.turn(burst());
        }
    }

    private int burst() {
        return 1 + (int) (mix(seed + ++draws * GOLDEN) >>> 58);
    }

    /** SplitMix64's: all bits of the result depend on all bits of the input. */
    private static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    private int lengthOf(long number) {
        int spread = MAX_BYTES - MIN_BYTES + 1;
        return MIN_BYTES + (int) (((mix(number ^ seed) >>> 40) * spread) >>> 24);
    }

    /** The ring's other direction is silent: only packets of the null port come here. */
    private int stamp(long address, int lengthBytes, long ownMac) {
        long number = stamped++;
        RawMemory.putLong(address + NUMBER, number);
        return lengthOf(number);
    }

    private int check(long address, int lengthBytes, long ownMac) {
        long number = RawMemory.getLong(address + NUMBER);
        if (number < expected || number >= stamped || lengthBytes != lengthOf(number)) {
            faults++;
        }
        expected = number + 1;
        return lengthBytes;
    }

    private Result result(Bridge source, Bridge sink, double seconds) {
        List<String> problems = new ArrayList<>();
        if (faults != 0) {
            problems.add(faults + " packets came out of order, twice, or with another length");
        }
        if (source.received() != source.sent() + source.dropped()) {
            problems.add(source.received() + " packets were received at first, " + source.sent() + " sent on, "
                    + source.dropped() + " dropped");
        }
        if (sink.received() != source.sent() || sink.sent() != sink.received()) {
            problems.add(source.sent() + " packets went into the ring, " + sink.received() + " came out, " + sink.sent()
                    + " were sent");
        }
        int mbufs = source.buffers() + sink.buffers();
        int back = source.buffersBack() + sink.buffersBack();
        if (source.buffersBack() != source.buffers() || sink.buffersBack() != sink.buffers()) {
            problems.add(mbufs - back + " mbufs are missing");
        }
        if (stopped) {
            problems.add("stopped before the end");
        }
        return new Result(sink.sent(), source.dropped(), seconds, mbufs, back, problems);
    }

    /** Ends a run that is under way. Any thread. */
    @Override
    public void close() {
        stopped = true;
    }
}
