package io.penstock.benchmarks.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.penstock.memory.os.FileDescriptors;
import io.penstock.memory.os.Libc;
import io.penstock.memory.os.RawMemory;
import io.penstock.memory.os.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;

/**
 * Whole Ethernet frames to and from one interface, past the kernel's protocols (packet(7)): what somebody on the wire can
 * send who keeps to no rule.
 *
 * <pre>
 *   sockaddr_ll   0       2         4        8       10    11   12        20
 *                 +-------+---------+--------+-------+-----+----+---------+
 *                 |family |protocol |ifindex |hatype |type |len | address |
 *                 +-------+---------+--------+-------+-----+----+---------+
 * </pre>
 *
 * <p>One thread.
 */
public final class PacketSocket implements AutoCloseable {
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int MSG_DONTWAIT = 0x40;
    /** All protocols, in network order. */
    private static final int ETH_P_ALL_BE = 0x0300;

    private static final int ADDRESS_BYTES = 20;
    private static final int FRAME_BYTES = 2048;

    private static final MethodHandle SOCKET = Libc.function("socket", JAVA_INT, 3);
    private static final MethodHandle BIND = Libc.function("bind", JAVA_INT, 3);
    private static final MethodHandle RECV = Libc.function("recv", JAVA_LONG, 4);
    private static final MethodHandle SEND = Libc.function("send", JAVA_LONG, 4);

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment out = arena.allocate(FRAME_BYTES, 64);
    private final MemorySegment in = arena.allocate(FRAME_BYTES, 64);
    private final int fd;

    /**
     * Opens it on an interface of this thread's network namespace.
     *
     * @param receives whether frames are received too; a sender that never looks need not fill its own queue
     */
    public PacketSocket(int interfaceIndex, boolean receives) {
        fd = check("socket AF_PACKET", socket(receives ? ETH_P_ALL_BE : 0));
        MemorySegment address = arena.allocate(ADDRESS_BYTES, 8);
        long at = address.address();
        RawMemory.putShort(at, (short) AF_PACKET);
        RawMemory.putShort(at + 2, (short) (receives ? ETH_P_ALL_BE : 0));
        RawMemory.putInt(at + 4, interfaceIndex);
        int result = bind(at);
        if (result < 0) {
            FileDescriptors.close(fd);
            throw new SystemCallException("bind AF_PACKET", -result);
        }
    }

    private static int socket(int protocol) {
        try {
            return negative((int) SOCKET.invokeExact(
                    Libc.errnoState(), (long) AF_PACKET, (long) (SOCK_RAW | SOCK_CLOEXEC), (long) protocol));
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    private int bind(long address) {
        try {
            return negative((int) BIND.invokeExact(Libc.errnoState(), (long) fd, address, (long) ADDRESS_BYTES));
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Where the next frame to send is written. */
    public ByteBuffer out() {
        return out.asByteBuffer();
    }

    /** Sends the frame that was written. False if the interface takes no more now. */
    public boolean send(int lengthBytes) {
        try {
            long sent = (long) SEND.invokeExact(Libc.errnoState(), (long) fd, out.address(), (long) lengthBytes, 0L);
            return sent == lengthBytes;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** The next frame that passed the interface, in or out; null if there is none now. Valid until the next call. */
    public ByteBuffer receive() {
        try {
            long count = (long) RECV.invokeExact(
                    Libc.errnoState(), (long) fd, in.address(), (long) FRAME_BYTES, (long) MSG_DONTWAIT);
            return count <= 0 ? null : in.asByteBuffer().limit((int) count);
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    @Override
    public void close() {
        FileDescriptors.close(fd);
        arena.close();
    }

    private static int negative(int result) {
        return result < 0 ? -Libc.errno() : result;
    }

    private static int check(String call, int result) {
        if (result < 0) {
            throw new SystemCallException(call, -result);
        }
        return result;
    }
}
