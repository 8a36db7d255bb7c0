package io.penstock.libos.tcp.config;

import java.util.Locale;

/** The congestion controls that a connection can have. */
public enum CongestionAlgorithm {
    /** NewReno: slow start, congestion avoidance, fast recovery (RFC 5681, RFC 6582). */
    NEWRENO;

    /** What it is called where text is given: its name in lower case. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The one of this label, or null. */
    public static CongestionAlgorithm of(String label) {
        for (CongestionAlgorithm each : values()) {
            if (each.label().equals(label)) {
                return each;
            }
        }
        return null;
    }
}
