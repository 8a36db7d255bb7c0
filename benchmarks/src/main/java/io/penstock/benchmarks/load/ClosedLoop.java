package io.penstock.benchmarks.load;

import io.penstock.linux.Epoll;
import java.util.concurrent.TimeUnit;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * Keeps one request on its way on each connection, spinning: the client's wake-ups are not what is measured.
 *
 * <p>A closed loop slows down with the server: a stall shows as one long latency and not as the many that an open loop
 * would have seen. Compare servers by it, do not size them by it.
 */
final class ClosedLoop implements AutoCloseable {
    /** A datagram that has not come back by then is lost. */
    private static final long UDP_TIMEOUT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    /** A stream that has stalled for so long is broken: a retransmission or two would have come by then. */
    private static final long TCP_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(8);

    private static final long TIMEOUT_CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final boolean tcp;
    private final Lane[] lanes;
    private final Int2ObjectHashMap<Lane> byDescriptor = new Int2ObjectHashMap<>();
    private final Epoll epoll;

    ClosedLoop(LoadSpec spec) {
        tcp = spec.target().isTcp();
        lanes = new Lane[spec.connections()];
        epoll = new Epoll(spec.connections() + 1);
        try {
            for (int i = 0; i < lanes.length; i++) {
                lanes[i] = Lane.open(i, spec);
                byDescriptor.put(lanes[i].fd(), lanes[i]);
                epoll.add(lanes[i].fd(), Epoll.IN);
            }
        } catch (LoadException e) {
            close();
            throw e;
        }
    }

    /** Runs for a time, then until nothing is on its way any more. */
    Tally run(long durationNanos) {
        Tally tally = new Tally();
        long start = System.nanoTime();
        if (lanes.length == 1) {
            spinOnOne(tally, start + durationNanos);
        } else {
            spinOnMany(tally, start + durationNanos);
        }
        tally.elapsedNanos = System.nanoTime() - start;
        return tally;
    }

    private void spinOnOne(Tally tally, long untilNanos) {
        Lane lane = lanes[0];
        long now = System.nanoTime();
        while (now < untilNanos) {
            lane.send();
            while (!lane.receive(tally)) {
                if (isOverdue(lane, System.nanoTime())) {
                    tally.lost++;
                    break;
                }
            }
            now = System.nanoTime();
            if (lane.isWaiting()) {
                lane.giveUp();
            } else {
                tally.record(now - lane.startNanos());
            }
        }
    }

    private void spinOnMany(Tally tally, long untilNanos) {
        for (Lane lane : lanes) {
            lane.send();
        }
        int onTheirWay = lanes.length;
        long now = System.nanoTime();
        long nextCheck = now + TIMEOUT_CHECK_NANOS;
        while (onTheirWay > 0) {
            int count = epoll.await(0);
            now = System.nanoTime();
            for (int i = 0; i < count; i++) {
                Lane lane = byDescriptor.get(epoll.descriptor(i));
                if (!lane.receive(tally)) {
                    continue;
                }
                now = System.nanoTime();
                tally.record(now - lane.startNanos());
                if (now < untilNanos) {
                    lane.send();
                } else {
                    onTheirWay--;
                }
            }
            if (now >= nextCheck) {
                nextCheck = now + TIMEOUT_CHECK_NANOS;
                onTheirWay -= giveUpOverdue(tally, now, untilNanos);
            }
        }
    }

    /** Returns on how many lanes nothing is on its way any more. */
    private int giveUpOverdue(Tally tally, long now, long untilNanos) {
        int ended = 0;
        for (Lane lane : lanes) {
            if (lane.isWaiting() && isOverdue(lane, now)) {
                tally.lost++;
                lane.giveUp();
                if (now < untilNanos) {
                    lane.send();
                } else {
                    ended++;
                }
            }
        }
        return ended;
    }

    private boolean isOverdue(Lane lane, long now) {
        long waited = now - lane.startNanos();
        if (tcp && waited > TCP_TIMEOUT_NANOS) {
            throw new LoadException("no answer for " + TimeUnit.NANOSECONDS.toSeconds(TCP_TIMEOUT_NANOS)
                    + " s: the connection stalled");
        }
        return !tcp && waited > UDP_TIMEOUT_NANOS;
    }

    @Override
    public void close() {
        epoll.close();
        for (Lane lane : lanes) {
            if (lane != null) {
                lane.close();
            }
        }
    }
}
