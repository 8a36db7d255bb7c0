package io.penstock.memory;

/** Where one buffer was taken and released, and when it was taken. */
final class Life {
    private final Throwable taken = new Throwable("taken here");
    private final long takenNanos = System.nanoTime();
    private volatile Throwable released;

    void released() {
        released = new Throwable("released here");
    }

    /** For an exception's cause: where it was released last, or taken if it never was. */
    Throwable lastEvent() {
        return released != null ? released : taken;
    }

    String takenWhere() {
        return where(taken);
    }

    String releasedWhere() {
        return released == null ? null : where(released);
    }

    double ageSeconds() {
        return (System.nanoTime() - takenNanos) / 1e9;
    }

    /** The first caller outside of this package: the line that somebody has to mend. */
    private static String where(Throwable trace) {
        StackTraceElement[] elements = trace.getStackTrace();
        for (StackTraceElement element : elements) {
            if (!element.getClassName().startsWith(Life.class.getPackageName() + ".")
                    || element.getClassName().endsWith("Test")) {
                return element.toString();
            }
        }
        return elements.length == 0 ? "an unknown place" : elements[elements.length - 1].toString();
    }
}
