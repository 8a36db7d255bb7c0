package io.penstock.datapath.counters;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.poll.VirtualClock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RemediesTest {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final VirtualClock clock = new VirtualClock();
    private final Counters counters = Counters.inMemory();
    private final List<String> log = new ArrayList<>();
    private final Remedies remedies = new Remedies(counters, log::add);
    private int formed;
    private final Remedy noRoute = remedies.add("tx.dropped.no-route", this::noRoute);

    private String noRoute(long detail) {
        formed++;
        return "no route to " + detail + ": give --gateway ADDRESS";
    }

    private void passSeconds(int seconds) {
        for (int i = 0; i < 10 * seconds; i++) {
            clock.advance(SECOND_NANOS / 10);
            remedies.report(clock.nanos());
        }
    }

    @Test
    void countsUnderTheCountersName() {
        noRoute.count(7);
        noRoute.count();

        assertThat(counters.counter("tx.dropped.no-route").get()).isEqualTo(2);
        assertThat(noRoute.get()).isEqualTo(2);
    }

    @Test
    void saysWithinASecondWhatHappened() {
        passSeconds(5);
        assertThat(log).isEmpty();
        noRoute.count(6);
        noRoute.count(7);
        assertThat(log).as("nothing where it is counted").isEmpty();
        passSeconds(1);

        assertThat(log).containsExactly("no route to 7: give --gateway ADDRESS (tx.dropped.no-route: 2)");
        assertThat(formed).isEqualTo(1);
    }

    @Test
    void saysItAgainAfterAMinuteWithHowManySince() {
        noRoute.count(7);
        passSeconds(1);
        for (int second = 0; second < 179; second++) {
            for (int i = 0; i < 1000; i++) {
                noRoute.count(second);
            }
            passSeconds(1);
        }

        assertThat(log)
                .containsExactly(
                        "no route to 7: give --gateway ADDRESS (tx.dropped.no-route: 1)",
                        "no route to 59: give --gateway ADDRESS (tx.dropped.no-route: 60000 since the last line)",
                        "no route to 119: give --gateway ADDRESS (tx.dropped.no-route: 60000 since the last line)");
        assertThat(formed).as("texts that were formed").isEqualTo(3);
    }

    @Test
    void saysWhatCameInTheQuietMinuteWhenItIsOver() {
        noRoute.count(7);
        passSeconds(1);
        noRoute.count(8);
        passSeconds(58);
        assertThat(log).hasSize(1);
        passSeconds(2);

        assertThat(log).hasSize(2).last().asString().contains("no route to 8", "1 since");
    }

    @Test
    void isSilentAboutWhatHappensNoMore() {
        noRoute.count(7);
        passSeconds(600);

        assertThat(log).hasSize(1);
    }

    @Test
    void keepsReasonsApart() {
        Remedy full = remedies.add("pool.refused", _ -> "the pool is empty: give --frames");
        noRoute.count(7);
        passSeconds(1);
        full.count();
        passSeconds(1);

        assertThat(log).hasSize(2).last().asString().startsWith("the pool is empty");
    }

    @Test
    void takesOverWhatSomebodyElseCounts() {
        Remedy device = remedies.add("rx.dropped.device", queue -> "queue " + queue + " overflows");
        device.total(0);
        passSeconds(1);
        assertThat(log).isEmpty();
        device.total(31, 2);
        passSeconds(1);
        device.total(31, 2);
        passSeconds(100);

        assertThat(counters.counter("rx.dropped.device").get()).isEqualTo(31);
        assertThat(log).containsExactly("queue 2 overflows (rx.dropped.device: 31)");
    }

    @Test
    void saysBesideTheCounterWhatWasLogged() {
        noRoute.count(7);
        assertThat(remedies.lastLine("tx.dropped.no-route")).isNull();
        passSeconds(1);

        assertThat(counters.remedyOf("tx.dropped.no-route")).isEqualTo("no route to 7: give --gateway ADDRESS");
        assertThat(remedies.lastLine("tx.dropped.no-route")).isEqualTo("no route to 7: give --gateway ADDRESS");
        assertThat(remedies.lastLine("nobody.knows")).isNull();
    }

    @Test
    void registersAReasonOnce() {
        Remedy again = remedies.add("tx.dropped.no-route", _ -> "something else");

        assertThat(again).isSameAs(noRoute);
    }

    @Test
    void doesNotSpeakOfWhatAnotherStackCountedBefore() {
        counters.counter("tx.dropped.no-route").add(5);
        Remedies next = new Remedies(counters, log::add);
        Remedy remedy = next.add("tx.dropped.no-route", this::noRoute);
        next.report(clock.nanos());
        assertThat(log).isEmpty();
        remedy.count(3);
        next.reportNow(clock.nanos());

        assertThat(log).containsExactly("no route to 3: give --gateway ADDRESS (tx.dropped.no-route: 1)");
    }

    @Test
    void saysAtTheEndWhatTheSecondHasNotShownYet() {
        passSeconds(1);
        noRoute.count(7);
        remedies.report(clock.nanos());
        assertThat(log).isEmpty();
        remedies.reportNow(clock.nanos());
        noRoute.count(8);
        remedies.reportNow(clock.nanos());

        assertThat(log).as("and no reason twice in a minute even then").hasSize(1);
    }
}
