package io.penstock.server.fiber;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.process.Child;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A hundred thousand fibers wait at once, and what each of them takes. Most of it is the stack that it waits on, and how large its
 * frames are is the compiler's choice, which depends on all that has run before: so they wait in a process of their own.
 */
@Timeout(180)
class ManyFibersTest {
    private static final int AT_MOST_BYTES = 1024;
    private static final long DEADLINE_NANOS = 170_000_000_000L;
    private static final Pattern RESULT = Pattern.compile("each takes (\\d+) bytes, (\\d+) ended");

    @ParameterizedTest
    @ValueSource(strings = {"read", "sleep"})
    void eachTakesLessThanOneKibibyte(String wait) {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Path.of(System.getProperty("penstock.root"), "penstock.jvmargs"),
                "-Dlogback.configurationFile=" + System.getProperty("logback.configurationFile"),
                "-cp",
                System.getProperty("java.class.path"),
                WaitingFibers.class.getName(),
                wait);
        try (Child child = Child.start("waiting fibers", command)) {
            String line = child.awaitLine(text -> text.startsWith("each takes"), DEADLINE_NANOS);
            System.out.println("fibers that wait in " + wait + ": " + line);
            Matcher result = RESULT.matcher(line);
            assertThat(result.matches()).isTrue();
            assertThat(Integer.parseInt(result.group(1))).isBetween(100, AT_MOST_BYTES);
            assertThat(Integer.parseInt(result.group(2))).isEqualTo(WaitingFibers.FIBERS + 1);
        }
    }
}
