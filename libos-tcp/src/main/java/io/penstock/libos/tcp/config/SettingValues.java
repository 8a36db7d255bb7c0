package io.penstock.libos.tcp.config;

import io.penstock.datapath.ConfigurationException;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** What was set, and where; whatever was not has its default. Immutable: each change is a new object. */
public final class SettingValues {
    /** Nothing was set. */
    public static final SettingValues DEFAULTS = new SettingValues(Map.of());

    /** Where a value comes from that was never set. */
    public static final String BY_DEFAULT = "default";

    private static final String COMMENTS = "#!";

    private final Map<Setting<?>, Entry> entries;

    private record Entry(Object value, String origin) {}

    private SettingValues(Map<Setting<?>, Entry> entries) {
        this.entries = Map.copyOf(entries);
    }

    /** What was set, or else the default: null if there is none. */
    @SuppressWarnings("unchecked") // with() took a value of the setting's type
    public <T> T get(Setting<T> setting) {
        Entry entry = entries.get(setting);
        return entry == null ? setting.otherwise() : (T) entry.value();
    }

    /** Whether it was set. */
    public boolean isSet(Setting<?> setting) {
        return entries.containsKey(setting);
    }

    /** Where it was set: {@code FILE:LINE}, an option, {@code default}. */
    public String origin(Setting<?> setting) {
        Entry entry = entries.get(setting);
        return entry == null ? BY_DEFAULT : entry.origin();
    }

    /** The value as text. */
    public <T> String text(Setting<T> setting) {
        return setting.format(get(setting));
    }

    /** The value and where it comes from, for a complaint. */
    String said(Setting<?> setting) {
        return setting + "=" + text(setting) + " (" + origin(setting) + ")";
    }

    /** Refuses that the first is more than the second. */
    <T extends Comparable<T>> void requireOrder(Setting<T> less, Setting<T> more) {
        if (get(less).compareTo(get(more)) > 0) {
            throw new ConfigurationException(
                    said(less) + " and " + said(more) + ": expected " + less + " to be at most " + more);
        }
    }

    /**
     * With one value more, or another one.
     *
     * @param origin where it comes from
     * @throws ConfigurationException if the setting cannot have it
     */
    public <T> SettingValues with(Setting<T> setting, T value, String origin) {
        Map<Setting<?>, Entry> more = new HashMap<>(entries);
        more.put(setting, new Entry(setting.checked(value), origin));
        return new SettingValues(more);
    }

    /** With all that was set in the others, which come later and win. */
    public SettingValues with(SettingValues later) {
        Map<Setting<?>, Entry> more = new HashMap<>(entries);
        more.putAll(later.entries);
        return new SettingValues(more);
    }

    /**
     * With what {@code NAME=VALUE} says.
     *
     * @param option on which it was given, such as {@code --set}
     * @throws ConfigurationException in one line
     */
    public SettingValues with(SettingTable table, String assignment, String option) {
        int equals = assignment.indexOf('=');
        if (equals <= 0) {
            throw new ConfigurationException(option + " " + assignment + ": expected NAME=VALUE, such as "
                    + TcpSettings.MAX_CONNECTIONS + "=100000");
        }
        Setting<?> setting = table.find(assignment.substring(0, equals).strip(), option + ": ");
        return parsed(setting, assignment.substring(equals + 1), option + " " + assignment, option);
    }

    private <T> SettingValues parsed(Setting<T> setting, String text, String given, String origin) {
        return with(setting, setting.parse(text, given), origin);
    }

    /**
     * With what a file says: Java properties in UTF-8, of the table's names.
     *
     * @throws ConfigurationException in one line, with the line's number
     */
    public SettingValues with(SettingTable table, Path file) {
        SettingValues values = this;
        Map<Setting<?>, Integer> given = new HashMap<>();
        List<String> lines = read(file);
        for (int i = 0; i < lines.size(); i++) {
            int number = i + 1;
            StringBuilder logical = new StringBuilder(lines.get(i).stripLeading());
            if (logical.isEmpty() || COMMENTS.indexOf(logical.charAt(0)) >= 0) {
                continue;
            }
            while (isContinued(logical) && i + 1 < lines.size()) {
                logical.append('\n').append(lines.get(++i));
            }
            String where = file + ":" + number;
            for (Map.Entry<String, String> entry :
                    decode(logical.toString(), where).entrySet()) {
                Setting<?> setting = table.find(entry.getKey(), where + ": ");
                Integer before = given.put(setting, number);
                if (before != null) {
                    throw new ConfigurationException(
                            where + ": " + setting + " was set in line " + before + " already: expected once");
                }
                String assignment = where + ": " + setting + "=" + entry.getValue();
                values = values.parsed(setting, entry.getValue(), assignment, where);
            }
        }
        return values;
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new ConfigurationException("--config " + file + ": there is no such file", e);
        } catch (CharacterCodingException e) {
            throw new ConfigurationException("--config " + file + " is no text in UTF-8: expected NAME=VALUE lines", e);
        } catch (IOException e) {
            throw new ConfigurationException("--config " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** An odd number of backslashes at the end joins the next line. */
    private static boolean isContinued(StringBuilder line) {
        int slashes = 0;
        while (slashes < line.length() && line.charAt(line.length() - 1 - slashes) == '\\') {
            slashes++;
        }
        return slashes % 2 == 1;
    }

    /** Separators, blanks and escapes are those of Java properties. */
    private static Map<String, String> decode(String logicalLine, String where) {
        Properties one = new Properties();
        try {
            one.load(new StringReader(logicalLine));
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(where + ": malformed \\u escape: expected four hexadecimal digits", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // not from a text
        }
        Map<String, String> map = new HashMap<>();
        one.stringPropertyNames().forEach(name -> map.put(name, one.getProperty(name)));
        return map;
    }
}
