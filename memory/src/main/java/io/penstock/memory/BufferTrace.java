package io.penstock.memory;

/** Where each frame was taken and released last, as stack traces. */
final class BufferTrace {
    private final Throwable[] taken;
    private final Throwable[] released;

    BufferTrace(int frameCount) {
        taken = new Throwable[frameCount];
        released = new Throwable[frameCount];
    }

    void taken(int frame) {
        taken[frame] = new Throwable("taken here");
    }

    void released(int frame) {
        released[frame] = new Throwable("released here");
    }

    Throwable takenAt(int frame) {
        return taken[frame];
    }

    String takenWhere(int frame) {
        return where(taken[frame]);
    }

    String releasedWhere(int frame) {
        return where(released[frame]);
    }

    /** The first caller outside of this package: the line that somebody has to mend. */
    private static String where(Throwable trace) {
        if (trace == null) {
            return "(before tracing)";
        }
        for (StackTraceElement element : trace.getStackTrace()) {
            if (!element.getClassName().startsWith(BufferTrace.class.getPackageName() + ".")) {
                return element.toString();
            }
        }
        return trace.getStackTrace()[0].toString();
    }
}
