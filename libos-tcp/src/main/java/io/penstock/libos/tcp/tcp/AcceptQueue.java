package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.OperationTable;
import io.penstock.datapath.Status;
import java.util.ArrayDeque;

/** Brings connections whose handshake is over together with accepts that wait. */
final class AcceptQueue {
    private final TcpCore core;
    private final ArrayDeque<TcpListener> waiting = new ArrayDeque<>();
    DescriptorSource descriptors;

    AcceptQueue(TcpCore core) {
        this.core = core;
    }

    /** Serves as many accepts of this listener as there are connections and descriptors for. */
    void serve(TcpListener listener) {
        serve(listener, false);
    }

    private void serve(TcpListener listener, boolean again) {
        OperationTable operations = core.operations;
        while (listener.firstAccept != OperationTable.NONE && listener.firstReady() != null) {
            Tcb t = listener.firstReady();
            TcpSocket socket = core.takeSocket();
            int descriptor = 0;
            if (socket != null) {
                socket.tcb = t;
                descriptor = descriptors.assign(socket);
                if (descriptor == 0) {
                    socket.tcb = null;
                    core.giveBack(socket);
                }
            }
            if (descriptor == 0) {
                if (socket == null && !again) {
                    core.counters.connectionsFull.count();
                }
                if (!listener.waitsForDescriptor) {
                    listener.waitsForDescriptor = true;
                    waiting.addLast(listener);
                }
                core.vanishedPeers.roomIsWanted();
                return;
            }
            socket.descriptor(descriptor);
            t.socket = socket;
            listener.remove(t);
            core.budget.unacceptedFrames -= t.receiveQueue.frames();
            int slot = listener.firstAccept;
            listener.firstAccept = operations.rest(slot);
            operations.newQueue(slot, descriptor);
            operations.peer(slot, t.remoteHigh, t.remoteLow, t.remotePort());
            operations.complete(slot, Status.OK);
            core.counters.connectionsAccepted.increment();
        }
    }

    /** Whether a connection could be accepted but for want of a socket or descriptor. */
    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    /** Tries again what failed for want of a descriptor. Once a turn. */
    void serveWaiting() {
        for (int i = waiting.size(); i > 0; i--) {
            TcpListener listener = waiting.pollFirst();
            listener.waitsForDescriptor = false;
            if (listener.socket.listener == listener) {
                serve(listener, true);
            }
        }
    }
}
