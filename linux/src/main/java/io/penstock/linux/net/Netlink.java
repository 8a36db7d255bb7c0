package io.penstock.linux.net;

import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.SystemCallException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;

/**
 * A netlink(7) socket that asks and reads the answers, or listens for what is announced. No privilege needed.
 *
 * <pre>
 *   nlmsghdr   +----------------+--------+--------+----------------+----------------+
 *              |     length     |  type  | flags  |    sequence    |      port      |
 *              +----------------+--------+--------+----------------+----------------+
 *   payload    |  the family's own header, then attributes (NetlinkAttribute)             |
 *              +---------------------------------------------------------------------+
 *
 *   struct sockaddr_nl
 *    0 u16 family   4 u32 port   8 u32 groups   12
 * </pre>
 *
 * <p>Netlink speaks of the network namespace of the thread that opened the socket, whatever is mounted on {@code /sys};
 * that is why it is asked and not sysfs. Makes no garbage after it was opened. One thread.
 */
final class Netlink implements AutoCloseable {
    static final int ROUTE = 0;
    static final int GENERIC = 16;

    static final int ERROR = 2;
    static final int DONE = 3;

    static final int HEADER_BYTES = 16;
    private static final int ADDRESS_BYTES = 12;
    private static final int NLM_F_REQUEST = 1;
    private static final int NLM_F_DUMP = 0x300;

    /** The kernel sends no message of more than 32 KiB. */
    private static final int BUFFER_BYTES = 64 << 10;

    private static final int REQUEST_BYTES = 1024;
    /** The kernel answers at once; should it not, an error is better than a hang. */
    private static final long TIMEOUT_MICROS = 2_000_000;
    /** No answer has anything like this many parts: a bound, so that nothing loops for ever. */
    private static final int MAX_RECEIVES = 100_000;

    private final Arena arena;
    private final int fd;
    private final long received;
    private final long request;
    private int requestBytes;
    private int sequence;

    /** Takes one message's type, and where its payload lies, which is valid during the call. */
    @FunctionalInterface
    interface MessageReader {
        void message(int type, long payload, int payloadBytes);
    }

    private Netlink(int fd, Arena arena) {
        this.fd = fd;
        this.arena = arena;
        this.received = arena.allocate(BUFFER_BYTES, 8).address();
        this.request = arena.allocate(REQUEST_BYTES, 8).address();
    }

    /** For questions; waits for their answers. */
    static Netlink open(int family) {
        int fd = open(family, 0, 0);
        int _ = Sockets.setTimeout(fd, Sockets.SO_RCVTIMEO, TIMEOUT_MICROS);
        return new Netlink(fd, Arena.ofConfined());
    }

    /** For announcements to these groups, and for questions; never waits. May be closed by another thread. */
    static Netlink listen(int family, int groups) {
        return new Netlink(open(family, groups, Sockets.SOCK_NONBLOCK), Arena.ofShared());
    }

