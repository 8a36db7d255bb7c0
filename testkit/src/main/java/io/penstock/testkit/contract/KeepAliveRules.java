package io.penstock.testkit.contract;

import static io.penstock.datapath.QueueOption.Amount.KEEP_ALIVE_IDLE_NANOS;
import static io.penstock.datapath.QueueOption.Amount.KEEP_ALIVE_INTERVAL_NANOS;
import static io.penstock.datapath.QueueOption.Amount.KEEP_ALIVE_PROBES;
import static io.penstock.testkit.contract.Pair.pattern;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.InvalidQueueException;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.testkit.contract.Pair.Connection;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keep-alive: what may be asked for, and what becomes of those who answer and of those who do not. */
interface KeepAliveRules {
    long MILLI = 1_000_000;
    long DAY = 24L * 3600 * 1_000 * MILLI;

    Pair pair();

    /** Sets all three. Returns the first answer that is not OK, if there is one. */
    private static Status keepAlive(LibOs os, int queue, long idleNanos, long intervalNanos, long probes) {
        List<Status> answers = List.of(
                os.set(queue, KEEP_ALIVE_IDLE_NANOS, idleNanos),
                os.set(queue, KEEP_ALIVE_INTERVAL_NANOS, intervalNanos),
                os.set(queue, KEEP_ALIVE_PROBES, probes));
        return answers.stream().filter(each -> each != Status.OK).findFirst().orElse(Status.OK);
    }

    private int listener(long intervalNanos) {
        int listener = pair().server.listen(0, 16);
        assertThat(keepAlive(pair().server.os, listener, 20 * MILLI, intervalNanos, 5))
                .isEqualTo(Status.OK);
        return listener;
    }

    private Connection connect(int listener) {
        Endpoint local = new Endpoint();
        assertThat(pair().server.os.local(listener, local)).isTrue();
        return pair().connect(listener, local.port());
    }

    @Test
    default void keepAliveIsForQueuesOfTcpAndWithinItsRanges() {
        LibOs os = pair().server.os;
        int tcp = pair().server.socket(Transport.TCP);
        assertThat(keepAlive(os, tcp, 1, 1, 1)).isEqualTo(Status.OK);
        assertThat(keepAlive(os, tcp, 30 * DAY, 30 * DAY, 127)).isEqualTo(Status.OK);
        assertThat(os.set(tcp, KEEP_ALIVE_IDLE_NANOS, 0)).isEqualTo(Status.OK);
        for (long[] bad : new long[][] {
            {-1, 1, 1}, {30 * DAY + 1, 1, 1}, {1, 0, 1}, {1, -1, 1}, {1, 30 * DAY + 1, 1}, {1, 1, 0}, {1, 1, 128}
        }) {
            assertThat(keepAlive(os, tcp, bad[0], bad[1], bad[2])).isEqualTo(Status.INVALID);
        }
        assertThat(keepAlive(os, pair().server.udp(0), 1, 1, 1)).isEqualTo(Status.INVALID);
        os.abort(tcp);
        assertThatThrownBy(() -> keepAlive(os, tcp, 1, 1, 1)).isInstanceOf(InvalidQueueException.class);
    }

    @Test
    default void whoVanishedIsFoundByKeepAlive() {
        Pair p = pair();
        Connection c = connect(listener(20 * MILLI));
        long pop = p.server.os.pop(c.server());
        Completion done = new Completion();
        // Only this side's loop turns: the other one is as good as gone.
        assertThat(p.server.os.waitFor(pop, done, 60_000 * MILLI)).isEqualTo(WaitResult.COMPLETED);
        assertThat(done.status()).isEqualTo(Status.TIMED_OUT);
    }

    @Test
    default void whoIsSilentAndAnswersStays() {
        Pair p = pair();
        Connection c = connect(listener(5_000 * MILLI));
        long pop = p.server.os.pop(c.server());
        long end = p.link.nanos() + 500 * MILLI;
        p.until("half a second passed", () -> p.link.nanos() >= end);
        assertThat(p.server.isDone(pop)).isFalse();
        p.client.push(c.client(), pattern(10));
        assertThat(p.ok(p.server, pop).bytes()).isEqualTo(pattern(10));
    }

    @Test
    default void keepAliveIsOffUnlessAskedFor() {
        Pair p = pair();
        Connection c = p.connect();
        long pop = p.server.os.pop(c.server());
        assertThat(p.server.os.waitFor(pop, new Completion(), 300 * MILLI)).isEqualTo(WaitResult.TIMED_OUT);
        p.client.push(c.client(), pattern(10));
        assertThat(p.ok(p.server, pop).bytes()).isEqualTo(pattern(10));
    }
}
