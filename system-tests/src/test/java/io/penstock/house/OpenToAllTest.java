package io.penstock.house;

import static io.penstock.house.CompiledModules.CLASSES;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.module.ModuleDescriptor;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The examples need nothing that a user's own module could not have: no package is exported to them by name, or used so. */
class OpenToAllTest {
    private static final String EXAMPLES = "io.penstock.examples";

    @Test
    void nothingIsExportedToTheExamplesByName() {
        assertThat(CompiledModules.descriptors().stream()
                        .flatMap(descriptor -> descriptor.exports().stream())
                        .filter(exports -> exports.targets().contains(EXAMPLES)))
                .isEmpty();
    }

    @Test
    void theExamplesUseExportedPackagesAlone() {
        Set<String> exportedToAll = CompiledModules.descriptors().stream()
                .flatMap(descriptor -> descriptor.exports().stream())
                .filter(exports -> !exports.isQualified())
                .map(ModuleDescriptor.Exports::source)
                .collect(Collectors.toSet());
        Set<String> others = new TreeSet<>();
        CLASSES.stream()
                .filter(type -> type.getPackageName().startsWith(EXAMPLES))
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .map(dependency ->
                        dependency.getTargetClass().getBaseComponentType().getPackageName())
                .filter(name -> name.startsWith("io.penstock.") && !name.startsWith(EXAMPLES))
                .filter(name -> !exportedToAll.contains(name))
                .forEach(others::add);
        assertThat(others).as("packages that a user has not").isEmpty();
    }
}
