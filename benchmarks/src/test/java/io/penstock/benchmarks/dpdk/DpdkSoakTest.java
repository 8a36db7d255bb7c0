package io.penstock.benchmarks.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** Needs DPDK, and no huge pages. */
class DpdkSoakTest {
    private static final String WITHOUT_HUGE_PAGES = ",eal.huge=off,eal.memory=160";

    private final StringWriter out = new StringWriter();

    private DpdkSoak soak(long packets, long seed) {
        return new DpdkSoak(packets, seed, WITHOUT_HUGE_PAGES, new PrintWriter(out));
    }

    @Test
    void everyPacketArrivesOrIsCountedAndEveryMbufComesBack() {
        DpdkSoak.Result result = soak(500_000, 7).run();
        assertThat(result.problems()).isEmpty();
        assertThat(result.forwarded()).isGreaterThanOrEqualTo(500_000);
        assertThat(result.dropped()).as("the ring was full at times").isPositive();
        assertThat(result.mbufsBack()).isEqualTo(result.mbufs());
    }

    @Test
    void theSameSeedForwardsTheSame() {
        DpdkSoak.Result first = soak(100_000, 8).run();
        DpdkSoak.Result second = soak(100_000, 8).run();
        DpdkSoak.Result other = soak(100_000, 9).run();
        assertThat(second.forwarded()).isEqualTo(first.forwarded());
        assertThat(second.dropped()).isEqualTo(first.dropped());
        assertThat(other.forwarded()).isNotEqualTo(first.forwarded());
    }

    @Test
    void aRunThatWasStoppedHasNotSucceeded() {
        DpdkSoak soak = soak(Long.MAX_VALUE, 10);
        soak.close();
        DpdkSoak.Result result = soak.run();
        assertThat(result.problems()).containsExactly("stopped before the end");
        result.print(new PrintWriter(out));
        assertThat(out.toString()).contains("seed 10").contains("stopped before the end");
    }
}
