package io.penstock.examples.stream;

import io.penstock.memory.Buffer;

/**
 * What a {@link StreamServer} serves. All methods are called by the stack's thread.
 *
 * @param <T> what is kept for each connection
 */
public interface Protocol<T> {
    /** Makes what is kept for a new connection. */
    T open();

    /**
     * Reads requests and writes their replies, as long as {@code address} holds whole ones, the connection's output is
     * not full, and the connection is not to be closed.
     *
     * @param address where the next request begins
     * @param length how many bytes have come; more may follow later, behind these
     * @param frame the frame in which they lie, if the server has no further need of it: retain it to keep the bytes;
     *     else null
     * @return how many bytes of whole requests were executed
     */
    int execute(Connection<T> connection, long address, int length, Buffer frame);

    /**
     * Does a little of what is to be done now and then.
     *
     * @param idle whether nothing else was to be done for a while
     */
    void tick(boolean idle);
}
