package io.penstock.server.fiber;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.ConfigurationException;
import io.penstock.testkit.MemoryOs;
import io.penstock.testkit.process.Shell;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whoever starts Java without the flag that fibers need is told so, in one line, before anything runs. */
class FiberFlagTest {
    @Test
    void theMissingFlagIsNamed() {
        Shell.Answer answer = Shell.tryRun(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Entry.class.getName()));
        assertThat(answer.output().strip())
                .startsWith("Java keeps Penstock's fibers from their scheduler: start it with"
                        + " --add-opens java.base/java.lang=ALL-UNNAMED")
                .doesNotContain("\n");
        assertThat(answer.isOk()).isTrue();
    }

    @Test
    void withTheFlagNothingIsMissing() {
        assertThat(VirtualThreads.complaint()).isNull();
    }

    /** A server that never comes to its first fiber. */
    static final class Entry {
        private Entry() {}

        public static void main(String[] args) throws Exception {
            try (MemoryOs os = new MemoryOs()) {
                FiberLoop.run(os, _ -> System.out.println("runs"));
            } catch (ConfigurationException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
