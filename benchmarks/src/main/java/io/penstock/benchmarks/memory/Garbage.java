package io.penstock.benchmarks.memory;

/** How many bytes of the Java heap something takes. */
final class Garbage {
    /**
     * JMH divides all that the process allocated by the operations, its own few kilobytes an iteration included. One
     * object every thousand operations would be 0.016 bytes an operation at least; what is below is the harness.
     */
    private static final double NOISE_BYTES = 0.01;

    private static final int WARM_UP_BLOCKS = 20;

    private Garbage() {}

    /** JMH's figure, with what can only be its own bookkeeping taken for nothing. */
    static double withoutNoise(double bytesPerOperation) {
        return Math.abs(bytesPerOperation) < NOISE_BYTES ? 0 : bytesPerOperation;
    }

    /**
     * Counts, to the byte, what the calling thread allocates while it runs {@code block}, which is run a few times
     * before, so that it is compiled.
     */
    static long exactBytes(Runnable block, int blocks) {
        for (int i = 0; i < WARM_UP_BLOCKS; i++) {
            block.run();
        }
        return io.penstock.testkit.Garbage.allocatedBytes(() -> {
            for (int i = 0; i < blocks; i++) {
                block.run();
            }
        });
    }
}
