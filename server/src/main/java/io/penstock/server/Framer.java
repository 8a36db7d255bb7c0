package io.penstock.server;

/**
 * Finds the ends of messages in a stream whose framing is an application's own; one for each connection. It may parse the
 * message as it goes, and leave what it has found for the {@link Handler}.
 *
 * <p>The stack's thread calls it, and it makes no garbage if the server is to make none.
 */
@FunctionalInterface
public interface Framer {
    /** The message is not whole yet. */
    int INCOMPLETE = -1;

    /** It cannot become a message: {@link Handler#malformed} writes the last answer, and the connection ends. */
    int MALFORMED = -2;

    /**
     * Looks for the end of a message. Called again with more of the same bytes, perhaps at another address, until it has
     * answered something else than {@link #INCOMPLETE}; the next call then begins with the next message.
     *
     * @param address where the message begins, in one piece
     * @param lengthBytes how much has come, at least 1; the next messages may stand behind this one
     * @return how long the message is, at least 1 and at most {@code lengthBytes}; or {@link #INCOMPLETE}, or {@link #MALFORMED}
     */
    int find(long address, int lengthBytes);
}
