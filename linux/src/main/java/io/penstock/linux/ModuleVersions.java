package io.penstock.linux;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.util.Collections;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Of which version the modules of Penstock are that Java finds. Those of two versions fail in the middle of something, with
 * an error that names a method and neither version.
 */
final class ModuleVersions {
    /** Every module brings one; a jar made of several modules may have a line for each. */
    static final String RESOURCE = "META-INF/penstock.modules";

    private static final String COMPLAINT = complaint(ModuleVersions.class.getClassLoader());

    private ModuleVersions() {}

    /** In one line, which versions there are, and where; null if all are of one. */
    static String complaint() {
        return COMPLAINT;
    }

    static String complaint(ClassLoader loader) {
        Map<String, String> exampleOfVersion = new TreeMap<>();
        try {
            for (URL url : Collections.list(loader.getResources(RESOURCE))) {
                Properties modules = read(url);
                for (String module : new TreeSet<>(modules.stringPropertyNames())) {
                    exampleOfVersion.putIfAbsent(modules.getProperty(module), module + " in " + placeOf(url));
                }
            }
        } catch (IOException | IllegalArgumentException _) {
            return null; // not readable is not two: whoever needs what is in there will say so
        }
        return exampleOfVersion.size() < 2 ? null : describe(exampleOfVersion);
    }

    private static String describe(Map<String, String> exampleOfVersion) {
        StringBuilder all = new StringBuilder("modules of Penstock of " + exampleOfVersion.size() + " versions: ");
        String separator = "";
        for (Map.Entry<String, String> each : exampleOfVersion.entrySet()) {
            all.append(separator)
                    .append(each.getKey())
                    .append(" (")
                    .append(each.getValue())
                    .append(')');
            separator = ", ";
        }
        return all
                + "; keep those of one: in Maven by importing penstock-bom, in a folder of jars by removing the others";
    }

    private static Properties read(URL url) throws IOException {
        URLConnection connection = url.openConnection();
        connection.setUseCaches(false); // or the jar would stay open
        Properties modules = new Properties();
        try (InputStream in = connection.getInputStream()) {
            modules.load(in);
        }
        return modules;
    }

    /** The jar or folder, without what is in it. */
    private static String placeOf(URL url) {
        String place = url.toString().replaceFirst("^(jar:)?file:", "");
        return place.substring(0, place.length() - RESOURCE.length()).replaceFirst("!?/$", "");
    }
}
