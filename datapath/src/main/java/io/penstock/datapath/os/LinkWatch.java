package io.penstock.datapath.os;

import io.penstock.memory.os.Errno;
import io.penstock.memory.os.FileDescriptors;
import io.penstock.memory.os.RawMemory;
import java.lang.foreign.Arena;

/**
 * Follows one interface: up, down, gone.
 *
 * <p>An AF_XDP socket says nothing when its interface is deleted, so the news has to come from rtnetlink. {@link #check()}
 * costs one system call and makes no garbage; call it every few milliseconds. One thread.
 */
public final class LinkWatch implements AutoCloseable {
    private static final int MAX_MESSAGES_PER_CHECK = 16;

    private final int interfaceIndex;
    private final int fd;
    private final Arena arena = Arena.ofShared();
    private final long buffer = arena.allocate(RouteNetlink.BUFFER_BYTES, 8).address();
    private final long pollfd = arena.allocate(Readiness.POLLFD_BYTES, 8).address();
    private boolean running;
    private boolean gone;

    /** Begins to watch; what the interface is now is looked up after that, so that no change is missed. */
    public LinkWatch(int interfaceIndex) {
        this.interfaceIndex = interfaceIndex;
        this.fd = RouteNetlink.openLinkListener();
        RawMemory.putInt(pollfd, fd);
        RawMemory.putShort(pollfd + Readiness.POLLFD_EVENTS, Readiness.POLLIN);
        lookUp();
    }

    private void lookUp() {
        NetworkInterfaceInfo now = RouteNetlink.find(interfaceIndex);
        gone = now == null;
        running = !gone && now.isRunning();
    }

    /** Takes in what has been announced since the last time. */
    public void check() {
        if (Readiness.pollNow(pollfd, 1) > 0) {
            receive();
        }
    }

    private void receive() {
        for (int i = 0; i < MAX_MESSAGES_PER_CHECK; i++) {
            int received = RouteNetlink.receive(fd, buffer, RouteNetlink.BUFFER_BYTES);
            if (received > 0) {
                read(received);
            } else if (received == -Errno.ENOBUFS) {
                lookUp(); // announcements were lost: ask
            } else {
                return;
            }
        }
    }

    private void read(int received) {
        int at = 0;
        while (at + RouteNetlink.LINK_HEADER_BYTES <= received) {
            long message = buffer + at;
            int lengthBytes = RawMemory.getInt(message);
            if (lengthBytes < RouteNetlink.HEADER_BYTES) {
                return;
            }
            // Family: bridges announce their ports' departure with the same type and AF_BRIDGE.
            if (RawMemory.getByte(message + 16) == 0 && RawMemory.getInt(message + 20) == interfaceIndex) {
                int type = RawMemory.getShort(message + 4);
                if (type == RouteNetlink.RTM_DELLINK) {
                    gone = true;
                    running = false;
                } else if (type == RouteNetlink.RTM_NEWLINK && !gone) {
                    int wanted = NetworkInterfaceInfo.IFF_UP | NetworkInterfaceInfo.IFF_RUNNING;
                    running = (RawMemory.getInt(message + 24) & wanted) == wanted;
                }
            }
            at += RouteNetlink.align(lengthBytes);
        }
    }

    /** Whether packets could pass when it was last checked. */
    public boolean isRunning() {
        return running;
    }

    /** Whether the interface was deleted or moved to another namespace; it does not come back. */
    public boolean isGone() {
        return gone;
    }

    @Override
    public void close() {
        FileDescriptors.close(fd);
        arena.close();
    }
}
