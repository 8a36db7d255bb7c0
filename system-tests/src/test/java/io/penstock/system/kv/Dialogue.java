package io.penstock.system.kv;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** {@code dialogue.txt}: what is said to both servers. */
final class Dialogue {
    private static final Pattern REPEATED = Pattern.compile("<([^<>*]+)\\*(\\d+)>");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

    /** How long a key lives that lives 10000 s, and one that lives as long as is possible, depends on the clock. */
    private static final Pattern TIME_TO_LIVE = Pattern.compile(":(9\\d{3}|10000|9\\d{15})\r\n");

    /** Each server numbers its own clients. */
    private static final Pattern CLIENT_ID = Pattern.compile("\\$2\r\nid\r\n:\\d+\r\n");

    /** Another Debian may have another Redis. */
    private static final Pattern VERSION = Pattern.compile("\\$7\r\nversion\r\n\\$\\d+\r\n[0-9.]+\r\n");

    private Dialogue() {}

    /**
     * One thing said.
     *
     * @param line as the table has it
     */
    record Saying(String line) {
        byte[] bytes() {
            return Dialogue.bytes(line);
        }

        /** Whether its answer stays the same wherever it stands in a pipeline, and leaves the connection open. */
        boolean fitsAnywhere() {
            String upper = line.toUpperCase(Locale.ROOT);
            // A key that is born dead is counted by DBSIZE until the server looks for such keys; and which of two times
            // to
            // live is longer depends, where both were given as the same, on the millisecond.
            return !upper.contains("XAT 1") && !upper.matches("EXPIRE .* [GL]T") && !upper.contains("QUIT");
        }

        @Override
        public String toString() {
            return line;
        }
    }

    static List<Saying> read() {
        try (InputStream in = Dialogue.class.getResourceAsStream("dialogue.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .map(Saying::new)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The short list of what may differ, taken out of an answer. */
    static String comparable(String answer) {
        String timeless = TIME_TO_LIVE.matcher(answer).replaceAll(":10000\r\n");
        String anonymous = CLIENT_ID.matcher(timeless).replaceAll("\\$2\r\nid\r\n:1\r\n");
        return VERSION.matcher(anonymous).replaceAll("\\$7\r\nversion\r\n\\$5\r\n7.0.0\r\n");
    }

    private static byte[] bytes(String line) {
        String full = REPEATED.matcher(line)
                .replaceAll(match -> java.util.regex.Matcher.quoteReplacement(
                        match.group(1).repeat(Integer.parseInt(match.group(2)))));
        if (full.startsWith("@ ")) {
            return latin1(unescape(full.substring(2)));
        }
        return request(WORD.matcher(full)
                .results()
                .map(match -> unescape(match.group(1) == null ? match.group(2) : match.group(1)))
                .toArray(String[]::new));
    }

    private static String unescape(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                c = text.charAt(++i);
                switch (c) {
                    case 'r' -> c = '\r';
                    case 'n' -> c = '\n';
                    case 't' -> c = '\t';
                    case 'x' -> {
                        c = (char) Integer.parseInt(text, i + 1, i + 3, 16);
                        i += 2;
                    }
                    default -> {
                        // Stands for itself.
                    }
                }
            }
            plain.append(c);
        }
        return plain.toString();
    }

    static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** A command as clients send it. */
    static byte[] request(String... words) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(latin1("*" + words.length + "\r\n"));
        for (String word : words) {
            all.writeBytes(latin1("$" + word.length() + "\r\n" + word + "\r\n"));
        }
        return all.toByteArray();
    }
}
