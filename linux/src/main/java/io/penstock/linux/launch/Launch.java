package io.penstock.linux.launch;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.jar.Attributes;
import java.util.jar.Manifest;

/**
 * The main class of an executable jar, for who starts it with an old Java: that is told in one line, where Java itself
 * speaks of class file versions. Then the class runs that the jar's manifest names as {@code Penstock-Main}.
 *
 * <p>It and nothing else is compiled for Java 8.
 */
public final class Launch {
    private static final int OLDEST = 25;
    private static final String ATTRIBUTE = "Penstock-Main";
    private static final int EXIT_BAD_INPUT = 2;

    private Launch() {}

    /**
     * Calls the {@code main} of the class that the manifest names; exit code 2 if this Java is too old, or it names none.
     *
     * @throws Throwable what that threw
     */
    public static void main(String[] args) throws Throwable {
        String complaint = complaint(System.getProperty("java.specification.version"), System.getProperty("java.home"));
        if (complaint != null) {
            refuse(complaint);
        }
        String main = mainClass();
        if (main == null) {
            refuse("the manifest of this jar names no main class for Penstock to start (" + ATTRIBUTE + ")");
        }
        try {
            Class.forName(main).getMethod("main", String[].class).invoke(null, (Object) args);
        } catch (ClassNotFoundException | NoSuchMethodException e) {
            refuse("the manifest of this jar names " + main + " (" + ATTRIBUTE + "), which has no public main: " + e);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** What is wrong with a Java of this version, "1.8" or "17", that lies there; null if nothing is. */
    static String complaint(String specification, String home) {
        int running = Integer.parseInt(specification.startsWith("1.") ? specification.substring(2) : specification);
        return running >= OLDEST
                ? null
                : "this program needs Java " + OLDEST + " or later, and this is Java " + running + " in " + home;
    }

    private static void refuse(String line) {
        System.err.println(line);
        System.exit(EXIT_BAD_INPUT);
    }

    private static String mainClass() throws IOException {
        try (InputStream in = Launch.class.getResourceAsStream("/META-INF/MANIFEST.MF")) {
            return in == null ? null : new Manifest(in).getMainAttributes().getValue(new Attributes.Name(ATTRIBUTE));
        }
    }
}
