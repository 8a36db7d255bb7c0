package io.penstock.server.fiber;

import io.penstock.datapath.Status;
import java.nio.channels.ClosedChannelException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A fiber for one connection, whatever becomes of it. */
final class ServingFiber extends FiberThread {
    private static final Logger LOG = LoggerFactory.getLogger(ServingFiber.class);

    private final Connection connection;
    private ConnectionTask task;

    ServingFiber(RunQueue queue, String name, Connection connection, ConnectionTask task, End end) {
        super(queue, name, end);
        this.connection = connection;
        this.task = task;
    }

    @Override
    public void run() {
        try {
            task.run(connection);
        } catch (Throwable e) {
            failed(e);
        }
        connection.close();
        task = null; // whoever keeps the fiber for its end does not keep this
        ended(null, null);
    }

    private void failed(Throwable why) {
        switch (why) {
            case InterruptedException _, ClosedChannelException _ -> {} // it was told to end
            case OperationFailedException e
            when e.isLoss() || e.status() == Status.CANCELLED -> connection.carrier.lost.increment();
            default -> unexpected(why);
        }
    }

    private void unexpected(Throwable why) {
        Carrier carrier = connection.carrier;
        carrier.failed.increment();
        connection.abort();
        if (carrier.mayLog()) {
            LOG.warn("the {} was reset, as what served it failed ({} so far)", connection, carrier.failed.get(), why);
        }
    }
}
