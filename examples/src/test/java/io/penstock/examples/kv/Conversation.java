package io.penstock.examples.kv;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a client says, and what Redis answers to it: {@code conversation.txt}. */
final class Conversation {
    /**
     * One exchange.
     *
     * @param said raw bytes, as Latin-1 text
     * @param answer the same
     * @param closes whether the server ends the connection then
     */
    record Exchange(String said, String answer, boolean closes) {}

    private Conversation() {}

    static List<Exchange> read() throws IOException {
        try (InputStream in = Conversation.class.getResourceAsStream("conversation.txt")) {
            return parse(new String(in.readAllBytes(), StandardCharsets.US_ASCII));
        }
    }

    static List<Exchange> parse(String text) {
        List<Exchange> all = new ArrayList<>();
        String said = "";
        for (String line : text.lines().toList()) {
            switch (line.isEmpty() ? '#' : line.charAt(0)) {
                case '>' -> said = unescape(line.substring(2));
                case '<' -> all.add(new Exchange(said, unescape(line.substring(2)), false));
                case '!' -> {
                    Exchange last = all.removeLast();
                    all.add(new Exchange(last.said(), last.answer(), true));
                }
                default -> {
                    // A comment.
                }
            }
        }
        return all;
    }

    static String unescape(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                plain.append(c);
                continue;
            }
            switch (text.charAt(++i)) {
                case 'r' -> plain.append('\r');
                case 'n' -> plain.append('\n');
                case 'x' -> {
                    plain.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> plain.append(text.charAt(i));
            }
        }
        return plain.toString();
    }
}
