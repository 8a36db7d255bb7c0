package io.penstock.memory;

import net.openhft.chronicle.core.Memory;
import net.openhft.chronicle.core.OS;

/**
 * Whether Java lets Chronicle Bytes at memory outside of its heap, which it reaches by {@code sun.misc.Unsafe}: Java 25 warns
 * of that, once, and refuses it if it was started so; later ones refuse it unless they are started otherwise (JEP 471).
 */
final class ChronicleAccess {
    private static final String COMPLAINT = complain();

    private ChronicleAccess() {}

    private static String complain() {
        try {
            Memory memory = OS.memory();
            memory.freeMemory(memory.allocate(1), 1);
            return null;
        } catch (UnsupportedOperationException | LinkageError _) {
            return "Java keeps Chronicle Bytes from memory: start it with --sun-misc-unsafe-memory-access=allow";
        }
    }

    /**
     * Refuses to go on without.
     *
     * @throws IllegalStateException in one line that names the flag
     */
    static void require() {
        if (COMPLAINT != null) {
            throw new IllegalStateException(COMPLAINT);
        }
    }
}
