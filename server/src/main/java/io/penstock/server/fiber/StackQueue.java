package io.penstock.server.fiber;

import io.penstock.datapath.Completion;
import io.penstock.datapath.LibOs;

/** A queue from its opening to its last completion. All methods: the loop. */
abstract class StackQueue extends FiberQueue {
    final Carrier carrier;

    /** The stack's descriptor; 0 before there is one. */
    int queue;

    /** The descriptor is stale: closed or aborted. */
    boolean isGone;

    /** Operations whose completion is to come. */
    private int pending;

    StackQueue(Carrier carrier) {
        this.carrier = carrier;
    }

    /** It has a descriptor from now on. */
    final void opened(int descriptor) {
        queue = descriptor;
        carrier.os.attach(descriptor, this);
        carrier.opened(this);
    }

    /** Notes an operation; without a token, everything is tried again after the next completion. */
    final boolean begun(long token) {
        if (token == LibOs.NO_TOKEN) {
            carrier.starve(this);
            return false;
        }
        pending++;
        return true;
    }

    @Override
    final void complete(Completion c) {
        pending--;
        completed(c);
        leaveIfOver();
    }

    /** Closes the descriptor in good order, if there is a token for it. */
    final void closeQueue() {
        if (begun(carrier.os.closeQueue(queue))) {
            isGone = true;
        }
    }

    /** Closes the descriptor at once. */
    final void abortQueue() {
        isGone = true;
        carrier.os.abort(queue);
        leaveIfOver();
    }

    private void leaveIfOver() {
        if (isGone && pending == 0) {
            carrier.closed(this);
        }
    }

    /** One of its operations has ended. */
    abstract void completed(Completion c);
}
