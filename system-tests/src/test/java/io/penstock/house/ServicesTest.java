package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Modifier;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Penstock runs on the class path, as some of its libraries are no modules, and must also run on the module path: so
 * each service is declared twice, and the two must agree.
 */
class ServicesTest {

    @Test
    void filesAndModuleDescriptorsDeclareTheSameProviders() throws Exception {
        assertThat(declaredInFiles()).isNotEmpty().isEqualTo(declaredInDescriptors());
    }

    @Test
    void everyServiceHasAUser() throws Exception {
        Set<String> used = CompiledModules.descriptors().stream()
                .flatMap(descriptor -> descriptor.uses().stream())
                .collect(Collectors.toSet());
        assertThat(used).containsAll(declaredInFiles().keySet());
    }

    @Test
    void everyProviderCanBeMade() throws Exception {
        for (Map.Entry<String, Set<String>> service : declaredInFiles().entrySet()) {
            Class<?> type = Class.forName(service.getKey());
            for (String name : service.getValue()) {
                Class<?> provider = Class.forName(name);
                assertThat(type).isAssignableFrom(provider);
                assertThat(Modifier.isPublic(provider.getModifiers()))
                        .as(name + " is public")
                        .isTrue();
                assertThat(provider.getConstructor()).as(name).isNotNull();
            }
        }
    }

    private static Map<String, Set<String>> declaredInFiles() throws Exception {
        Map<String, Set<String>> providers = new TreeMap<>();
        for (Path module : SourceTree.modules()) {
            Path folder = module.resolve("src/main/resources/META-INF/services");
            if (!Files.isDirectory(folder)) {
                continue;
            }
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "io.penstock.*")) {
                for (Path file : files) {
                    List<String> names = SourceTree.lines(file).stream()
                            .map(line -> line.replaceFirst("#.*", "").strip())
                            .filter(line -> !line.isEmpty())
                            .toList();
                    providers
                            .computeIfAbsent(file.getFileName().toString(), _ -> new TreeSet<>())
                            .addAll(names);
                }
            }
        }
        return providers;
    }

    private static Map<String, Set<String>> declaredInDescriptors() {
        Map<String, Set<String>> providers = new TreeMap<>();
        for (ModuleDescriptor descriptor : CompiledModules.descriptors()) {
            for (ModuleDescriptor.Provides provides : descriptor.provides()) {
                if (provides.service().startsWith("io.penstock.")) {
                    providers
                            .computeIfAbsent(provides.service(), _ -> new TreeSet<>())
                            .addAll(provides.providers());
                }
            }
        }
        return providers;
    }
}
