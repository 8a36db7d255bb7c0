package io.penstock.datapath;

/**
 * Something asked for at start-up cannot be had. The message is one line: what was given, what was expected, and how to
 * mend it. A command line prints it and exits with code 2.
 */
public final class ConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigurationException(String message) {
        super(message);
    }

    public ConfigurationException(String message, Throwable cause) {
        super(message, cause);
    }
}
