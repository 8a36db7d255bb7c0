package io.penstock.datapath.device.afxdp;

import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.net.Bpf;

/**
 * The maps of the steering program, which the stack uses as well ({@link SteeringView}): the sockets of the queues, and
 * counters.
 */
final class SteeringMaps implements AutoCloseable {
    private final int socketsFd;
    private final int countersFd;
    private boolean closed;

    private SteeringMaps(int socketsFd, int countersFd) {
        this.socketsFd = socketsFd;
        this.countersFd = countersFd;
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
        return new SteeringMaps(socketsFd, countersFd);
    }

    /** What a program that uses them finds in the kernel. */
    SteeringProgram.Kernel kernel(int tagFunction, boolean hasAddress) {
        return new SteeringProgram.Kernel(socketsFd, countersFd, tagFunction, hasAddress);
    }

    int socketsFd() {
        return socketsFd;
    }

    int countersFd() {
        return countersFd;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            FileDescriptors.close(countersFd);
            FileDescriptors.close(socketsFd);
        }
    }
}
