package io.penstock.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CleanupTest {
    private final List<String> undone = new ArrayList<>();

    @Test
    void undoesInReverseOrderAndOnce() {
        Cleanup cleanup = new Cleanup();
        cleanup.add(step("namespace"));
        AutoCloseable server = cleanup.add(step("server"));
        cleanup.add(step("client"));
        cleanup.close(server);
        cleanup.close();
        cleanup.close();
        assertThat(undone).containsExactly("server", "client", "namespace");
    }

    @Test
    void goesOnWhenAStepFails() {
        Cleanup cleanup = new Cleanup();
        cleanup.add(step("first"));
        cleanup.add(() -> {
            throw new HarnessException("expected by this test");
        });
        cleanup.close();
        assertThat(undone).containsExactly("first");
    }

    private AutoCloseable step(String name) {
        return () -> undone.add(name);
    }
}
