package io.penstock.datapath.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PortEventsTest {
    private final PortEvents events = new PortEvents("vb", true, 1500, 1778, 2);

    @Test
    void countsReturnsOfTheLink() {
        int before = events.changes();
        events.link(true);
        assertThat(events.changes()).isEqualTo(before);
        events.link(false);
        assertThat(events.isUp()).isFalse();
        assertThat(events.returns()).isZero();
        events.link(true);
        assertThat(events.returns()).isOne();
        assertThat(events.changes()).isEqualTo(before + 2);
    }

    @Test
    void followsTheMtuAsFarAsFramesCarryIt() {
        events.mtu(9000);
        assertThat(events.mtuBytes()).isEqualTo(1778);
        events.mtu(0);
        assertThat(events.mtuBytes()).isEqualTo(1778);
        events.mtu(1400);
        assertThat(events.mtuBytes()).isEqualTo(1400);
        int before = events.changes();
        events.mtu(1400);
        assertThat(events.changes()).isEqualTo(before);
    }

    @Test
    void isLostOnceAndForGood() {
        events.lost("it was deleted");
        int before = events.changes();
        events.lost("something else");
        assertThat(events.lost()).isEqualTo("it was deleted");
        assertThat(events.isUp()).isFalse();
        assertThat(events.changes()).isEqualTo(before);
    }

    @Test
    void tellsOfChannels() {
        int before = events.changes();
        events.channels(2);
        assertThat(events.changes()).isEqualTo(before);
        events.channels(4);
        assertThat(events.channels()).isEqualTo(4);
        assertThat(events.changes()).isEqualTo(before + 1);
    }
}
