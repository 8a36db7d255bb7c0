package io.penstock.libos.tcp.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How a kind of value is written, and which of its values can be. */
interface Syntax<T> {
    /** The value, or null if the text is none of this kind. */
    T parse(String text);

    /** As {@link #parse} reads it. */
    String format(T value);

    /** Whether it lies in its range. */
    boolean accepts(T value);

    /** What can be, in words that follow "expected". */
    String expected();

    /** What it is: {@code number}, {@code size}, {@code time}, {@code flag}, {@code text}, {@code choice}. */
    String kind();

    /** What can be, as short as a column of a table. */
    String range();

    /** A whole number. */
    record Numbers(int min, int max) implements Syntax<Integer> {
        @Override
        public Integer parse(String text) {
            try {
                return Integer.valueOf(text);
            } catch (NumberFormatException _) {
                return null;
            }
        }

        @Override
        public String format(Integer value) {
            return value.toString();
        }

        @Override
        public boolean accepts(Integer value) {
            return value >= min && value <= max;
        }

        @Override
        public String expected() {
            return "a whole number from " + range();
        }

        @Override
        public String kind() {
            return "number";
        }

        @Override
        public String range() {
            return min + " to " + max;
        }
    }

    /** An amount of memory, in bytes. */
    record Sizes(long min, long max) implements Syntax<Long> {
        private static final Pattern FORM = Pattern.compile("(\\d{1,18})(?: ?([KMGT])(?:i?B)?| ?B)?");
        private static final String UNITS = "KMGT";
        private static final int SHIFT = 10;

        @Override
        public Long parse(String text) {
            Matcher form = FORM.matcher(text);
            if (!form.matches()) {
                return null;
            }
            long number = Long.parseLong(form.group(1));
            int shift = form.group(2) == null ? 0 : SHIFT * (1 + UNITS.indexOf(form.group(2)));
            return number > Long.MAX_VALUE >> shift ? null : number << shift;
        }

        @Override
        public String format(Long value) {
            int unit = 0;
            long number = value;
            while (number != 0 && unit < UNITS.length() && number % (1L << SHIFT) == 0) {
                number >>= SHIFT;
                unit++;
            }
            return unit == 0 ? value.toString() : number + " " + UNITS.charAt(unit - 1) + "iB";
        }

        @Override
        public boolean accepts(Long value) {
            return value >= min && value <= max;
        }

        @Override
        public String expected() {
            return "a number of bytes from " + range() + ", such as 256KiB";
        }

        @Override
        public String kind() {
            return "size";
        }

        @Override
        public String range() {
            return format(min) + " to " + format(max);
        }
    }

    /** An amount of memory, one of a few. */
    record FewSizes(List<Long> allowed) implements Syntax<Long> {
        private static final Sizes ANY = new Sizes(0, Long.MAX_VALUE);

        @Override
        public Long parse(String text) {
            return ANY.parse(text);
        }

        @Override
        public String format(Long value) {
            return value.toString();
        }

        @Override
        public boolean accepts(Long value) {
            return allowed.contains(value);
        }

        @Override
        public String expected() {
            return range();
        }

        @Override
        public String kind() {
            return "size";
        }

        @Override
        public String range() {
            return allowed.stream().map(this::format).collect(Collectors.joining(" or "));
        }
    }

    /** A length of time. */
    record Times(Duration min, Duration max) implements Syntax<Duration> {
        private static final Pattern FORM = Pattern.compile("(\\d{1,15}) ?(ns|us|ms|s|min|h|d)");
        private static final List<String> UNITS = List.of("d", "h", "min", "s", "ms", "us", "ns");
        private static final long[] NANOS = {
            86_400_000_000_000L, 3_600_000_000_000L, 60_000_000_000L, 1_000_000_000L, 1_000_000L, 1_000L, 1L
        };

        @Override
        public Duration parse(String text) {
            if (text.equals("0")) {
                return Duration.ZERO;
            }
            Matcher form = FORM.matcher(text);
            if (!form.matches()) {
                return null;
            }
            try {
                long unit = NANOS[UNITS.indexOf(form.group(2))];
                return Duration.ofNanos(Math.multiplyExact(Long.parseLong(form.group(1)), unit));
            } catch (ArithmeticException _) {
                return null; // three hundred years
            }
        }

        @Override
        public String format(Duration value) {
            long nanos = value.toNanos();
            for (int i = 0; i < NANOS.length && nanos != 0; i++) {
                if (nanos % NANOS[i] == 0) {
                    return nanos / NANOS[i] + " " + UNITS.get(i);
                }
            }
            return "0";
        }

        @Override
        public boolean accepts(Duration value) {
            return value.compareTo(min) >= 0 && value.compareTo(max) <= 0;
        }

        @Override
        public String expected() {
            return "a time from " + range() + ", such as 200ms or 5s";
        }

        @Override
        public String kind() {
            return "time";
        }

        @Override
        public String range() {
            return format(min) + " to " + format(max);
        }
    }

    /** Yes or no. */
    record Flags() implements Syntax<Boolean> {
        @Override
        public Boolean parse(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "true", "on", "yes" -> true;
                case "false", "off", "no" -> false;
                default -> null;
            };
        }

        @Override
        public String format(Boolean value) {
            return value.toString();
        }

        @Override
        public boolean accepts(Boolean value) {
            return true;
        }

        @Override
        public String expected() {
            return range();
        }

        @Override
        public String kind() {
            return "flag";
        }

        @Override
        public String range() {
            return "true or false";
        }
    }

    /** A text of a certain form. */
    record Texts(Predicate<String> form, String range) implements Syntax<String> {
        @Override
        public String parse(String text) {
            return text;
        }

        @Override
        public String format(String value) {
            return value;
        }

        @Override
        public boolean accepts(String value) {
            return form.test(value);
        }

        @Override
        public String expected() {
            return range;
        }

        @Override
        public String kind() {
            return "text";
        }
    }

    /** One of some names: those of an enum's constants, in lower case. */
    record Choices<E extends Enum<E>>(Class<E> type) implements Syntax<E> {
        @Override
        public E parse(String text) {
            return Arrays.stream(type.getEnumConstants())
                    .filter(each -> each.name().equalsIgnoreCase(text))
                    .findFirst()
                    .orElse(null);
        }

        @Override
        public String format(E value) {
            return value.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public boolean accepts(E value) {
            return true;
        }

        @Override
        public String expected() {
            return range();
        }

        @Override
        public String kind() {
            return "choice";
        }

        @Override
        public String range() {
            return Arrays.stream(type.getEnumConstants()).map(this::format).collect(Collectors.joining(", "));
        }
    }
}
