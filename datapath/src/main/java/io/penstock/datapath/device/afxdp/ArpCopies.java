package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.Readiness;
import io.penstock.linux.SystemCallException;
import io.penstock.linux.net.PacketSocket;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.grant.FrameGrant;
import java.lang.foreign.Arena;

/**
 * Copies of the ARP packets that the kernel receives, for a stack that shares the kernel's own address.
 *
 * <p>Stack and kernel both learn their neighbours from ARP's answers, and XDP can give a packet to one of the two only.
 * So the kernel receives ARP, and the stack reads copies from a packet socket. The stack's thread; makes no garbage.
 */
final class ArpCopies implements AutoCloseable {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());

    private final int fd;
    private final Arena arena = Arena.ofShared();
    private final long pollfd = arena.allocate(Readiness.POLLFD_BYTES, 8).address();
    private final FramePool pool;
    /** The frame that the next copy will be read into. */
    private Buffer next;

    /** @param fd a socket of {@link #open}, which stays the caller's */
    ArpCopies(int fd, FramePool pool) {
        this.fd = fd;
        this.pool = pool;
        RawMemory.putInt(pollfd, fd);
        RawMemory.putShort(pollfd + Readiness.POLLFD_EVENTS, Readiness.POLLIN);
    }

    /** Opens the socket that gets the copies. */
    static int open(int interfaceIndex) {
        try {
            return PacketSocket.untagged(interfaceIndex, EthernetHeader.TYPE_ARP);
        } catch (SystemCallException e) {
            throw e.errno() == Errno.EPERM
                    ? Refusals.notPermitted("sharing the kernel's address", "CAP_NET_RAW")
                    : Refusals.failed("listening to ARP", e.errno());
        }
    }

    int fd() {
        return fd;
    }

    /** Whether any have come. One system call. */
    boolean isReadable() {
        return Readiness.pollNow(pollfd, 1) > 0;
    }

    /** Adds what has come to a burst. Returns how many that were. */
    int receive(Burst burst) {
        int received = 0;
        while (!burst.isFull()) {
            if (next == null) {
                next = ACCESS.allocateReserved(pool);
                if (next == null) {
                    break; // they wait in the kernel's queue
                }
            }
            int offset = pool.headroomBytes();
            long count = FileDescriptors.read(fd, next.frameAddress() + offset, pool.frameBytes() - offset);
            if (count <= 0) {
                break;
            }
            burst.add(next, offset, (int) count);
            next = null;
            received++;
        }
        return received;
    }

    @Override
    public void close() {
        arena.close();
        if (next != null) {
            next.release();
            next = null;
        }
    }
}
