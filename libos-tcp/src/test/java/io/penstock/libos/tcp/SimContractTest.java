package io.penstock.libos.tcp;

import static io.penstock.testkit.contract.Pair.assertSame;
import static io.penstock.testkit.contract.Pair.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import io.penstock.datapath.device.sim.SimWire;
import io.penstock.datapath.poll.Idle;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.testkit.contract.Done;
import io.penstock.testkit.contract.LibOsContract;
import io.penstock.testkit.contract.LibOsLink;
import io.penstock.testkit.contract.Link;
import io.penstock.testkit.contract.Pair;
import org.junit.jupiter.api.Test;

/** The contract on a simulated wire, in virtual time. */
class SimContractTest extends LibOsContract {
    private static final long HOUR = 3_600_000_000_000L;

    private SimWire wire;

    @Override
    protected Link openLink() {
        VirtualClock clock = new VirtualClock();
        wire = SimWire.perfect("contract");
        return new LibOsLink(
                clock,
                () -> Stack.open(config(clock, SimWire.End.A)
                        .address(LibOsLink.CLIENT_CIDR)
                        .build()),
                () -> Stack.open(config(clock, SimWire.End.B)
                        .address(LibOsLink.SERVER_CIDR)
                        .build()),
                () -> {});
    }

    private StackConfig.Builder config(VirtualClock clock, SimWire.End end) {
        return StackConfig.builder()
                .device(setup -> wire.open(end, setup))
                .clock(clock)
                .idle(Idle.advancing(clock, 20_000))
                .frames(2048)
                .maxQueues(1024)
                .maxOperations(4096);
    }

    @Test
    void aPeerThatFellSilentTimesOutAllThatWaits() {
        Pair p = pair();
        Pair.Connection c = p.connect();
        p.ok(p.server, p.server.push(c.server(), pattern(3000)));
        wire.setUp(false);
        long push = p.client.push(c.client(), pattern(100));
        p.until("the push has failed", HOUR, () -> p.client.isDone(push));
        assertThat(p.client.take(push).status()).isEqualTo(Status.TIMED_OUT);
        assertSame(p.popExactly(p.client, c.client(), 3000), pattern(3000));
        for (int i = 0; i < 2; i++) {
            Done pop = p.await(p.client, p.client.os.pop(c.client()));
            assertThat(pop.status()).isEqualTo(Status.TIMED_OUT);
            assertThat(pop.buffer()).isNull();
        }
        assertThat(p.await(p.client, p.client.push(c.client(), pattern(1))).status())
                .isEqualTo(Status.TIMED_OUT);
        wire.setUp(true);
    }

    @Test
    void aPendingPopTimesOutWithThePushThatWasNotAnswered() {
        Pair p = pair();
        Pair.Connection c = p.connect();
        long pop = p.client.os.pop(c.client());
        wire.setUp(false);
        p.client.push(c.client(), pattern(100));
        p.until("the pop has failed", HOUR, () -> p.client.isDone(pop));
        assertThat(p.client.take(pop).status()).isEqualTo(Status.TIMED_OUT);
        wire.setUp(true);
    }
}
