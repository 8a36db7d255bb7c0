package io.penstock.datapath.counters;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessStampTest {
    private static final String TAIL = " S 1 1 1 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 4711 1000 2";

    @Test
    void readsTheStartBehindANameWithBracketsAndBlanks() {
        assertThat(ProcessStamp.parse("42 (java)" + TAIL)).isEqualTo(4711);
        assertThat(ProcessStamp.parse("42 (a) b (c) 1 2)" + TAIL)).isEqualTo(4711);
    }

    @Test
    void takesAZombieForGone() {
        assertThat(ProcessStamp.parse("42 (java)" + TAIL.replace(" S ", " Z "))).isEqualTo(ProcessStamp.NO_PROCESS);
    }

    @Test
    void takesNonsenseForGone() {
        assertThat(ProcessStamp.parse("")).isEqualTo(ProcessStamp.NO_PROCESS);
        assertThat(ProcessStamp.parse("42 (java) S 1 1")).isEqualTo(ProcessStamp.NO_PROCESS);
        assertThat(ProcessStamp.parse("42 (java)" + TAIL.replace("4711", "soon")))
                .isEqualTo(ProcessStamp.NO_PROCESS);
    }

    @Test
    void knowsThisProcessAndNoOther() {
        long pid = ProcessHandle.current().pid();
        assertThat(ProcessStamp.of(pid)).isEqualTo(ProcessStamp.own()).isPositive();
        assertThat(ProcessStamp.isAlive(pid, ProcessStamp.own())).isTrue();
        assertThat(ProcessStamp.isAlive(pid, ProcessStamp.own() + 1)).isFalse();
        assertThat(ProcessStamp.isAlive(Long.MAX_VALUE, ProcessStamp.own())).isFalse();
        assertThat(ProcessStamp.isAlive(0, ProcessStamp.own())).isFalse();
        assertThat(ProcessStamp.isAlive(pid, ProcessStamp.NO_PROCESS)).isFalse();
    }
}
