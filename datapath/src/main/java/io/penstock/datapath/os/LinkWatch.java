package io.penstock.datapath.os;

import io.penstock.memory.os.Errno;
import io.penstock.memory.os.FileDescriptors;
import io.penstock.memory.os.RawMemory;
import java.lang.foreign.Arena;

/**
 * Follows one interface: up, down, gone, its MTU, its hardware address and its XDP program.
 *
 * <p>An AF_XDP socket says nothing when its interface is deleted, so the news has to come from rtnetlink. {@link #check()}
 * costs one system call and makes no garbage; call it every few milliseconds.
 *
 * <p>A carrier that comes back is announced up to a second late, and one that was away for less than that perhaps not at all
 * (net/core/link_watch.c), while the kernel transmits at once. {@link #ask()} tells how it is now. One thread.
 */
public final class LinkWatch implements AutoCloseable {
    private static final int MAX_MESSAGES_PER_CHECK = 16;

    private final int interfaceIndex;
    private final int fd;
    private final Arena arena = Arena.ofShared();
    private final long buffer = arena.allocate(RouteNetlink.BUFFER_BYTES, 8).address();
    private final long request =
            arena.allocate(RouteNetlink.LINK_HEADER_BYTES, 8).address();
    private final long pollfd = arena.allocate(Readiness.POLLFD_BYTES, 8).address();
    private int flags;
    private int mtuBytes;
    private long macAddress;
    private int programId;
    private boolean gone;
    private int announcements;

    /** Begins to watch; what the interface is now is looked up after that, so that no change is missed. */
    public LinkWatch(int interfaceIndex) {
        this.interfaceIndex = interfaceIndex;
        this.fd = RouteNetlink.openLinkListener();
        RawMemory.putInt(pollfd, fd);
        RawMemory.putShort(pollfd + Readiness.POLLFD_EVENTS, Readiness.POLLIN);
        RawMemory.putInt(request, RouteNetlink.LINK_HEADER_BYTES);
        RawMemory.putShort(request + 4, (short) RouteNetlink.RTM_GETLINK);
        RawMemory.putShort(request + 6, (short) RouteNetlink.NLM_F_REQUEST);
        RawMemory.putInt(request + 20, interfaceIndex);
        ask();
    }

    /** Takes in what has been announced since the last time. */
    public void check() {
        if (Readiness.pollNow(pollfd, 1) > 0) {
            receive();
        }
    }

    /** Asks how the interface is at this moment. The kernel answers within the call; it may wait for its lock first. */
    public void ask() {
        if (!gone && RouteNetlink.send(fd, request, RouteNetlink.LINK_HEADER_BYTES) > 0) {
            receive();
        }
    }

    private void receive() {
        for (int i = 0; i < MAX_MESSAGES_PER_CHECK; i++) {
            int received = RouteNetlink.receive(fd, buffer, RouteNetlink.BUFFER_BYTES);
            if (received > 0) {
                read(received);
            } else if (received == -Errno.ENOBUFS) {
                // Announcements were lost: the answer comes with the next messages.
                int ignored = RouteNetlink.send(fd, request, RouteNetlink.LINK_HEADER_BYTES);
            } else {
                return;
            }
        }
    }

    private void read(int received) {
        int at = 0;
        while (at + RouteNetlink.HEADER_BYTES + 4 <= received) {
            long message = buffer + at;
            int lengthBytes = RawMemory.getInt(message);
            if (lengthBytes < RouteNetlink.HEADER_BYTES || at + lengthBytes > received) {
                return;
            }
            int type = RawMemory.getShort(message + 4);
            if (type == RouteNetlink.NLMSG_ERROR) {
                noteError(-RawMemory.getInt(message + RouteNetlink.HEADER_BYTES));
            } else if (lengthBytes >= RouteNetlink.LINK_HEADER_BYTES
                    // Family: bridges announce their ports' departure with the same type and AF_BRIDGE.
                    && RawMemory.getByte(message + 16) == 0
                    && RawMemory.getInt(message + 20) == interfaceIndex) {
                note(type, message, lengthBytes);
            }
            at += RouteNetlink.align(lengthBytes);
        }
    }

    private void noteError(int errno) {
        if (errno == Errno.ENODEV) {
            gone = true;
        }
    }

    private void note(int type, long message, int lengthBytes) {
        if (type == RouteNetlink.RTM_DELLINK) {
            gone = true;
        } else if (type == RouteNetlink.RTM_NEWLINK && !gone) {
            announcements++;
            flags = RawMemory.getInt(message + 24);
            readAttributes(message, lengthBytes);
        }
    }

    /** Some announcements, such as those of radio links, carry few: what is not said has not changed. */
    private void readAttributes(long message, int lengthBytes) {
        int at = RouteNetlink.LINK_HEADER_BYTES;
        while (at + 4 <= lengthBytes) {
            long attribute = message + at;
            int attributeBytes = RawMemory.getShort(attribute) & 0xffff;
            if (attributeBytes < 4) {
                return;
            }
            switch (RawMemory.getShort(attribute + 2) & RouteNetlink.TYPE_MASK) {
                case RouteNetlink.IFLA_MTU -> mtuBytes = RawMemory.getInt(attribute + 4);
                case RouteNetlink.IFLA_ADDRESS -> macAddress = RouteNetlink.mac(attribute);
                case RouteNetlink.IFLA_XDP -> {
                    int id = RouteNetlink.programId(attribute);
                    programId = id < 0 ? programId : id;
                }
                default -> {} // of the dozens of attributes the rest is of no interest here
            }
            at += RouteNetlink.align(attributeBytes);
        }
    }

    /** Readable when there is news for {@link #check()}. */
    public int fd() {
        return fd;
    }

    /** How often something was announced or answered; a change of the number of queues is announced, but not the number. */
    public int announcements() {
        return announcements;
    }

    /** Whether packets could pass when it was last looked at. */
    public boolean isRunning() {
        return !gone && NetworkInterfaceInfo.isRunning(flags);
    }

    /** Whether the interface was deleted or moved to another namespace; it does not come back. */
    public boolean isGone() {
        return gone;
    }

    /** The largest IP packet. */
    public int mtuBytes() {
        return mtuBytes;
    }

    /** The 48-bit hardware address in the low bits. */
    public long macAddress() {
        return macAddress;
    }

    /** The number of the XDP program that is attached; 0 if none is. */
    public int programId() {
        return programId;
    }

    @Override
    public void close() {
        FileDescriptors.close(fd);
        arena.close();
    }
}
