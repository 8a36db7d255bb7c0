package io.penstock.control.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Columns as wide as what stands in them, two blanks apart. A header that begins with {@code >} asks for its column to be
 * set flush right, as numbers are.
 */
public final class Table {
    private final List<String[]> rows = new ArrayList<>();
    private final boolean[] right;

    /** Begins with the headers. */
    public Table(String... headers) {
        right = new boolean[headers.length];
        String[] shown = new String[headers.length];
        for (int i = 0; i < headers.length; i++) {
            right[i] = headers[i].startsWith(">");
            shown[i] = right[i] ? headers[i].substring(1) : headers[i];
        }
        rows.add(shown);
    }

    /** Adds a row: as many cells as there are headers. */
    public void row(String... cells) {
        if (cells.length != right.length) {
            throw new IllegalArgumentException(cells.length + " cells in a table of " + right.length + " columns");
        }
        rows.add(cells.clone());
    }

    /** The lines, headers first, without blanks at their ends. */
    public List<String> lines() {
        int[] widths = new int[right.length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                String pad = " ".repeat(widths[i] - row[i].length());
                line.append(i == 0 ? "" : "  ").append(right[i] ? pad + row[i] : row[i] + pad);
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
