package io.penstock.server.fiber;

import io.penstock.datapath.Status;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A fiber's whole work for one connection, whatever becomes of it. Not a lambda, which takes one more frame of each fiber's stack. */
final class Serving implements Callable<Object> {
    private static final Logger LOG = LoggerFactory.getLogger(FiberScope.class);

    private final Carrier carrier;
    private final Connection connection;
    private final ConnectionTask task;

    Serving(Carrier carrier, Connection connection, ConnectionTask task) {
        this.carrier = carrier;
        this.connection = connection;
        this.task = task;
    }

    @Override
    public Object call() {
        try {
            task.run(connection);
        } catch (Throwable e) {
            ended(e);
        } finally {
            connection.close();
        }
        return null;
    }

    private void ended(Throwable why) {
        switch (why) {
            case InterruptedException _, ClosedChannelException _ -> {} // it was told to end
            case OperationFailedException e
            when e.isLoss() || e.status() == Status.CANCELLED -> carrier.lost.increment();
            default -> unexpected(why);
        }
    }

    private void unexpected(Throwable why) {
        carrier.failed.increment();
        connection.abort();
        if (carrier.mayLog()) {
            LOG.warn("the {} was reset, as what served it failed ({} so far)", connection, carrier.failed.get(), why);
        }
    }
}
