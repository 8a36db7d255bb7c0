package io.penstock.linux;

/**
 * What must be so before anything of Penstock runs: Java's flags, and modules of one version. Asked wherever Penstock is
 * entered. Any thread.
 */
public final class StartConditions {
    private StartConditions() {}

    /** What is not so and how to mend it, in one line; null if all is well. The same as long as this process lives. */
    public static String complaint() {
        String versions = ModuleVersions.complaint();
        return versions != null ? versions : JavaFlags.complaint();
    }

    /**
     * Refuses to go on.
     *
     * @throws IllegalStateException with the line of {@link #complaint}, if there is one
     */
    public static void require() {
        String complaint = complaint();
        if (complaint != null) {
            throw new IllegalStateException(complaint);
        }
    }
}
