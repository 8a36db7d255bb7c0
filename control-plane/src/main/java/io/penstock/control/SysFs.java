package io.penstock.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small files of /proc and /sys, of which any may be missing on some machine. */
final class SysFs {
    private SysFs() {}

    /** The first line without its end; empty if the file cannot be read. */
    static String line(Path file) {
        try {
            String content = Files.readString(file);
            return content.lines().findFirst().orElse("").strip();
        } catch (IOException _) {
            return "";
        }
    }

    /** The number in a file; {@code otherwise} if there is none. */
    static int number(Path file, int otherwise) {
        String line = line(file);
        return line.matches("-?\\d{1,9}") ? Integer.parseInt(line) : otherwise;
    }
}
