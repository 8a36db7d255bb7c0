package io.penstock.datapath.device.afxdp;

import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.mem.Mmap;
import io.penstock.linux.net.Bpf;

/** What the steering program shares with this process: the sockets of the queues, and counters, which lie in memory here. */
final class SteeringMaps implements AutoCloseable {
    private static final int PAGE_BYTES = 4096;

    private final int socketsFd;
    private final int countersFd;
    private final long counters;
    private boolean closed;

    private SteeringMaps(int socketsFd, int countersFd, long counters) {
        this.socketsFd = socketsFd;
        this.countersFd = countersFd;
        this.counters = counters;
    }

    static SteeringMaps create(String name, int queues) {
        int socketsFd = Bpf.createSocketMap(name, queues);
        if (socketsFd < 0) {
            throw socketsFd == -Errno.EPERM
                    ? Refusals.notPermitted("loading the steering program", "CAP_BPF and CAP_NET_ADMIN")
                    : Refusals.failed("creating the map of sockets", -socketsFd);
        }
        int countersFd = Bpf.createMappableValue(name, SteeringProgram.COUNTERS_BYTES);
        if (countersFd < 0) {
            FileDescriptors.close(socketsFd);
            throw Refusals.failed("creating the map of counters", -countersFd);
        }
        long counters = Mmap.map(PAGE_BYTES, Mmap.PROT_READ, Mmap.MAP_SHARED, countersFd, 0);
        if (counters < 0) {
            FileDescriptors.close(countersFd);
            FileDescriptors.close(socketsFd);
            throw Refusals.failed("mapping the map of counters", (int) -counters);
        }
        return new SteeringMaps(socketsFd, countersFd, counters);
    }

    /** What a program that uses them finds in the kernel. */
    SteeringProgram.Kernel kernel(int tagFunction, boolean hasAddress) {
        return new SteeringProgram.Kernel(socketsFd, countersFd, tagFunction, hasAddress);
    }

    int socketsFd() {
        return socketsFd;
    }

    /** One of the counters, as it stands at this moment; 0 once this is closed. */
    long counter(int offset) {
        return closed ? 0 : RawMemory.getLong(counters + offset);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Mmap.unmap(counters, PAGE_BYTES);
            FileDescriptors.close(countersFd);
            FileDescriptors.close(socketsFd);
        }
    }
}
