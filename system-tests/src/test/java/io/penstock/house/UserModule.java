package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.process.Shell;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.spi.ToolProvider;

/** A module as a user writes it: compiled against Penstock's on the module path, and run there. */
final class UserModule {
    private static final List<String> MODULES = List.of("linux", "memory", "datapath", "libos-tcp");

    private final Path folder;
    private final List<Path> sources = new ArrayList<>();

    /** @param folder an empty one, for what is compiled */
    UserModule(Path folder) {
        this.folder = folder;
    }

    /** Takes sources {@code NAME.java.txt} from a folder of resources beside this class. */
    UserModule resources(String resourceFolder, String... names) throws IOException {
        for (String name : names) {
            String resource = resourceFolder + "/" + name + ".java.txt";
            try (InputStream in = UserModule.class.getResourceAsStream(resource)) {
                Path file = folder.resolve(name + ".java");
                Files.copy(Objects.requireNonNull(in, resource), file);
                sources.add(file);
            }
        }
        return this;
    }

    /** Takes a source as it is. */
    UserModule source(String name, String content) throws IOException {
        sources.add(Files.writeString(folder.resolve(name + ".java"), content));
        return this;
    }

    /** Compiles it, which must not fail. */
    UserModule compiled() {
        assertThat(complaints()).as("complaints of javac").isEmpty();
        return this;
    }

    /** Compiles it; returns what javac says, nothing if all is well. */
    String complaints() {
        List<String> command = new ArrayList<>(List.of(
                "-d",
                classes().toString(),
                "-proc:none",
                "-nowarn",
                "-Xmaxerrs",
                "1000",
                "--module-path",
                modulePath()));
        sources.forEach(source -> command.add(source.toString()));
        StringWriter said = new StringWriter();
        PrintWriter out = new PrintWriter(said);
        int result = ToolProvider.findFirst("javac").orElseThrow().run(out, out, command.toArray(String[]::new));
        assertThat(result == 0).as(said.toString()).isEqualTo(said.toString().isEmpty());
        return said.toString();
    }

    /** Runs a class of it; returns the lines it prints. */
    List<String> run(String mainClass) {
        return Shell.run(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "--module-path",
                        classes() + File.pathSeparator + modulePath(),
                        "--enable-native-access=io.penstock.linux",
                        "--add-exports",
                        "java.base/jdk.internal.misc=org.agrona",
                        "-m",
                        mainClass))
                .lines()
                .toList();
    }

    private Path classes() {
        return folder.resolve("classes");
    }

    /** Penstock's modules, and the libraries. */
    private static String modulePath() {
        List<String> path = new ArrayList<>();
        MODULES.forEach(module -> path.add(
                SourceTree.ROOT.resolve(module).resolve("target/classes").toString()));
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> entry.endsWith(".jar"))
                .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("penstock-"))
                .forEach(path::add);
        return String.join(File.pathSeparator, path);
    }
}
