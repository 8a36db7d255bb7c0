package io.penstock.benchmarks.embed;

import io.penstock.testkit.process.HarnessException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the tree has built, laid out as {@code mvn install} would: Maven may not run twice in one tree, and whoever asks for
 * this is mostly run by it.
 */
public final class TreeRepository {
    private static final Pattern COORDINATE = Pattern.compile("<(artifactId|version|packaging)>([^<]*)</");
    private static final String NOT_PUBLISHED = "<maven.install.skip>true</maven.install.skip>";
    private static final String PARENT = "</parent>";

    private TreeRepository() {}

    /** A module: what it is called, and of which version. */
    public record Published(String artifact, String version, boolean hasJar, Path folder) {
        private Path jar() {
            return folder.resolve("target").resolve(artifact + "-" + version + ".jar");
        }
    }

    /** What of the tree at {@code root} others can depend on, the parent of all included. */
    public static List<Published> published(Path root) {
        try (Stream<Path> children = Files.list(root)) {
            return Stream.concat(Stream.of(root), children.sorted())
                    .filter(folder -> Files.isReadable(folder.resolve("pom.xml")))
                    .filter(folder -> !textOf(folder).contains(NOT_PUBLISHED))
                    .map(TreeRepository::describe)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Published describe(Path folder) {
        String text = textOf(folder);
        String artifact = first(text.substring(Math.max(0, text.indexOf(PARENT))), "artifactId");
        boolean hasJar = !"pom".equals(first(text.substring(0, text.indexOf("<name>")), "packaging"));
        return new Published(artifact, first(text, "version"), hasJar, folder);
    }

    private static String first(String text, String element) {
        Matcher matcher = COORDINATE.matcher(text);
        while (matcher.find()) {
            if (matcher.group(1).equals(element)) {
                return matcher.group(2);
            }
        }
        return null;
    }

    private static String textOf(Path folder) {
        try {
            return Files.readString(folder.resolve("pom.xml"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Copies jars and POMs of the tree at {@code root} into the repository {@code target}.
     *
     * @throws HarnessException if a jar is not there
     */
    public static void install(Path root, Path target) {
        for (Published each : published(root)) {
            Path folder = target.resolve("io/penstock").resolve(each.artifact()).resolve(each.version());
            String name = each.artifact() + "-" + each.version();
            try {
                Files.createDirectories(folder);
                Files.copy(each.folder().resolve("pom.xml"), folder.resolve(name + ".pom"));
                if (each.hasJar()) {
                    Files.copy(each.jar(), folder.resolve(name + ".jar"));
                }
            } catch (IOException e) {
                throw new HarnessException("cannot install " + name + " (build it by ./penstock --version): " + e, e);
            }
        }
    }
}
