package io.penstock.linux.proc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** capabilities(7): what the calling thread may do that an ordinary process may not. */
public final class Capabilities {
    private static final Path STATUS = Path.of("/proc/thread-self/status");
    private static final String EFFECTIVE = "CapEff:";

    /** Those that a data path is about, with their numbers in linux/capability.h. */
    public enum Capability {
        CAP_NET_ADMIN(12),
        CAP_NET_RAW(13),
        CAP_SYS_ADMIN(21),
        CAP_BPF(39);

        private final int bit;

        Capability(int bit) {
            this.bit = bit;
        }
    }

    private Capabilities() {}

    /** Which of these the calling thread has not, in the order given; none if the kernel does not tell. */
    public static List<Capability> missing(Capability... wanted) {
        long effective = effective();
        List<Capability> missing = new ArrayList<>();
        for (Capability capability : wanted) {
            if ((effective >>> capability.bit & 1) == 0) {
                missing.add(capability);
            }
        }
        return missing;
    }

    private static long effective() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(EFFECTIVE)) {
                    return Long.parseUnsignedLong(
                            line.substring(EFFECTIVE.length()).strip(), 16);
                }
            }
        } catch (IOException _) {
            // said by the return value
        }
        return -1;
    }
}
