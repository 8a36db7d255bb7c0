package io.penstock.benchmarks.stack;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What is measured, and how often.
 *
 * @param rows connections and sizes
 * @param processes how often each row starts afresh: compiled code differs from process to process
 * @param rounds of each process
 * @param roundMillis how long a round takes
 * @param warmupMillis how long a process runs before
 * @param against another source tree, measured in turn with this one; null for none
 * @param passages whether single passages are measured, too
 */
public record StackPlan(
        List<StackRow> rows,
        int processes,
        int rounds,
        long roundMillis,
        long warmupMillis,
        Path against,
        boolean passages) {

    /** All connections with all sizes. */
    public static List<StackRow> rows(List<Integer> connections, List<Integer> sizesBytes) {
        List<StackRow> rows = new ArrayList<>();
        for (int size : sizesBytes) {
            for (int count : connections) {
                rows.add(new StackRow(count, size));
            }
        }
        return List.copyOf(rows);
    }
}
