package io.penstock.linux;

import java.lang.foreign.MemorySegment;
import org.agrona.UnsafeApi;

/**
 * Whether Java was started with the flags that Agrona needs to read and write memory, and Penstock to call the kernel. Who
 * goes on without gets an error that names neither the flag nor who needs it.
 */
final class JavaFlags {
    private static final String PACKAGE = "jdk.internal.misc";
    private static final String COMPLAINT = complaintFor(UnsafeApi.class.getModule(), JavaFlags.class.getModule());

    private JavaFlags() {}

    /** Neither of both is initialized by being asked for its module. */
    private static String complaintFor(Module agrona, Module penstock) {
        boolean isExported = Object.class.getModule().isExported(PACKAGE, agrona);
        if (isExported && mayCallTheKernel()) {
            return null;
        }
        StringBuilder missing = new StringBuilder();
        StringBuilder attributes = new StringBuilder();
        if (!isExported) {
            missing.append(" --add-exports java.base/" + PACKAGE + "=").append(nameOf(agrona));
            attributes.append("Add-Exports: java.base/" + PACKAGE);
        }
        if (!penstock.isNativeAccessEnabled()) {
            missing.append(" --enable-native-access=").append(nameOf(penstock));
            attributes.append(attributes.isEmpty() ? "" : ", ").append("Enable-Native-Access: ALL-UNNAMED");
        }
        return "Java keeps Penstock from memory: start it with" + missing
                + ", or say that in an executable jar's manifest (" + attributes + ")";
    }

    private static String nameOf(Module module) {
        return module.isNamed() ? module.getName() : "ALL-UNNAMED";
    }

    /**
     * Without the flag Java 25 warns at the first such call, in four lines that name it, and refuses it if it was started
     * so, as later ones will.
     */
    @SuppressWarnings("restricted") // that is the question
    private static boolean mayCallTheKernel() {
        try {
            return MemorySegment.NULL.reinterpret(1).byteSize() == 1;
        } catch (IllegalCallerException _) {
            return false;
        }
    }

    /** What is missing and how to mend it, in one line; null if nothing is. */
    static String complaint() {
        return COMPLAINT;
    }

    /**
     * Refuses to go on without them.
     *
     * @throws IllegalStateException with the line of {@link #complaint}
     */
    static void require() {
        if (COMPLAINT != null) {
            throw new IllegalStateException(COMPLAINT);
        }
    }
}
