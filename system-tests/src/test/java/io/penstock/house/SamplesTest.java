package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Java in README and docs is not prose: each sample stands, line by line, in a source file that the build compiles. Those of
 * docs/embed.md are whole files, which {@link EmbeddingTest} takes from there.
 */
class SamplesTest {
    /** A sample, and where it is written. */
    private record Sample(String where, List<String> lines) {}

    private static List<Sample> samples() {
        List<Sample> all = new ArrayList<>();
        for (Path page : SourceTree.pages()) {
            if (page.endsWith("docs/embed.md")) {
                continue;
            }
            List<String> lines = SourceTree.lines(page);
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).strip().equals("```java")) {
                    int begin = i + 1;
                    while (!lines.get(++i).strip().equals("```")) {
                        // To the end of the sample.
                    }
                    all.add(new Sample(SourceTree.nameOf(page) + ":" + begin, stripped(lines.subList(begin, i))));
                }
            }
        }
        return all;
    }

    /** Without indentation, which depends on where it stands, and empty lines. */
    private static List<String> stripped(List<String> lines) {
        return lines.stream().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }

    @Test
    void everySampleIsCompiled() {
        List<List<String>> sources = Stream.of("src/main/java", "src/test/java")
                .flatMap(folder -> SourceTree.javaFiles(folder).stream())
                .map(SourceTree::lines)
                .map(SamplesTest::stripped)
                .toList();
        List<Sample> samples = samples();
        assertThat(samples).isNotEmpty();
        for (Sample sample : samples) {
            assertThat(sources)
                    .as("%s stands in a source file", sample.where())
                    .anyMatch(source -> Collections.indexOfSubList(source, sample.lines()) >= 0);
        }
    }
}
