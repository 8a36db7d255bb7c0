package io.penstock.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ChildTest {
    private static final long SOON = TimeUnit.SECONDS.toNanos(20);

    @Test
    void saysWhatAProcessThatEndedLastComplainedOf() {
        try (Child child = Child.start("the server", List.of("sh", "-c", "echo no such thing >&2; exit 3"))) {
            assertThatThrownBy(() -> child.awaitLine(_ -> true, SOON))
                    .isInstanceOf(HarnessException.class)
                    .hasMessage("the server ended with exit code 3: no such thing");
        }
    }

    @Test
    void saysThatItWasKilled() {
        try (Child child = Child.start("the server", List.of("sh", "-c", "echo ready; kill -KILL $$"))) {
            child.awaitLine(line -> line.equals("ready"), SOON);
            assertThat(child.remainingLines(SOON)).isEmpty();
            assertThat(child.ended()).hasMessage("the server was killed by signal 9");
        }
    }

    @Test
    void noticesThatAnotherOneDied() {
        try (Child client = Child.start("the client", List.of("cat"));
                Child server = Child.start("the server", List.of("sh", "-c", "exit 1"))) {
            assertThatThrownBy(() -> client.awaitLine(_ -> true, SOON, server))
                    .hasMessage("the server ended with exit code 1");
        }
    }

    @Test
    void answersWhatItIsAsked() {
        try (Child child = Child.start("cat", List.of("cat"))) {
            child.send("hello");
            assertThat(child.awaitLine(_ -> true, SOON)).isEqualTo("hello");
        }
    }

    @Test
    void endsAPausedProcess() {
        Child child = Child.start("cat", List.of("cat"));
        child.pause();
        child.close();
        assertThat(child.isAlive()).isFalse();
        assertThat(CpuTime.ofProcessNanos(ProcessHandle.current().pid())).isPositive();
    }
}
