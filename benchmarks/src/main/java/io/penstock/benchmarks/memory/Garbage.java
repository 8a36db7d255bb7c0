package io.penstock.benchmarks.memory;

/** How many bytes of the Java heap something takes. */
final class Garbage {
    private static final int WARM_UP_BLOCKS = 20;

    private Garbage() {}

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
