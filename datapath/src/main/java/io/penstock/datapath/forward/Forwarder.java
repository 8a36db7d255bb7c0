package io.penstock.datapath.forward;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.DeviceLostException;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.Bridge;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketEdit;
import io.penstock.datapath.poll.Clock;
import java.util.List;

/**
 * Drives a bridge until it is told to stop, or has done what it should, and tells of its progress.
 *
 * <p>It polls and never sleeps, as DPDK's forwarder does. One thread, which opened the bridge; any thread may call
 * {@link #stop}.
 */
public final class Forwarder {
    /** Between two looks at the clock: a millisecond or so of full bursts. */
    private static final int TURNS = 2048;

    private final Bridge bridge;
    private final Plan plan;
    private final Clock clock;
    private final Counter received;
    private final Counter sent;
    private final Counter dropped;
    private final Counter turns;
    private volatile boolean running = true;

    /**
     * What it should do.
     *
     * @param burst how many packets each burst has at most
     * @param packets it ends as soon as it has received so many, give or take a burst; {@link Long#MAX_VALUE}: never
     * @param durationNanos it ends after so long; {@link Long#MAX_VALUE}: never
     * @param periodNanos how often it tells of its progress; {@link Long#MAX_VALUE}: never
     */
    public record Plan(int burst, long packets, long durationNanos, long periodNanos) {}

    /** Hears of progress. */
    @FunctionalInterface
    public interface Progress {
        /**
         * Called once each period, on the thread that forwards.
         *
         * @param elapsedNanos since {@link Forwarder#run} began
         * @param bridge has the totals
         * @param packetsPerSecond received ones, since the last time
         */
        void report(long elapsedNanos, Bridge bridge, double packetsPerSecond);
    }

    /**
     * Of a bridge that stays the caller's to close, after {@link #run}.
     *
     * @param clock moved on by {@link #run}, once every few thousand turns of the bridge
     * @param counters gets {@code rx.packets}, {@code tx.packets}, {@code tx.dropped} and {@code loop.turns}
     */
    public Forwarder(Bridge bridge, Plan plan, Clock clock, Counters counters) {
        this.bridge = bridge;
        this.plan = plan;
        this.clock = clock;
        this.received = counters.counter("rx.packets");
        this.sent = counters.counter("tx.packets");
        this.dropped = counters.counter("tx.dropped");
        this.turns = counters.counter("loop.turns");
    }

    /**
     * Opens what lies between devices: their back end's own bridge if both have the same and it has one, else a
     * {@link FrameBridge}. The calling thread then drives and closes it.
     *
     * @param specs one device or two
     * @param edit what happens to each packet on its way
     * @param maxBurst how many packets a burst has at most, 1 or more
     * @param clock the devices' time
     * @throws ConfigurationException if a device or the memory cannot be had
     */
    public static Bridge open(List<DeviceSpec> specs, PacketEdit edit, int maxBurst, Clock clock) {
        DeviceSpec second = specs.size() == 1 ? null : specs.get(1);
        Bridge bridge = Devices.openBridge(specs.getFirst(), second, edit, maxBurst);
        return bridge != null ? bridge : FrameBridge.open(specs, edit, maxBurst, clock);
    }

    /**
     * Forwards until the plan is done or {@link #stop} was called. Returns how long it took, in nanoseconds.
     *
     * @param progress hears of it once each period of the plan
     * @throws DeviceLostException if a device will never carry a packet again
     */
    public long run(Progress progress) {
        long start = clock.update();
        long reported = start;
        long receivedThen = bridge.received();
        while (running) {
            long now = clock.update();
            if (now - reported >= plan.periodNanos()) {
                long received = bridge.received();
                progress.report(now - start, bridge, (received - receivedThen) * 1e9 / (now - reported));
                reported = now;
                receivedThen = received;
            }
            long left = plan.packets() - bridge.received();
            if (left <= 0 || now - start >= plan.durationNanos()) {
                break;
            }
            turns((int) Math.min(TURNS, (left - 1) / (2L * plan.burst()) + 1));
            count();
            String lost = bridge.lostReason();
            if (lost != null) {
                throw new DeviceLostException(lost);
            }
        }
        return clock.update() - start;
    }

    /** The loop that counts: small, so that it is compiled as a whole, and called often, so that it is compiled soon. */
    private void turns(int count) {
        int burst = plan.burst();
        turns.add(count);
        for (int i = 0; i < count; i++) {
            int _ = bridge.turn(burst);
        }
    }

    private void count() {
        received.set(bridge.received());
        sent.set(bridge.sent());
        dropped.set(bridge.dropped());
    }

    /** Ends {@link #run} soon. Any thread. */
    public void stop() {
        running = false;
    }
}
