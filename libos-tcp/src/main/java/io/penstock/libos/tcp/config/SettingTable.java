package io.penstock.libos.tcp.config;

import io.penstock.datapath.ConfigurationException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Settings by their names, such as {@link StackSettings#tableWith a stack's}. Immutable. */
public final class SettingTable {
    private final List<Setting<?>> all;
    private final Map<String, Setting<?>> byName = new TreeMap<>();

    SettingTable(Collection<Setting<?>> settings) {
        all = List.copyOf(settings);
        for (Setting<?> setting : all) {
            if (byName.put(setting.name(), setting) != null) {
                throw new IllegalArgumentException("two settings are called " + setting.name());
            }
        }
    }

    /** In the order in which they are shown. */
    public List<Setting<?>> all() {
        return all;
    }

    /**
     * The setting of this name.
     *
     * @param where what stands in front of a complaint, such as a file and its line
     * @throws ConfigurationException in one line, with the name that is nearest
     */
    public Setting<?> find(String name, String where) {
        Setting<?> setting = byName.get(name);
        if (setting == null) {
            throw new ConfigurationException(where + "no setting is called '" + name + "': did you mean "
                    + nearest(name) + "? (penstock config lists all)");
        }
        return setting;
    }

    private String nearest(String name) {
        String best = "";
        int min = Integer.MAX_VALUE;
        for (String each : byName.keySet()) {
            int distance = distance(name, each);
            if (distance < min) {
                min = distance;
                best = each;
            }
        }
        return best;
    }

    /** How many letters have to be added, taken away or replaced (Levenshtein). */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
