package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A test waits for a condition with a deadline, never for a while; and no test is put aside. */
class HonestTestsTest {

    private static final Pattern SLEEP = Pattern.compile("\\bThread\\s*\\.\\s*sleep\\s*\\(");
    private static final Pattern ASIDE = Pattern.compile("@(Disabled|Ignore)\\b");

    @Test
    void noTestSleeps() {
        assertThat(linesOfTestsThatContain(SLEEP)).isEmpty();
    }

    @Test
    void noTestIsPutAside() {
        assertThat(linesOfTestsThatContain(ASIDE)).isEmpty();
    }

    /** The test kit's main code is what tests are made of. */
    private static boolean isTest(Path file) {
        String name = SourceTree.nameOf(file);
        return name.contains("src/test/java") || name.startsWith("testkit/");
    }

    private static List<String> linesOfTestsThatContain(Pattern pattern) {
        List<String> found = new ArrayList<>();
        List<Path> tests = Stream.of(SourceTree.javaFiles("src/test/java"), SourceTree.javaFiles("src/main/java"))
                .flatMap(List::stream)
                .filter(HonestTestsTest::isTest)
                .toList();
        for (Path file : tests) {
            List<String> lines = SourceTree.lines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (pattern.matcher(lines.get(i)).find() && !file.endsWith("HonestTestsTest.java")) {
                    found.add(SourceTree.nameOf(file) + ":" + (i + 1) + ": "
                            + lines.get(i).strip());
                }
            }
        }
        return found;
    }
}
