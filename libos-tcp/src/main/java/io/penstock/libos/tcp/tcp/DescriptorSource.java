package io.penstock.libos.tcp.tcp;

/** Whoever gives sockets their descriptors: the queue-token facade. Owner's thread. */
public interface DescriptorSource {
    /**
     * A descriptor for a connection that an accept is about to deliver. The engine stores it in the socket.
     *
     * @return greater than zero; 0 if there is no room: the connection then stays in the backlog and is offered again
     */
    int assign(TcpSocket socket);

    /**
     * The engine takes a socket object back to use it for another connection: its close or abort has ended. Called once
     * for each socket from {@link TcpEngine#open()} or {@link #assign}; forget whatever still leads to it.
     */
    void release(TcpSocket socket);
}
