package io.penstock.libos.tcp;

import io.penstock.libos.tcp.ip.Socket;

/** Connections that TCP accepts get their descriptors here. */
final class AcceptedQueues implements Socket.Descriptors {
    private final QueueTable queues;
    private final Refusals refusals;
    /** TCP asks again each turn: a table that stays full is one refusal. */
    private boolean full;

    AcceptedQueues(QueueTable queues, Refusals refusals) {
        this.queues = queues;
        this.refusals = refusals;
    }

    @Override
    public int assign(Socket socket) {
        int descriptor = queues.add(socket);
        if (descriptor == 0 && !full) {
            refusals.queue();
        }
        full = descriptor == 0;
        return descriptor;
    }

    @Override
    public void release(Socket socket) {
        if (queues.leadsTo(socket.descriptor(), socket)) {
            queues.remove(socket.descriptor());
        }
    }
}
