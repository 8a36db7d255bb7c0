package io.penstock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Modules of two versions are named, with where they lie. */
class ModuleVersionsTest {
    @TempDir
    private Path folder;

    private final List<URL> path = new ArrayList<>();

    private Path jar(String name, String content) throws IOException {
        Path jar = folder.resolve(name);
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new ZipEntry(ModuleVersions.RESOURCE));
            out.write(content.getBytes(StandardCharsets.UTF_8));
        }
        path.add(jar.toUri().toURL());
        return jar;
    }

    private String complaint() throws IOException {
        try (URLClassLoader loader = new URLClassLoader(path.toArray(new URL[0]), null)) {
            return ModuleVersions.complaint(loader);
        }
    }

    @Test
    void thisModuleSaysOfWhichVersionItIs() throws IOException {
        try (var in = ModuleVersions.class.getClassLoader().getResourceAsStream(ModuleVersions.RESOURCE)) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                    .containsPattern("(?m)^penstock-linux = \\d+\\.\\d+\\.\\d+");
        }
        assertThat(ModuleVersions.complaint()).isNull();
    }

    @Test
    void modulesOfOneVersionAreFine() throws IOException {
        jar("a.jar", "penstock-linux = 1.0.0\n");
        jar("b.jar", "penstock-memory = 1.0.0\n");
        assertThat(complaint()).isNull();
    }

    @Test
    void noModulesAreFine() throws IOException {
        assertThat(complaint()).isNull();
    }

    @Test
    void oneModuleTwiceIsNamed() throws IOException {
        Path old = jar("penstock-linux-1.0.0.jar", "penstock-linux = 1.0.0\n");
        Path young = jar("penstock-linux-1.1.0.jar", "penstock-linux = 1.1.0\n");
        assertThat(complaint())
                .startsWith("modules of Penstock of 2 versions: 1.0.0 (penstock-linux in " + old
                        + "), 1.1.0 (penstock-linux in " + young + "); keep those of one: ")
                .doesNotContain("\n");
    }

    @Test
    void aJarMadeOfTwoVersionsIsNamed() throws IOException {
        Path all = jar("all.jar", "penstock-linux = 1.0.0\n\npenstock-memory = 1.1.0\npenstock-datapath = 1.0.0\n");
        assertThat(complaint())
                .contains("1.0.0 (penstock-datapath in " + all + ")", "1.1.0 (penstock-memory in " + all + ")");
    }

    @Test
    void whatCannotBeReadIsNobodysVersion() throws IOException {
        jar("a.jar", "penstock-linux = 1.0.0\n");
        jar("b.jar", "penstock-memory = \\u00zz\n");
        assertThat(complaint()).isNull();
    }
}
