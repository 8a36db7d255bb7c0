package io.penstock.benchmarks.stack;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Locale;

/**
 * What is measured.
 *
 * @param connections of which each request takes a random one
 * @param sizeBytes of request and answer
 */
public record StackRow(int connections, int sizeBytes) {
    @JsonIgnore
    String label() {
        return String.format(Locale.ROOT, "%,d x %,d B", connections, sizeBytes);
    }
}
