package io.penstock.control.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.penstock.memory.os.Errno;
import io.penstock.memory.os.FileDescriptors;
import io.penstock.memory.os.Libc;
import io.penstock.memory.os.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/**
 * A netlink(7) socket that asks and reads the answers.
 *
 * <pre>
 *   nlmsghdr   +----------------+--------+--------+----------------+----------------+
 *              |     length     |  type  | flags  |    sequence    |      port      |
 *              +----------------+--------+--------+----------------+----------------+
 *   payload    |  the family's own header, then attributes:                          |
 *              |  length (2), type (2), value, padded to four bytes                  |
 *              +---------------------------------------------------------------------+
 * </pre>
 *
 * <p>Netlink speaks of the network namespace of the process, whatever is mounted on {@code /sys}; that is why the control
 * plane asks it and not sysfs.
 */
final class Netlink implements AutoCloseable {
    static final int ROUTE = 0;
    static final int GENERIC = 16;

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;

    private static final int HEADER_BYTES = 16;
    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int NLM_F_REQUEST = 1;
    private static final int NLM_F_DUMP = 0x300;
    /** The two high bits of an attribute's type are flags (nested, byte order). */
    private static final int ATTRIBUTE_TYPE_MASK = 0x3fff;

    private static final int RECEIVE_BYTES = 1 << 17;
    /** No answer has anything like this many parts: a bound, so that nothing loops for ever. */
    private static final int MOST_RECEIVES = 100_000;

    private static final MethodHandle SOCKET = Libc.function("socket", JAVA_INT, 3);
    private static final MethodHandle SETSOCKOPT = Libc.function("setsockopt", JAVA_INT, 5);
    private static final MethodHandle SEND = Libc.function("send", JAVA_LONG, 4);
    private static final MethodHandle RECV = Libc.function("recv", JAVA_LONG, 4);

    private final int fd;
    private int sequence;

    private Netlink(int fd) {
        this.fd = fd;
    }

