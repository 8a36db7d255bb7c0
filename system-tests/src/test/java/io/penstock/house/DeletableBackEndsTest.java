package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever deletes the package of a back end, and the lines that declare it, has a Penstock that compiles. */
class DeletableBackEndsTest {
    private static final String SOURCES = "src/main/java";
    private static final String BACK_ENDS = "io.penstock.datapath.device.";
    private static final Path DATAPATH = SourceTree.ROOT.resolve("datapath");
    private static final Path DESCRIPTOR = DATAPATH.resolve(SOURCES).resolve("module-info.java");
    private static final Pattern PROVIDERS = Pattern.compile("provides " + BACK_ENDS + "DeviceProvider with([^;]*);");
    /** Those that know devices, in the order of their arrows. */
    private static final List<String> ABOVE = List.of("libos-tcp", "server", "control-plane", "examples");

    @TempDir
    private Path output;

    /** The packages with a provider. */
    static List<String> backEnds() throws IOException {
        Matcher providers = PROVIDERS.matcher(Files.readString(DESCRIPTOR));
        assertThat(providers.find()).isTrue();
        return Stream.of(providers.group(1).split(",", -1))
                .map(provider -> provider.strip().substring(BACK_ENDS.length()))
                .map(provider -> provider.substring(0, provider.indexOf('.')))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("backEnds")
    void allElseCompilesWithoutIt(String backEnd) throws IOException {
        Path module = compile("datapath", sourcesWithout(backEnd));
        assertThat(module.resolve("io/penstock/datapath/device/PacketPort.class"))
                .exists();
        assertThat(module.resolve("io/penstock/datapath/device/" + backEnd)).doesNotExist();
        for (String name : ABOVE) {
            compile(name, javaFiles(name));
        }
    }

    private List<Path> sourcesWithout(String backEnd) throws IOException {
        Path packageFolder = DATAPATH.resolve(SOURCES).resolve("io/penstock/datapath/device/" + backEnd);
        List<Path> sources = javaFiles("datapath").stream()
                .filter(file -> !file.startsWith(packageFolder))
                .filter(file -> !file.equals(DESCRIPTOR))
                .collect(Collectors.toCollection(ArrayList::new));
        assertThat(packageFolder).isDirectory();
        Path descriptor = output.resolve("module-info.java");
        Files.writeString(descriptor, descriptorWithout(backEnd));
        sources.add(descriptor);
        return sources;
    }

    private static String descriptorWithout(String backEnd) throws IOException {
        String text = Files.readString(DESCRIPTOR);
        Matcher providers = PROVIDERS.matcher(text);
        assertThat(providers.find()).isTrue();
        String others = Stream.of(providers.group(1).split(",", -1))
                .map(String::strip)
                .filter(provider -> !provider.startsWith(BACK_ENDS + backEnd + "."))
                .collect(Collectors.joining(", "));
        return providers
                .replaceFirst("provides " + BACK_ENDS + "DeviceProvider with " + others + ";")
                .lines()
                .filter(line -> !line.strip().startsWith("exports " + BACK_ENDS + backEnd + ";"))
                .collect(Collectors.joining("\n"));
    }

    private static List<Path> javaFiles(String module) {
        Path folder = SourceTree.ROOT.resolve(module).resolve(SOURCES);
        return SourceTree.javaFiles(SOURCES).stream()
                .filter(file -> file.startsWith(folder))
                .toList();
    }

    /** Returns the folder with the module's classes. */
    private Path compile(String name, List<Path> sources) {
        Path classes = output.resolve(name);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(diagnostics, Locale.ROOT, null)) {
            List<String> options = List.of(
                    "-d",
                    classes.toString(),
                    "-proc:none",
                    "-nowarn",
                    "--module-path",
                    modulePath(),
                    "--add-exports",
                    "java.base/jdk.internal.misc=ALL-UNNAMED");
            boolean compiled = compiler.getTask(
                            null, files, diagnostics, options, null, files.getJavaFileObjectsFromPaths(sources))
                    .call();
            assertThat(diagnostics.getDiagnostics().stream()
                            .filter(d -> d.getKind() == Diagnostic.Kind.ERROR)
                            .map(Objects::toString)
                            .toList())
                    .as(name)
                    .isEmpty();
            assertThat(compiled).as(name).isTrue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return classes;
    }

    /** What was compiled here, then what is below it as it stands, then the libraries. */
    private String modulePath() throws IOException {
        List<String> path = new ArrayList<>();
        for (String module : List.of("datapath", "libos-tcp", "server", "control-plane")) {
            if (Files.isDirectory(output.resolve(module))) {
                path.add(output.resolve(module).toString());
            }
        }
        for (String module : List.of("linux", "memory")) {
            path.add(SourceTree.ROOT.resolve(module).resolve("target/classes").toString());
        }
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> entry.endsWith(".jar"))
                .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("penstock-"))
                .forEach(path::add);
        return String.join(File.pathSeparator, path);
    }
}
