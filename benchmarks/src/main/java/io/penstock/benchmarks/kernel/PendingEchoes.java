package io.penstock.benchmarks.kernel;

import io.penstock.linux.Epoll;
import io.penstock.linux.Errno;
import io.penstock.linux.RawMemory;
import io.penstock.linux.net.Sockets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.agrona.collections.Int2ObjectHashMap;

/** What could not be sent at once because the peer does not read: until it is, its connection is not read either. */
final class PendingEchoes {
    static final int DONE = 0;
    static final int MORE = 1;
    static final int BROKEN = -1;

    private static final class Rest {
        final Arena arena = Arena.ofConfined();
        final MemorySegment bytes;
        int sent;

        Rest(long address, int lengthBytes) {
            bytes = arena.allocate(lengthBytes);
            RawMemory.copy(address, bytes.address(), lengthBytes);
        }
    }

    private final Epoll epoll;
    private final Int2ObjectHashMap<Rest> rests = new Int2ObjectHashMap<>();

    PendingEchoes(Epoll epoll) {
        this.epoll = epoll;
    }

    boolean isEmpty() {
        return rests.isEmpty();
    }

    boolean has(int fd) {
        return !rests.isEmpty() && rests.containsKey(fd);
    }

    void keep(int fd, long address, int lengthBytes) {
        rests.put(fd, new Rest(address, lengthBytes));
        epoll.modify(fd, Epoll.OUT);
    }

    int sendMore(int fd) {
        Rest rest = rests.get(fd);
        int left = (int) rest.bytes.byteSize() - rest.sent;
        int count = Sockets.send(fd, rest.bytes.address() + rest.sent, left, Sockets.MSG_DONTWAIT);
        if (count < 0) {
            return count == -Errno.EAGAIN ? MORE : BROKEN;
        }
        rest.sent += count;
        if (count < left) {
            return MORE;
        }
        forget(fd);
        epoll.modify(fd, Epoll.IN);
        return DONE;
    }

    void forget(int fd) {
        Rest rest = rests.remove(fd);
        if (rest != null) {
            rest.arena.close();
        }
    }
}
