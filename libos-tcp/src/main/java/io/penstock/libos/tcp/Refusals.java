package io.penstock.libos.tcp;

import io.penstock.datapath.OperationTable;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.counters.Remedy;

/**
 * What the API could not take, by what was full: an application sees NO_TOKEN or no queue, an operator which setting to raise.
 *
 * <p>TCP's own table of connections is counted where it is ({@code api.refused.connections}). The stack's thread.
 */
final class Refusals {
    private final OperationTable operations;
    private final Remedy operationsFull;
    private final Remedy queuesFull;
    private final Counter pushes;

    Refusals(Remedies remedies, OperationTable operations, int maxQueues) {
        this.operations = operations;
        this.operationsFull = remedies.add(
                "api.refused.operations",
                capacity ->
                        "the table of " + capacity + " operations is full, or so nearly that it is kept for those who"
                                + " have none: take completions sooner, or raise --set api.max-operations"
                                + " (StackConfig.maxOperations)");
        this.queuesFull = remedies.add(
                "api.refused.queues",
                _ -> "all " + maxQueues
                        + " queues are in use, and no further one is opened or accepted: close those that"
                        + " are over, or raise --set api.max-queues (StackConfig.maxQueues)");
        this.pushes = remedies.counters().counter("api.refused.pushes");
    }

    /** An operation found no slot. */
    int operation() {
        operationsFull.count(operations.capacity());
        return OperationTable.NONE;
    }

    /** A queue found no descriptor. */
    void queue() {
        queuesFull.count();
    }

    /** A push was not taken: the queue's part of buffer, frames and transmit queue is full, as it should be, or operations are few. */
    int push() {
        if (operations.areFew()) {
            return operation();
        }
        pushes.increment();
        return OperationTable.NONE;
    }
}
