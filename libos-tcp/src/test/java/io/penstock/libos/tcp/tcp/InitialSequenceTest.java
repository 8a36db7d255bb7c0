package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.Secret;
import org.junit.jupiter.api.Test;

/** RFC 6528. */
class InitialSequenceTest {
    private static FlowKey flow(int ports) {
        FlowKey flow = new FlowKey().local(0, 1).remote(0, 2);
        flow.ports = ports;
        return flow;
    }

    @Test
    void initialNumberMovesWithTheClockAndDiffersByPeer() { // RFC 6528
        InitialSequence isn = new InitialSequence(new Secret(3, 4));
        int now = isn.next(1_000_000_000L, flow(3));
        assertThat(isn.next(1_000_400_000L, flow(3)) - now).isEqualTo(100);
        assertThat(isn.next(1_000_000_000L, flow(4))).isNotEqualTo(now);
        assertThat(new InitialSequence(new Secret(3, 5)).next(1_000_000_000L, flow(3)))
                .isNotEqualTo(now);
    }
}