    private static int open(int family, int groups, int flags) {
        int fd = SystemCallException.check(
                "socket(AF_NETLINK)", Sockets.open(Sockets.AF_NETLINK, Sockets.SOCK_RAW | flags, family));
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(ADDRESS_BYTES, 4).address();
            RawMemory.putShort(address, (short) Sockets.AF_NETLINK);
            RawMemory.putInt(address + 8, groups);
            int result = Sockets.bind(fd, address, ADDRESS_BYTES);
            if (result < 0) {
                FileDescriptors.close(fd);
                throw new SystemCallException("bind(AF_NETLINK)", -result);
            }
            return fd;
        }
    }

    /** Readable when something was announced or answered. */
    int fd() {
        return fd;
    }

    // ---- the request

    /** Begins one. Returns the address of the family's own header, all zero. */
    long begin(int familyHeaderBytes) {
        requestBytes = HEADER_BYTES + familyHeaderBytes;
        RawMemory.fill(request, requestBytes, (byte) 0);
        return request + HEADER_BYTES;
    }

    /** Adds an attribute of text, which ends with a zero. */
    void put(int type, String text) {
        byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_8);
        RawMemory.copyFrom(bytes, 0, attribute(type, bytes.length), bytes.length);
    }

    /** Adds an attribute of four bytes. */
    void put(int type, int number) {
        RawMemory.putInt(attribute(type, Integer.BYTES), number);
    }

    private long attribute(int type, int valueBytes) {
        long at = request + requestBytes;
        int lengthBytes = NetlinkAttribute.align(NetlinkAttribute.HEADER_BYTES + valueBytes);
        if (lengthBytes > REQUEST_BYTES - requestBytes) {
            throw new IllegalArgumentException("a request has at most " + REQUEST_BYTES + " bytes");
        }
        RawMemory.fill(at, lengthBytes, (byte) 0);
        requestBytes += lengthBytes;
        return NetlinkAttribute.write(at, type, valueBytes);
    }

    /** Asks for one object; waits for the answer. */
    void get(int type, MessageReader reader) {
        exchange(type, NLM_F_REQUEST, reader);
    }

    /** Asks for all objects; waits for the last of them. */
    void dump(int type, MessageReader reader) {
        exchange(type, NLM_F_REQUEST | NLM_F_DUMP, reader);
    }

    /** Sends the request for one object, and does not wait: {@link #receive} reads the answer. Returns 0 or the negative errno. */
    int ask(int type) {
        return Math.min(0, send(type, NLM_F_REQUEST));
    }

    private int send(int type, int flags) {
        sequence++;
        RawMemory.putInt(request, requestBytes);
        RawMemory.putShort(request + 4, (short) type);
        RawMemory.putShort(request + 6, (short) flags);
        RawMemory.putInt(request + 8, sequence);
        return Sockets.send(fd, request, requestBytes, 0);
    }

    private void exchange(int type, int flags, MessageReader reader) {
        SystemCallException.check("send(netlink)", send(type, flags));
        for (int i = 0; i < MAX_RECEIVES; i++) {
            int count = Sockets.receive(fd, received, BUFFER_BYTES, 0);
            if (count == -Errno.EINTR) {
                continue;
            }
            SystemCallException.check("recv(netlink)", count);
            if (readAnswer(count, (flags & NLM_F_DUMP) != 0, reader)) {
                return;
            }
        }
    }

    // ---- the answer

    /** Returns whether that was the last: a dump ends with a message of its own. Not every family sets NLM_F_MULTI. */
    private boolean readAnswer(int count, boolean dump, MessageReader reader) {
        int lengthBytes;
        for (int at = 0; at + HEADER_BYTES <= count; at += NetlinkAttribute.align(lengthBytes)) {
            long message = received + at;
            lengthBytes = RawMemory.getInt(message);
            if (lengthBytes < HEADER_BYTES || lengthBytes > count - at) {
                throw new SystemCallException("netlink answer", Errno.EPROTO);
            }
            if (RawMemory.getInt(message + 8) != sequence) {
                continue;
            }
            int type = RawMemory.getShort(message + 4) & 0xffff;
            if (type == DONE) {
                return true;
            }
            if (type == ERROR) {
                SystemCallException.check(
                        "netlink request", -errno(message + HEADER_BYTES, lengthBytes - HEADER_BYTES));
                return true;
            }
            reader.message(type, message + HEADER_BYTES, lengthBytes - HEADER_BYTES);
            if (!dump) {
                return true;
            }
        }
        return false;
    }

    /** The error number in the payload of a message of type {@link #ERROR}; 0 if it is none. */
    static int errno(long payload, int payloadBytes) {
        return payloadBytes < Integer.BYTES ? Errno.EPROTO : -RawMemory.getInt(payload);
    }

    /**
     * Reads what has been announced or answered, once.
     *
     * @param reader is given every message, those of type {@link #ERROR} too
     * @return how many bytes came, or the negative errno
     */
    int receive(MessageReader reader) {
        int count = Sockets.receive(fd, received, BUFFER_BYTES, 0);
        int at = 0;
        while (at + HEADER_BYTES <= count) {
            long message = received + at;
            int lengthBytes = RawMemory.getInt(message);
            if (lengthBytes < HEADER_BYTES || lengthBytes > count - at) {
                break;
            }
            reader.message(
                    RawMemory.getShort(message + 4) & 0xffff, message + HEADER_BYTES, lengthBytes - HEADER_BYTES);
            at += NetlinkAttribute.align(lengthBytes);
        }
        return count;
    }

    @Override
    public void close() {
        FileDescriptors.close(fd);
        arena.close();
    }
}
