package io.penstock.datapath.device;

import io.penstock.datapath.ConfigurationException;
import java.util.List;

/**
 * A port that one stack has as a whole: one queue, whatever it is made of, opened once.
 *
 * <p>A back end extends it and says how the queue is opened, and what there is to undo when the port ends without one.
 */
public abstract class WholePort implements PacketPort {
    private PacketQueue queue;
    private boolean opening;
    private boolean ended;
    private volatile PortEvents events;
    private volatile List<DeviceSetup.Steering> steering = List.of();
    private volatile long rxDropped;
    private volatile long txDropped;

    /** Of a back end's subclass. */
    protected WholePort() {}

    /** Opens the queue; called once. */
    protected abstract PacketQueue openWhole(DeviceSetup setup);

    /** Undoes what was done to open the port; its queue, if there was one, has been closed or could not be opened. */
    protected abstract void end();

    @Override
    public final synchronized PacketQueue open(int first, int count, DeviceSetup setup) {
        if (first != 0 || count != info().queues()) {
            throw new ConfigurationException("device '" + info().name()
                    + "' has no queues that could be had apart: open" + " all of them, for one stack");
        }
        if (opening || ended) {
            throw new ConfigurationException(
                    "device '" + info().name() + "' is in use by another stack, or was closed");
        }
        opening = true;
        try {
            queue = openWhole(setup);
            events = queue.events();
            steering = List.of(setup.steering());
            return queue;
        } finally {
            opening = queue != null;
        }
    }

    /** The queue writes down what it has counted: so that others may read it. */
    public final void counted(long rx, long tx) {
        rxDropped = rx;
        txDropped = tx;
    }

    @Override
    public final boolean isUp() {
        PortEvents heard = events;
        return heard != null && heard.isUp();
    }

    @Override
    public final List<DeviceSetup.Steering> steering() {
        return steering;
    }

    @Override
    public final long rxDropped() {
        return rxDropped;
    }

    @Override
    public final long txDropped() {
        return txDropped;
    }

    /** The queue is closed, and with it the port. The queue's thread. */
    public final synchronized void queueClosed() {
        endOnce();
    }

    private void endOnce() {
        if (!ended) {
            ended = true;
            end();
        }
    }

    @Override
    public final synchronized void close() {
        if (queue == null) {
            endOnce();
        }
    }
}
