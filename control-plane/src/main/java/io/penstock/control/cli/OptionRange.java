package io.penstock.control.cli;

import io.penstock.datapath.ConfigurationException;

/** The whole numbers that an option takes. */
public final class OptionRange {
    private OptionRange() {}

    /**
     * Refuses what lies outside, in one line that names the option.
     *
     * @param option as on the command line, such as {@code --burst}
     * @param min the smallest value that is taken
     * @param max the largest value that is taken
     * @throws ConfigurationException if {@code value} is neither of them nor between
     */
    public static void require(String option, int value, int min, int max) {
        if (value < min || value > max) {
            throw new ConfigurationException(option + " " + value + ": expected " + min + " to " + max);
        }
    }
}
