package io.penstock.linux.net;

import io.penstock.linux.RawMemory;
import java.lang.foreign.Arena;

/**
 * The structures of sendmsg(2) and recvmsg(2): a message in one piece, and descriptors beside it.
 *
 * <pre>
 *   struct msghdr (56 bytes)                      struct iovec
 *    0 +------------------------------+            0 +----------------------+
 *      | name          (socket has it)|              | base                 |---> payload
 *    8 +---------------+--------------+            8 +----------------------+
 *      | namelen   u32 | padding      |              | length               |
 *   16 +---------------+--------------+           16 +----------------------+
 *      | iov                          |---> iovec
 *   24 +------------------------------+           struct cmsghdr, then its data
 *      | iovlen                       |            0 +----------------------+
 *   32 +------------------------------+              | len, header and data |
 *      | control                      |---> cmsghdr  8 +----------+-----------+
 *   40 +------------------------------+              | level    | type      |
 *      | controllen                   |           16 +----------+-----------+
 *   48 +---------------+--------------+              | descriptors, 4 bytes |
 *      | flags     u32 | padding      |              | each                 |
 *   56 +---------------+--------------+              +----------------------+ next one at a multiple of 8
 * </pre>
 *
 * <p>The same on x86_64 and aarch64. Lives as long as the arena that it is made in.
 */
final class SocketMessage {
    static final int MSGHDR_BYTES = 56;
    static final int MSGHDR_IOV = 16;
    static final int MSGHDR_IOVLEN = 24;
    static final int MSGHDR_CONTROL = 32;
    static final int MSGHDR_CONTROLLEN = 40;
    static final int MSGHDR_FLAGS = 48;

    static final int IOVEC_BYTES = 16;
    static final int IOVEC_LENGTH = 8;

    static final int CMSGHDR_BYTES = 16;
    static final int CMSGHDR_LEVEL = 8;
    static final int CMSGHDR_TYPE = 12;

    private final long header;
    private final long payload;
    private final long control;
    private final int controlBytes;

    /**
     * Room for a message.
     *
     * @param payloadBytes at least 1
     * @param descriptors 0 or more; rounded up to what alignment leaves
     */
    SocketMessage(Arena arena, int payloadBytes, int descriptors) {
        header = arena.allocate(MSGHDR_BYTES, Long.BYTES).address();
        payload = arena.allocate(payloadBytes).address();
        controlBytes = descriptors == 0 ? 0 : CMSGHDR_BYTES + align(descriptors * Integer.BYTES);
        control =
                controlBytes == 0 ? 0 : arena.allocate(controlBytes, Long.BYTES).address();
        long iovec = arena.allocate(IOVEC_BYTES, Long.BYTES).address();
        RawMemory.putLong(iovec, payload);
        RawMemory.putLong(iovec + IOVEC_LENGTH, payloadBytes);
        RawMemory.putLong(header + MSGHDR_IOV, iovec);
        RawMemory.putLong(header + MSGHDR_IOVLEN, 1);
        offerRoom();
    }

    /** CMSG_ALIGN: control messages begin at multiples of a long. */
    static int align(int bytes) {
        return (bytes + Long.BYTES - 1) & -Long.BYTES;
    }

    long address() {
        return header;
    }

    /** Says how much room there is for control data; the kernel writes there how much it used. */
    void offerRoom() {
        RawMemory.putLong(header + MSGHDR_CONTROL, control);
        RawMemory.putLong(header + MSGHDR_CONTROLLEN, controlBytes);
    }

    void put(byte[] bytes) {
        RawMemory.copyFrom(bytes, 0, payload, bytes.length);
    }

    byte[] payload(int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        RawMemory.copyTo(payload, bytes, 0, lengthBytes);
        return bytes;
    }

    /** What the kernel said of the message: MSG_TRUNC, MSG_CTRUNC. */
    int flags() {
        return RawMemory.getInt(header + MSGHDR_FLAGS);
    }

    void putDescriptors(int level, int type, int[] descriptors) {
        if (descriptors.length == 0) {
            return;
        }
        RawMemory.putLong(control, CMSGHDR_BYTES + (long) descriptors.length * Integer.BYTES);
        RawMemory.putInt(control + CMSGHDR_LEVEL, level);
        RawMemory.putInt(control + CMSGHDR_TYPE, type);
        for (int i = 0; i < descriptors.length; i++) {
            RawMemory.putInt(control + CMSGHDR_BYTES + (long) i * Integer.BYTES, descriptors[i]);
        }
    }

    /** All that came, from every control message of this kind. */
    int[] descriptors(int level, int type) {
        int used = (int) RawMemory.getLong(header + MSGHDR_CONTROLLEN);
        int[] found = new int[0];
        int at = 0;
        while (at + CMSGHDR_BYTES <= used) {
            int length = (int) RawMemory.getLong(control + at);
            if (length < CMSGHDR_BYTES || length > used - at) {
                break; // CMSG_NXTHDR ends here as well: the kernel writes no such thing
            }
            if (RawMemory.getInt(control + at + CMSGHDR_LEVEL) == level
                    && RawMemory.getInt(control + at + CMSGHDR_TYPE) == type) {
                int count = (length - CMSGHDR_BYTES) / Integer.BYTES;
                int before = found.length;
                found = java.util.Arrays.copyOf(found, before + count);
                for (int i = 0; i < count; i++) {
                    found[before + i] = RawMemory.getInt(control + at + CMSGHDR_BYTES + (long) i * Integer.BYTES);
                }
            }
            at += align(length);
        }
        return found;
    }
}
