package io.penstock.benchmarks.soak;

import io.penstock.memory.Buffer;

/** What a soak takes its buffers from. Everything but {@link #release} belongs to the thread that made it. */
interface SoakMemory extends AutoCloseable {

    /** The least that {@link #allocate} is asked for. */
    int MIN_BYTES = 64;

    /** The most that {@link #allocate} is asked for. */
    int MAX_BYTES = 1 << 20;

    /** A buffer with a window of so many bytes, or null if there is none at the moment. */
    Buffer allocate(int lengthBytes);

    /** Any thread that holds it. */
    default void release(Buffer buffer) {
        buffer.release();
    }

    /** Takes home what another thread has released; 0 if there was nothing more. */
    int reclaim();

    /** When all is at home: undoes what was set up for it, so that two footprints can be compared. */
    default void trim() {}

    /** What is not at home: 0 when all has been released and reclaimed. */
    long inUse();

    /** How much memory is mapped for it. */
    long regionBytes();

    @Override
    void close();
}
