package io.penstock.datapath.device;

import io.penstock.datapath.ConfigurationException;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A port that keeps account of who has its queues: one stack all of them, or several stacks some each.
 *
 * <p>A back end extends it and says how queues are opened, and what there is to undo when the port ends: when its opener and
 * all queues have let go, in whatever order. Of a port with one queue there is one stack.
 */
public abstract class SharedPort implements PacketPort {
    private final Object lock = new Object();
    private final BitSet taken = new BitSet();
    private final List<Tenant> tenants = new CopyOnWriteArrayList<>();
    private final PortRelay relay = new PortRelay();
    private int open;
    private boolean held = true;
    private boolean ended;

    /** What has been opened, also after its close: the port goes on counting what it has dropped. */
    private record Tenant(PortShare share, PortEvents events, DeviceSetup.Steering steering) {}

    /** Of a back end's subclass. */
    protected SharedPort() {}

    /**
     * Opens queues that nobody has, on the thread that will poll them. One call at a time.
     *
     * @param share which; the queue tells it when it is closed
     * @throws ConfigurationException if they cannot be had; nothing is left half done
     */
    protected abstract PacketQueue openQueues(PortShare share, DeviceSetup setup);

    /** Undoes what was done to open the port. On the thread of whoever lets go of it last. */
    protected abstract void end();

    /** Whether queues that were closed can be opened again; if not, the port ends with its queue, whoever still holds it. */
    protected boolean opensAgain() {
        return false;
    }

    @Override
    public final PacketQueue open(int first, int count, DeviceSetup setup) {
        synchronized (lock) {
            check(first, count);
            boolean whole = count == info().queues();
            taken.set(first, first + count);
            open++;
            PortShare share = new PortShare(first, count, whole ? null : relay, () -> closed(first, count));
            boolean opened = false;
            try {
                PacketQueue queue = openQueues(share, setup);
                tenants.add(new Tenant(share, queue.events(), setup.steering()));
                opened = true;
                return queue;
            } finally {
                if (!opened) {
                    letGo(first, count);
                }
            }
        }
    }

    private void check(int first, int count) {
        String name = "device '" + info().name() + "'";
        if (!held) {
            throw new ConfigurationException(name + " was closed: open the port again");
        }
        int queues = info().queues();
        if (first < 0 || count < 1 || first + count > queues) {
            throw new ConfigurationException(name + " has no queues " + first + " to " + (first + count - 1)
                    + ": it has " + queues + ", numbered from 0");
        }
        int other = taken.nextSetBit(first);
        if (other >= 0 && other < first + count) {
            throw new ConfigurationException("queue " + other + " of " + name + " is in use by another stack"
                    + (queues == 1 ? ": it has no other" : ""));
        }
    }

    private void closed(int first, int count) {
        synchronized (lock) {
            held &= opensAgain();
            letGo(first, count);
        }
    }

    private void letGo(int first, int count) {
        taken.clear(first, first + count);
        open--;
        endIfLeft();
    }

    private void endIfLeft() {
        if (!held && open == 0 && !ended) {
            ended = true;
            end();
        }
    }

    @Override
    public final boolean isUp() {
        return tenants.stream().anyMatch(tenant -> tenant.events.isUp());
    }

    @Override
    public final List<DeviceSetup.Steering> steering() {
        return tenants.stream().map(Tenant::steering).toList();
    }

    @Override
    public final long rxDropped() {
        return tenants.stream().mapToLong(tenant -> tenant.share.rxDropped()).sum();
    }

    @Override
    public final long txDropped() {
        return tenants.stream().mapToLong(tenant -> tenant.share.txDropped()).sum();
    }

    @Override
    public final void close() {
        synchronized (lock) {
            held = false;
            endIfLeft();
        }
    }
}
