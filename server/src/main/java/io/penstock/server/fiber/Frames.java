package io.penstock.server.fiber;

import io.penstock.memory.Buffer;
import io.penstock.memory.FramePool;

/** The stack's frames, for fibers: to wait for when none is free. */
final class Frames {
    /** So much is copied into frames at a time. */
    static final int MAX_COPIED_BYTES = 64 << 10;

    /** Nobody tells when others release frames, so a fiber looks again. */
    private static final long RETRY_NANOS = 100_000;

    private Frames() {}

    /** See {@link FiberScope#allocate}. */
    static Buffer allocate(Carrier carrier, int lengthBytes) throws InterruptedException {
        FiberThread me = carrier.current();
        Buffer chain = carrier.os.allocate(lengthBytes);
        if (chain == null) {
            checkSize(carrier.os.pool(), lengthBytes);
        }
        while (chain == null) {
            boolean _ = carrier.await(me, null, RETRY_NANOS);
            chain = carrier.os.allocate(lengthBytes);
        }
        return chain;
    }

    private static void checkSize(FramePool pool, int lengthBytes) {
        long all = (long) pool.capacityFrames() * pool.payloadBytes();
        if (lengthBytes > all / 2) { // the reserve, and what the stack itself has under way
            throw new IllegalArgumentException(lengthBytes + " bytes are more than half of all " + pool);
        }
    }
}
