package io.penstock.linux;

import org.agrona.UnsafeApi;

/**
 * Whether Java was started with the flag that Agrona needs to read and write memory. Asked where Penstock is entered, as
 * whoever touches memory without it gets an error that names neither the flag nor who needs it.
 */
public final class JavaFlags {
    private static final String PACKAGE = "jdk.internal.misc";
    private static final String COMPLAINT = complaintFor(UnsafeApi.class.getModule()); // does not initialize that class

    private JavaFlags() {}

    private static String complaintFor(Module agrona) {
        if (Object.class.getModule().isExported(PACKAGE, agrona)) {
            return null;
        }
        return "Java keeps Agrona from memory: start it with --add-exports java.base/" + PACKAGE + "="
                + (agrona.isNamed() ? agrona.getName() : "ALL-UNNAMED")
                + " (all flags stand in penstock.jvmargs), or name that in an executable jar's manifest"
                + " (Add-Exports: java.base/" + PACKAGE + ")";
    }

    /** What is missing and how to mend it, in one line; null if nothing is. */
    public static String complaint() {
        return COMPLAINT;
    }

    /**
     * Refuses to go on without it.
     *
     * @throws IllegalStateException with the line of {@link #complaint}
     */
    public static void require() {
        if (COMPLAINT != null) {
            throw new IllegalStateException(COMPLAINT);
        }
    }
}
