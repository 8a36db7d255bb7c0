package io.penstock.control;

import java.nio.file.Path;

/** A file that should hold a server's counters and does not. The message is one line. */
public final class InvalidCountersException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidCountersException(Path path, String what) {
        super(path + " " + what);
    }
}
