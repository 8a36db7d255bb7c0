package io.penstock.testkit.contract;

import static io.penstock.testkit.contract.Pair.assertSame;
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
import io.penstock.memory.Buffer;
import io.penstock.testkit.contract.Pair.Connection;
import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.Test;

/** How a server ends in good order: a listener that takes no more, and the drain of all connections. */
interface DrainRules {
    long STEP_NANOS = 2_000_000;
    long FOR_EVER_NANOS = 3_600_000_000_000L;

    Pair pair();

    /** Drains the server step by step, while the client goes on. Returns what the last step said. */
    private int drain(int steps) {
        int left = 0;
        for (int i = 0; i < steps; i++) {
            left = pair().server.os.drain(STEP_NANOS);
            pair().client.turn();
        }
        return left;
    }

    @Test
    default void aListenerThatIsShutDownRefusesNewConnectionsAndLetsTheOldOnesIn() {
        Pair p = pair();
        int listener = p.server.listen(700, 8);
        int early = p.client.socket(Transport.TCP);
        p.ok(p.client, p.client.os.connect(early, p.server.at(700)));
        assertThat(p.server.os.shutdown(listener)).isEqualTo(Status.OK);
        assertThat(p.server.os.shutdown(listener)).isEqualTo(Status.OK);

        int late = p.client.socket(Transport.TCP);
        assertThat(p.await(p.client, p.client.os.connect(late, p.server.at(700)))
                        .status())
                .isEqualTo(Status.CONNECTION_REFUSED);
        int accepted = p.ok(p.server, p.server.os.accept(listener)).newQueue();
        p.server.push(accepted, pattern(10));
        assertThat(p.pop(p.client, early)).isEqualTo(pattern(10));
        p.ok(p.server, p.server.close(listener));
    }

    @Test
    default void aDrainSendsWhatWasPushedThenFinAndThrowsAwayWhatComes() {
        Pair p = pair();
        Connection c = p.connect();
        p.client.push(c.client(), pattern(5000));
        p.settle(); // nobody has popped it
        p.server.push(c.server(), pattern(20_000));
        drain(1);
        assertSame(popAll(c.client()), pattern(20_000));

        // The peer may still send: a reset would take what it has not read.
        p.client.push(c.client(), pattern(5000));
        drain(20);
        assertThat(p.client.os.shutdown(c.client())).isEqualTo(Status.OK);
        assertThat(drain(20)).isZero();
        assertThat(p.server.os.drain(FOR_EVER_NANOS)).as("everybody has closed").isZero();
    }

    /** Pops all that the client gets, with the server in its drain. */
    private byte[] popAll(int queue) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (true) {
            long token = pair().client.os.pop(queue);
            for (int i = 0; !pair().client.isDone(token); i++) {
                assertThat(i).as("steps of the drain").isLessThan(10_000);
                drain(1);
            }
            byte[] some = pair().ok(pair().client, token).bytes();
            if (some.length == 0) {
                return all.toByteArray();
            }
            all.writeBytes(some);
        }
    }

    @Test
    default void aDrainTellsHowManyHaveNotGotAllAndTheCloseResetsThem() {
        Pair p = pair();
        Connection reads = p.connect();
        Connection doesNot = p.connect();
        p.untilStalled(() -> {
            Buffer b = p.server.os.allocate(4000);
            if (b == null) {
                return false;
            }
            b.release();
            return p.server.push(doesNot.server(), pattern(4000)) != LibOs.NO_TOKEN;
        });
        p.server.push(reads.server(), pattern(100));
        drain(1);
        assertSame(popAll(reads.client()), pattern(100));
        assertThat(drain(20)).as("the one that does not read").isEqualTo(1); // the other's last ACK is on its way
    }

    @Test
    default void aDrainEndsListenersAndWhatWaitsInThem() {
        Pair p = pair();
        int listener = p.server.listen(700, 8);
        int waiting = p.client.socket(Transport.TCP);
        p.ok(p.client, p.client.os.connect(waiting, p.server.at(700)));
        long accept = p.server.os.accept(p.server.listen(701, 8));
        assertThat(accept).isPositive();
        drain(1);
        assertThatThrownBy(() -> p.server.os.accept(listener)).isInstanceOf(InvalidQueueException.class);
    }

    @Test
    default void aDrainOfNothingEndsAtOnce() {
        Pair p = pair();
        p.client.udp(700);
        long before = p.link.nanos();
        assertThat(p.client.os.drain(FOR_EVER_NANOS)).isZero();
        assertThat(p.link.nanos() - before).isLessThan(1_000_000_000L);
    }

    @Test
    default void aDrainDoesNotWaitForAPeerThatHasAllAndIsSilent() {
        Pair p = pair();
        p.connect();
        drain(50);
        assertThat(p.server.os.drain(FOR_EVER_NANOS)).isZero();
    }

    @Test
    default void anInterruptEndsADrain() {
        Pair p = pair();
        Connection c = p.connect();
        p.server.push(c.server(), pattern(100));
        Thread.currentThread().interrupt();
        try {
            assertThat(p.server.os.drain(FOR_EVER_NANOS)).isEqualTo(1);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    default void aWakeDoesNotEndADrainNorDoesATimeOfZeroWait() {
        Pair p = pair();
        Connection c = p.connect();
        p.server.os.wake();
        assertThat(drain(20)).isZero();
        assertThat(p.pop(p.client, c.client())).isEmpty();
        assertThat(p.server.os.waitNext(new Completion(), 0)).isNotEqualTo(WaitResult.WOKEN);
        assertThat(p.server.os.local(c.server(), new Endpoint())).isTrue();
    }
}
