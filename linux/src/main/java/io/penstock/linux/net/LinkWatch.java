package io.penstock.linux.net;

import io.penstock.linux.Errno;
import io.penstock.linux.RawMemory;
import io.penstock.linux.Readiness;
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
    private final Netlink netlink;
    private final LinkState state = new LinkState();
    private final Netlink.MessageReader reader = this::read; // made once, as it would be garbage
    private final Arena arena = Arena.ofShared();
    private final long pollfd = arena.allocate(Readiness.POLLFD_BYTES, 8).address();
    private boolean gone;
    private int announcements;

    /** Begins to watch; what the interface is now is looked up after that, so that no change is missed. */
    public LinkWatch(int interfaceIndex) {
        this.interfaceIndex = interfaceIndex;
        this.netlink = Netlink.listen(Netlink.ROUTE, RouteNetlink.RTMGRP_LINK);
        RawMemory.putInt(pollfd, netlink.fd());
        RawMemory.putShort(pollfd + Readiness.POLLFD_EVENTS, Readiness.POLLIN);
        RawMemory.putInt(netlink.begin(LinkState.HEADER_BYTES) + LinkState.HEADER_INDEX, interfaceIndex);
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
        if (!gone && netlink.ask(RouteNetlink.RTM_GETLINK) == 0) {
            receive();
        }
    }

    private void receive() {
        for (int i = 0; i < MAX_MESSAGES_PER_CHECK; i++) {
            int received = netlink.receive(reader);
            if (received == -Errno.ENOBUFS) {
                // Announcements were lost: the answer comes with the next messages.
                int _ = netlink.ask(RouteNetlink.RTM_GETLINK);
            } else if (received <= 0) {
                return;
            }
        }
    }

    private void read(int type, long message, int messageBytes) {
        if (type == Netlink.ERROR) {
            gone |= Netlink.errno(message, messageBytes) == Errno.ENODEV;
        } else if (messageBytes >= LinkState.HEADER_BYTES
                && LinkState.isOfAnyFamily(message)
                && LinkState.index(message) == interfaceIndex) {
            note(type, message, messageBytes);
        }
    }

    private void note(int type, long message, int messageBytes) {
        if (type == RouteNetlink.RTM_DELLINK) {
            gone = true;
        } else if (type == RouteNetlink.RTM_NEWLINK && !gone) {
            announcements++;
            state.read(message, messageBytes);
        }
    }

    /** Readable when there is news for {@link #check()}. */
    public int fd() {
        return netlink.fd();
    }

    /** How often something was announced or answered; a change of the number of queues is announced, but not the number. */
    public int announcements() {
        return announcements;
    }

    /** Whether packets could pass when it was last looked at. */
    public boolean isRunning() {
        return !gone && NetworkInterfaceInfo.isRunning(state.flags());
    }

    /** Whether the interface was deleted or moved to another namespace; it does not come back. */
    public boolean isGone() {
        return gone;
    }

    /** The largest IP packet. */
    public int mtuBytes() {
        return state.mtuBytes();
    }

    /** The 48-bit hardware address in the low bits. */
    public long macAddress() {
        return state.macAddress();
    }

    /** The number of the XDP program that is attached; 0 if none is. */
    public int programId() {
        return state.xdpProgramId();
    }

    @Override
    public void close() {
        netlink.close();
        arena.close();
    }
}
