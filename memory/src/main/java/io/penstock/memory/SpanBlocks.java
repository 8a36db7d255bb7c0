package io.penstock.memory;

/** The buffers that stand for the blocks of a span. */
final class SpanBlocks {
    final Span span;
    final Buffer[] buffers;
    /** How many of them have been found in the depot; only used while the heap is being trimmed. */
    int found;

    /** @param pool what all of them belong to at first */
    SpanBlocks(Span span, int count, BufferPool pool) {
        this.span = span;
        this.buffers = new Buffer[count];
        for (int i = 0; i < count; i++) {
            buffers[i] = new Buffer(pool, span, i, span.addressOf(i));
        }
    }

    /**
     * The buffer that stands for the block in which an address lies, or null if it lies behind the last one, or in a
     * prefix.
     */
    Buffer at(long address) {
        long index = (address - span.address) / span.strideBytes;
        return index < buffers.length && address >= span.addressOf((int) index) ? buffers[(int) index] : null;
    }

    /** Puts a fresh buffer in the place of one whose life is over, and returns it. */
    Buffer replace(Buffer former) {
        Buffer fresh = new Buffer(former.pool(), span, former.index(), former.frameAddress());
        buffers[former.index()] = fresh;
        return fresh;
    }
}
