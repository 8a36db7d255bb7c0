package io.penstock.control;

import java.util.BitSet;

/** The kernel's notation for sets of cores: {@code 0-3,8,10-11}. */
final class CoreList {
    private static final int MAX_CORES = 1 << 16;

    private CoreList() {}

    /** Parses; what is malformed is left out. */
    static BitSet parse(String text) {
        BitSet cores = new BitSet();
        for (String part : text.split(",", -1)) {
            String range = part.strip();
            if (range.matches("\\d{1,5}")) {
                cores.set(Integer.parseInt(range));
            } else if (range.matches("\\d{1,5}-\\d{1,5}")) {
                int dash = range.indexOf('-');
                int last = Integer.parseInt(range.substring(dash + 1));
                int first = Integer.parseInt(range.substring(0, dash));
                if (first <= last && last < MAX_CORES) {
                    cores.set(first, last + 1);
                }
            }
        }
        return cores;
    }

    /** Writes it as the kernel does. */
    static String format(BitSet cores) {
        StringBuilder text = new StringBuilder();
        for (int first = cores.nextSetBit(0); first >= 0; first = cores.nextSetBit(first)) {
            int end = cores.nextClearBit(first);
            text.append(text.isEmpty() ? "" : ",").append(first);
            if (end - first > 1) {
                text.append('-').append(end - 1);
            }
            first = end;
        }
        return text.toString();
    }
}
