package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.benchmarks.embed.TreeRepository;
import io.penstock.benchmarks.embed.TreeRepository.Published;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What others can depend on, and what is said of it. */
class PublishedTest {
    private static final List<String> OF_A_MODULE = List.of("name", "description");
    private static final List<String> OF_ALL =
            List.of("name", "description", "url", "inceptionYear", "licenses", "developers", "scm");
    private static final Pattern MANAGED = Pattern.compile("<artifactId>(penstock-[^<]*)</artifactId>\\s*<version>");

    private static final List<Published> PUBLISHED = TreeRepository.published(SourceTree.ROOT);

    private static String pom(Path folder) throws IOException {
        return Files.readString(folder.resolve("pom.xml"));
    }

    @Test
    void benchmarksAndTestsAreNot() {
        assertThat(PUBLISHED)
                .extracting(Published::artifact)
                .contains("penstock-parent", "penstock-bom", "penstock-libos-tcp", "penstock-testkit")
                .doesNotContain("penstock-benchmarks", "penstock-system-tests", "penstock-stress-tests");
        for (Path module : SourceTree.modules()) {
            assertThat(module.resolve("pom.xml")).content().doesNotContain("test-jar");
        }
    }

    @Test
    void theBomListsEachJarAndNothingElse() throws IOException {
        String bom = pom(SourceTree.ROOT.resolve("bom"));
        List<String> managed = MANAGED.matcher(bom.substring(bom.indexOf("<dependencyManagement>")))
                .results()
                .map(match -> match.group(1))
                .toList();
        assertThat(managed)
                .containsExactlyInAnyOrderElementsOf(PUBLISHED.stream()
                        .filter(Published::hasJar)
                        .map(Published::artifact)
                        .toList());
    }

    @Test
    void allAreOfOneVersion() {
        assertThat(PUBLISHED)
                .extracting(Published::version)
                .containsOnly(PUBLISHED.getFirst().version());
    }

    @Test
    void eachSaysWhatItIs() throws IOException {
        for (Published each : PUBLISHED) {
            List<String> expected = each.hasJar() ? OF_A_MODULE : OF_ALL;
            assertThat(expected)
                    .as(each.artifact())
                    .allSatisfy(
                            element -> assertThat(pom(each.folder())).containsPattern("(?m)^  <" + element + "[ >]"));
        }
    }
}
