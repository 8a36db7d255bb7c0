package io.penstock.benchmarks.way;

import java.util.List;

/**
 * A source file that a passage enters.
 *
 * @param file the name of its outer class, without {@code io.penstock}
 * @param members what of it is reached, in the order of the first time: methods, and with a dot in front fields that other
 *     files use
 * @param kind what it does on this way
 */
record Entered(String file, List<String> members, Kind kind) {
    enum Kind {
        /** A method with a branch is entered. */
        DECIDES("decides"),
        /** It is state, or a format: no method with a branch is entered. */
        HOLDS("holds"),
        /** An empty turn enters all that this passage does. */
        TURN("every turn");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /** In tables. */
        String label() {
            return label;
        }
    }

    /** What of it is reached first. */
    String first() {
        return members.getFirst();
    }
}
