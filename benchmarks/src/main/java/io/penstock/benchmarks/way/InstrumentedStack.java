package io.penstock.benchmarks.way;

import io.penstock.testkit.process.HarnessException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Set;

/**
 * Classes of the stack once more, which tell the {@link Recorder} where they are. Those that drive it are made once more as
 * they are, as they have to know these; all others are the application's.
 */
final class InstrumentedStack extends ClassLoader {
    /** A stack, and what it stands on. */
    private static final List<String> PACKAGES =
            List.of("io.penstock.linux.", "io.penstock.memory.", "io.penstock.datapath.", "io.penstock.libos.");

    private final Set<String> drivers;
    private final Instrumenter instrumenter;

    /** @param drivers names of the classes that drive the stack */
    InstrumentedStack(Set<String> drivers) {
        super("instrumented", InstrumentedStack.class.getClassLoader());
        this.drivers = drivers;
        this.instrumenter = new Instrumenter(getParent(), InstrumentedStack::isOfTheStack);
    }

    /** What a number that was recorded stands for. */
    Site site(int number) {
        return instrumenter.site(number);
    }

    private static boolean isOfTheStack(String name) {
        return PACKAGES.stream().anyMatch(name::startsWith);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        boolean instrumented = isOfTheStack(name);
        if (!instrumented && !drivers.contains(name)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            byte[] bytes = bytesOf(name);
            byte[] defined = instrumented ? instrumenter.instrument(bytes) : bytes;
            return defineClass(name, defined, 0, defined.length);
        }
    }

    private byte[] bytesOf(String name) throws ClassNotFoundException {
        try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new HarnessException("cannot read the class " + name + ": " + e.getMessage(), e);
        }
    }
}
