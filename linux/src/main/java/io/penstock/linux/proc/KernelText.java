package io.penstock.linux.proc;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A short file of the kernel's that is read again and again, and the numbers in it. Reading makes no garbage. One thread.
 */
final class KernelText implements AutoCloseable {
    private static final int MAX_BYTES = 1024;

    private final byte[] text = new byte[MAX_BYTES];
    private final RandomAccessFile file;
    private int length;

    /** A file that is not there has no text. */
    KernelText(Path path) {
        file = open(path);
    }

    private static RandomAccessFile open(Path path) {
        try {
            return new RandomAccessFile(path.toFile(), "r");
        } catch (IOException _) {
            return null; // a kernel that does not count this
        }
    }

    /** Reads it anew. Returns false if there is nothing to read, or no more. */
    boolean read() {
        if (file == null) {
            return false;
        }
        try {
            file.seek(0);
            length = file.read(text);
        } catch (IOException _) {
            length = 0; // the thread or the group has ended
        }
        return length > 0;
    }

    /** The number behind the first place where this word stands followed by a space; -1 if it stands nowhere. */
    long numberBehind(byte[] word) {
        for (int at = 0; at + word.length < length; at++) {
            if ((at == 0 || text[at - 1] == '\n') && text[at + word.length] == ' ' && stands(word, at)) {
                return numberAt(at + word.length + 1);
            }
        }
        return -1;
    }

    private boolean stands(byte[] word, int at) {
        for (int i = 0; i < word.length; i++) {
            if (text[at + i] != word[i]) {
                return false;
            }
        }
        return true;
    }

    /** The second of the numbers in the first line. */
    long secondNumber() {
        int at = 0;
        while (at < length && text[at] != ' ') {
            at++;
        }
        return numberAt(at + 1);
    }

    private long numberAt(int start) {
        long value = 0;
        for (int at = start; at < length && text[at] >= '0' && text[at] <= '9'; at++) {
            value = value * 10 + text[at] - '0';
        }
        return value;
    }

    static byte[] word(String ascii) {
        return ascii.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() {
        if (file == null) {
            return;
        }
        try {
            file.close();
        } catch (IOException e) {
            throw new IllegalStateException("cannot close a file that was only read", e);
        }
    }
}
