package io.penstock.libos.tcp.tcp;

/**
 * Whoever gives sockets their descriptors: the queue-token facade. Owner's thread.
 *
 * @param <S> the socket
 */
public interface DescriptorSource<S> {
    /**
     * Gives a connection that an accept is about to deliver a descriptor, and notes it in the socket.
     *
     * @return greater than zero; 0 if there is no room: the connection then stays in the backlog and is offered again
     */
    int assign(S socket);

    /**
     * The engine takes a socket object back to use it for another connection: its close or abort has ended. Called once
     * for each socket that was opened or accepted; forget whatever still leads to it.
     */
    void release(S socket);
}
