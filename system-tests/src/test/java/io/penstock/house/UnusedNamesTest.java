package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is never used has no name: {@code _} says so to whoever reads, and to the compiler. */
class UnusedNamesTest {

    @Test
    void whatIsNotUsedHasNoName() {
        List<Path> files = Stream.of("src/main/java", "src/test/java")
                .flatMap(folder -> SourceTree.javaFiles(folder).stream())
                .toList();
        assertThat(UnusedNames.in(files)).as("name these `_`").isEmpty();
    }

    @Test
    void findsEachKindOfVariableAndNoOther(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("Sample.java"), """
                class Sample {
                    int field;
                    java.util.function.IntUnaryOperator constant = lambda -> 1;
                    int method(Object parameter, Object[] all) {
                        int local = hashCode();
                        int assigned = hashCode();
                        assigned = hashCode();
                        for (Object each : all) { field++; }
                        for (Object used : all) { used.hashCode(); }
                        try (java.io.Closeable resource = () -> {}) { field++; } catch (Exception caught) { field++; }
                        if (parameter instanceof String pattern) { return 1; }
                        if (!(parameter instanceof Long flows)) { return 1; }
                        return switch (parameter) {
                            case Byte label -> 2;
                            case Short label -> label;
                            default -> flows.intValue();
                        };
                    }
                }
                """);
        assertThat(UnusedNames.in(List.of(file)))
                .extracting(found -> found.substring(found.lastIndexOf(' ') + 1))
                .containsExactly("lambda", "local", "assigned", "each", "resource", "caught", "pattern", "label");
    }
}
