package io.penstock.benchmarks.report;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Columns of text, the first to the left and the others to the right. */
public final class TextTable {
    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();

    /** The first row is the heading. */
    public TextTable(String... heading) {
        rows.add(List.of(heading));
    }

    /** How many cells a row has. */
    public int columns() {
        return rows.getFirst().size();
    }

    /** Adds a row of as many cells as the heading has. */
    public void row(String... cells) {
        if (cells.length != columns()) {
            throw new IllegalArgumentException("a row of " + cells.length + " cells under a heading of " + columns());
        }
        rows.add(List.of(cells));
    }

    /** Prints it, each line behind {@code indent}. */
    public void print(PrintWriter out, String indent) {
        int columns = columns();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder(indent);
            for (int i = 0; i < columns; i++) {
                String padding = " ".repeat(widths[i] - row.get(i).length());
                line.append(i == 0 ? row.get(i) + padding : GAP + padding + row.get(i));
            }
            out.println(line.toString().stripTrailing());
        }
        out.flush();
    }
}
