package io.penstock.benchmarks.way;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecorderTest {
    @Test
    void notesEachSiteOnceInTheOrderOfTheFirstTime() {
        Recorder.begin();
        pass(3, 1, 3, 2);
        assertThat(Recorder.end()).containsExactly(3, 1, 2);
        pass(4);
        Recorder.begin();
        assertThat(Recorder.end()).isEmpty();
    }

    @Test
    void leavesOutWhatComesInAPause() {
        Recorder.begin();
        pass(1);
        Recorder.pause();
        pass(2);
        Recorder.goOn();
        pass(3);
        assertThat(Recorder.end()).containsExactly(1, 3);
    }

    @Test
    void waitsForABurstIfArmed() {
        Recorder.armForBurst();
        pass(1);
        Recorder.receives();
        pass(2);
        Recorder.receives();
        pass(3);
        assertThat(Recorder.end()).containsExactly(2, 3);
        Recorder.receives();
        pass(4);
        assertThat(Recorder.end()).containsExactly(2, 3);
    }

    @Test
    void endsWithTheBurstThatIsSent() {
        Recorder.begin();
        pass(1);
        Recorder.hasSent();
        pass(2);
        assertThat(Recorder.end()).containsExactly(1);
    }

    @Test
    void leavesOutOtherThreads() throws InterruptedException {
        Recorder.begin();
        Thread other = Thread.ofPlatform().start(() -> {
            pass(1);
            Recorder.hasSent();
        });
        other.join();
        pass(2);
        assertThat(Recorder.end()).containsExactly(2);
    }

    private static void pass(int... sites) {
        for (int site : sites) {
            Recorder.passed(site);
        }
    }
}
