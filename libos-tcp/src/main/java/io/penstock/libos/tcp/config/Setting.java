package io.penstock.libos.tcp.config;

import io.penstock.datapath.ConfigurationException;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/**
 * One thing that can be set: its name, what it means, which values it can have, and what it is unless set. To add one,
 * declare it in a table such as {@link TcpSettings}: file, command line, {@code penstock config} and the documentation follow.
 *
 * @param <T> Integer, Long (bytes), Duration, Boolean, String, or an enum
 */
public final class Setting<T> {
    private final String name;
    private final Syntax<T> syntax;
    private final T otherwise;
    private final String otherwiseText;
    private final String help;

    private Setting(String name, Syntax<T> syntax, T otherwise, String otherwiseText, String help) {
        this.name = name;
        this.syntax = syntax;
        this.otherwise = otherwise;
        this.otherwiseText = otherwiseText;
        this.help = help;
        if (otherwise != null && !syntax.accepts(otherwise)) {
            throw new IllegalArgumentException(name + " cannot be " + otherwise + " by default");
        }
    }

    private static <T> Setting<T> of(String name, Syntax<T> syntax, T otherwise, String help) {
        return new Setting<>(name, syntax, otherwise, otherwise == null ? "none" : syntax.format(otherwise), help);
    }

    /** A whole number. */
    public static Setting<Integer> number(String name, Integer otherwise, int min, int max, String help) {
        return of(name, new Syntax.Numbers(min, max), otherwise, help);
    }

    /** An amount of memory in bytes. */
    public static Setting<Long> size(String name, Long otherwise, long min, long max, String help) {
        return of(name, new Syntax.Sizes(min, max), otherwise, help);
    }

    /** An amount of memory in bytes, one of a few; none unless set. */
    public static Setting<Long> sizeOf(String name, List<Long> allowed, String help) {
        return of(name, new Syntax.FewSizes(allowed), null, help);
    }

    /** A length of time. */
    public static Setting<Duration> time(String name, Duration otherwise, Duration min, Duration max, String help) {
        return of(name, new Syntax.Times(min, max), otherwise, help);
    }

    /** Yes or no. */
    public static Setting<Boolean> flag(String name, boolean otherwise, String help) {
        return of(name, new Syntax.Flags(), otherwise, help);
    }

    /** A text, which has no value unless set. */
    public static Setting<String> text(String name, Predicate<String> form, String expected, String help) {
        return text(name, null, form, expected, help);
    }

    /** A text. */
    public static Setting<String> text(
            String name, String otherwise, Predicate<String> form, String expected, String help) {
        return of(name, new Syntax.Texts(form, expected), otherwise, help);
    }

    /** One of an enum's constants, by its name in lower case; null for none. */
    public static <E extends Enum<E>> Setting<E> choice(String name, Class<E> type, E otherwise, String help) {
        return of(name, new Syntax.Choices<>(type), otherwise, help);
    }

    /** The same setting, whose default depends on others or on the device, as these words say. */
    public Setting<T> unlessSet(String words) {
        return new Setting<>(name, syntax, otherwise, words, help);
    }

    /** Such as {@code tcp.max-connections}. */
    public String name() {
        return name;
    }

    /** What it means, in a line. */
    public String help() {
        return help;
    }

    /** What it is unless set; null for none, or if that depends on others. */
    public T otherwise() {
        return otherwise;
    }

    /** What it is unless set, in words. */
    public String otherwiseText() {
        return otherwiseText;
    }

    /** What it is: {@code number}, {@code size}, {@code time}, {@code flag}, {@code text} or {@code choice}. */
    public String kind() {
        return syntax.kind();
    }

    /** Which values it can have, for a table. */
    public String range() {
        return syntax.range();
    }

    /** Which values it can have, in words that follow "expected". */
    public String expected() {
        return syntax.expected();
    }

    /** As a file has it; a value of null in words. */
    public String format(T value) {
        return value == null ? otherwiseText : syntax.format(value);
    }

    /** Whether it can have this value. */
    public boolean accepts(T value) {
        return syntax.accepts(value);
    }

    /**
     * The value that a text says.
     *
     * @param given what to call it in a complaint, such as {@code --frames 1}
     * @throws ConfigurationException in one line
     */
    public T parse(String text, String given) {
        T value = syntax.parse(text.strip());
        if (value == null || !syntax.accepts(value)) {
            throw new ConfigurationException(given + ": expected " + syntax.expected());
        }
        return value;
    }

    /**
     * The value, if the setting can have it.
     *
     * @throws ConfigurationException in one line
     */
    public T checked(T value) {
        if (!syntax.accepts(value)) {
            throw new ConfigurationException(name + "=" + syntax.format(value) + ": expected " + syntax.expected());
        }
        return value;
    }

    @Override
    public String toString() {
        return name;
    }
}
