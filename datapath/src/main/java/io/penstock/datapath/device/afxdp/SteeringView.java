package io.penstock.datapath.device.afxdp;

import io.penstock.linux.RawMemory;
import io.penstock.linux.mem.Mmap;
import io.penstock.linux.net.Bpf;

/**
 * The steering program's maps as the stack sees them: it enters its sockets into one and reads counters from the other, which
 * lies in memory here. Needs no privilege.
 */
final class SteeringView implements AutoCloseable {
    private static final int PAGE_BYTES = 4096;

    private final int socketsFd;
    private final long counters;
    private boolean closed;

    /**
     * Maps the counters.
     *
     * @param socketsFd the map from queue to socket; stays the caller's
     * @param countersFd likewise
     */
    SteeringView(int socketsFd, int countersFd) {
        this.socketsFd = socketsFd;
        this.counters = Mmap.map(PAGE_BYTES, Mmap.PROT_READ, Mmap.MAP_SHARED, countersFd, 0);
        if (counters < 0) {
            throw Refusals.failed("mapping the map of counters", (int) -counters);
        }
    }

    /** From now on, packets of the stack that arrive on this queue go to this socket. */
    void steer(int queue, int socketFd) {
        int result = Bpf.updateMap(socketsFd, queue, socketFd);
        if (result < 0) {
            throw Refusals.failed("steering queue " + queue, -result);
        }
    }

    /** How many packets of the stack's have passed to the kernel because their queue has no socket. */
    long withoutSocket() {
        return counter(SteeringProgram.COUNTER_NO_SOCKET);
    }

    /** How many packets of the stack's have passed to the kernel because they had a VLAN tag beside them. */
    long tagged() {
        return counter(SteeringProgram.COUNTER_TAGGED);
    }

    /** One of the counters, as it stands at this moment; 0 once this is closed. */
    private long counter(int offset) {
        return closed ? 0 : RawMemory.getLong(counters + offset);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Mmap.unmap(counters, PAGE_BYTES);
        }
    }
}