    static Netlink open(int family) {
        try (Arena arena = Arena.ofConfined()) {
            int fd = (int)
                    SOCKET.invokeExact(Libc.errnoState(), (long) AF_NETLINK, (long) SOCK_RAW_CLOEXEC, (long) family);
            if (fd < 0) {
                throw new SystemCallException("socket(AF_NETLINK)", Libc.errno());
            }
            // The kernel answers at once; should it not, an error is better than a hang.
            MemorySegment twoSeconds = arena.allocateFrom(JAVA_LONG, 2, 0);
            int ignored = (int) SETSOCKOPT.invokeExact(
                    Libc.errnoState(),
                    (long) fd,
                    (long) SOL_SOCKET,
                    (long) SO_RCVTIMEO,
                    twoSeconds.address(),
                    twoSeconds.byteSize());
            return new Netlink(fd);
        } catch (SystemCallException e) {
            throw e;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** A message of which only the payload is still missing; in the machine's order, positioned behind the header. */
    static ByteBuffer request(int payloadBytes) {
        return ByteBuffer.allocate(HEADER_BYTES + payloadBytes)
                .order(ByteOrder.nativeOrder())
                .position(HEADER_BYTES);
    }

    /** Asks for one object and hands its message's payload to {@code reader}. */
    void get(int type, ByteBuffer request, Consumer<ByteBuffer> reader) {
        exchange(type, NLM_F_REQUEST, request, reader);
    }

    /** Asks for all objects and hands each message's payload to {@code reader}. */
    void dump(int type, ByteBuffer request, Consumer<ByteBuffer> reader) {
        exchange(type, NLM_F_REQUEST | NLM_F_DUMP, request, reader);
    }

    private void exchange(int type, int flags, ByteBuffer request, Consumer<ByteBuffer> reader) {
        sequence++;
        int length = request.position();
        request.putInt(0, length);
        request.putShort(4, (short) type);
        request.putShort(6, (short) flags);
        request.putInt(8, sequence);
        request.putInt(12, 0);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(RECEIVE_BYTES, 8);
            MemorySegment.copy(MemorySegment.ofBuffer(request.duplicate().flip()), 0, memory, 0, length);
            if ((long) SEND.invokeExact(Libc.errnoState(), (long) fd, memory.address(), (long) length, 0L) < 0) {
                throw new SystemCallException("send(netlink)", Libc.errno());
            }
            for (int i = 0; i < MOST_RECEIVES; i++) {
                long received = (long)
                        RECV.invokeExact(Libc.errnoState(), (long) fd, memory.address(), (long) RECEIVE_BYTES, 0L);
                if (received < 0) {
                    throw new SystemCallException("recv(netlink)", Libc.errno());
                }
                ByteBuffer answer = memory.asSlice(0, received).asByteBuffer().order(ByteOrder.nativeOrder());
                if (readMessages(answer, (flags & NLM_F_DUMP) != 0, reader)) {
                    return;
                }
            }
        } catch (SystemCallException e) {
            throw e;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Returns whether that was the last: a dump ends with a message of its own. Not every family sets NLM_F_MULTI. */
    private boolean readMessages(ByteBuffer answer, boolean dump, Consumer<ByteBuffer> reader) {
        while (answer.remaining() >= HEADER_BYTES) {
            int begin = answer.position();
            int length = answer.getInt(begin);
            int type = answer.getShort(begin + 4) & 0xffff;
            if (length < HEADER_BYTES || length > answer.remaining()) {
                throw new SystemCallException("netlink answer", Errno.EPROTO);
            }
            boolean mine = answer.getInt(begin + 8) == sequence;
            if (mine && type == NLMSG_DONE) {
                return true;
            }
            if (mine && type == NLMSG_ERROR) {
                int errno = length < HEADER_BYTES + 4 ? Errno.EPROTO : -answer.getInt(begin + HEADER_BYTES);
                if (errno == 0) {
                    return true;
                }
                throw new SystemCallException("netlink request", errno);
            }
            if (mine) {
                reader.accept(answer.slice(begin + HEADER_BYTES, length - HEADER_BYTES)
                        .order(ByteOrder.nativeOrder()));
                if (!dump) {
                    return true;
                }
            }
            answer.position(Math.min(answer.limit(), begin + align(length)));
        }
        return false;
    }

    static void putAttribute(ByteBuffer request, int type, String value) {
        byte[] bytes = (value + "\0").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        request.putShort((short) (4 + bytes.length)).putShort((short) type).put(bytes);
        request.position(align(request.position()));
    }

    /** Hands each attribute between the buffer's position and its end to {@code reader}; stops at a malformed one. */
    static void attributes(ByteBuffer from, AttributeReader reader) {
        ByteBuffer rest = from.slice().order(ByteOrder.nativeOrder());
        while (rest.remaining() >= 4) {
            int begin = rest.position();
            int length = rest.getShort(begin) & 0xffff;
            if (length < 4 || length > rest.remaining()) {
                return;
            }
            int type = rest.getShort(begin + 2) & ATTRIBUTE_TYPE_MASK;
            reader.attribute(type, rest.slice(begin + 4, length - 4).order(ByteOrder.nativeOrder()));
            rest.position(Math.min(rest.limit(), begin + align(length)));
        }
    }

    /** A text attribute without its closing zero. */
    static String text(ByteBuffer value) {
        int length = value.remaining();
        while (length > 0 && value.get(length - 1) == 0) {
            length--;
        }
        byte[] bytes = new byte[length];
        value.get(0, bytes);
        return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
    }

    private static int align(int length) {
        return (length + 3) & ~3;
    }

    @Override
    public void close() {
        FileDescriptors.close(fd);
    }

    /** Takes one attribute's type and value. */
    @FunctionalInterface
    interface AttributeReader {
        void attribute(int type, ByteBuffer value);
    }
}
