package io.penstock.house;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What the class path of this module holds of Penstock: main classes and module descriptors. */
final class CompiledModules {

    /** Every class of every module, without tests; reading them takes a second, so once for all. */
    static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("io.penstock");

    private CompiledModules() {}

    static List<ModuleDescriptor> descriptors() {
        List<ModuleDescriptor> found = new ArrayList<>();
        try {
            ClassLoader loader = CompiledModules.class.getClassLoader();
            for (URL url : Collections.list(loader.getResources("module-info.class"))) {
                try (InputStream in = url.openStream()) {
                    ModuleDescriptor descriptor = ModuleDescriptor.read(in);
                    if (descriptor.name().startsWith("io.penstock.")) {
                        found.add(descriptor);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }
}
