package io.penstock.benchmarks.process;

import io.penstock.testkit.process.HarnessException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Who runs this process. */
public final class User {
    private static final String WHOLE_MACHINE = "0 0 4294967295";

    private User() {}

    /** Whether the effective user is root, be it of a user namespace alone. */
    public static boolean isRoot() {
        try {
            return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        } catch (IOException e) {
            throw new HarnessException("cannot read /proc/self", e);
        }
    }

    /** Whether this process lives in a user namespace below the machine's. */
    public static boolean isInUserNamespace() {
        try {
            List<String> map = Files.readAllLines(Path.of("/proc/self/uid_map"));
            return map.size() != 1
                    || !map.getFirst().strip().replaceAll("\\s+", " ").equals(WHOLE_MACHINE);
        } catch (IOException e) {
            throw new HarnessException("cannot read /proc/self/uid_map", e);
        }
    }
}
