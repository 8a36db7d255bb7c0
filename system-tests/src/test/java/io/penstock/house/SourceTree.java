package io.penstock.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files of this repository, as the tests of the house see them. */
final class SourceTree {

    /** The root of the repository; the build tells it. */
    static final Path ROOT = Path.of(System.getProperty("penstock.root"));

    private SourceTree() {}

    /** Every module's folder. */
    static List<Path> modules() {
        try (Stream<Path> children = Files.list(ROOT)) {
            return children.filter(child -> Files.exists(child.resolve("pom.xml")))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every Java file of all modules below {@code folder}, such as {@code src/main/java}. */
    static List<Path> javaFiles(String folder) {
        return modules().stream()
                .map(module -> module.resolve(folder))
                .filter(Files::isDirectory)
                .flatMap(SourceTree::filesBelow)
                .filter(file -> file.toString().endsWith(".java"))
                .toList();
    }

    /** README and all pages of docs. */
    static List<Path> pages() {
        return Stream.concat(
                        Stream.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")),
                        filesBelow(ROOT.resolve("docs"))
                                .filter(file -> file.toString().endsWith(".md")))
                .toList();
    }

    static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The name to show in a failure. */
    static String nameOf(Path file) {
        return ROOT.relativize(file).toString();
    }

    private static Stream<Path> filesBelow(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
