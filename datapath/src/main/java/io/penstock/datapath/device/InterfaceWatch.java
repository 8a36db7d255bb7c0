package io.penstock.datapath.device;

import io.penstock.linux.net.LinkWatch;

/** Notes what the kernel says of a network interface in the {@link PortEvents} of the queue on it. The queue's thread. */
public final class InterfaceWatch {
    private final LinkWatch link;
    private final PortEvents events;
    private final String what;

    /**
     * Begins with what the watch has seen.
     *
     * @param what how to call the interface at the beginning of a line, such as {@code interface vb}
     */
    @SuppressWarnings("exports") // for the back ends here: others do not see the kernel's interfaces
    public InterfaceWatch(LinkWatch link, PortEvents events, String what) {
        this.link = link;
        this.events = events;
        this.what = what;
    }

    /**
     * Takes in what has changed. A few system calls, no garbage as long as nothing has.
     *
     * @param ask whether to ask, as there is reason to believe that not all is announced
     */
    public void check(boolean ask) {
        link.check();
        if (events.lost() != null) {
            return;
        }
        if (ask || !link.isRunning()) {
            link.ask(); // announcements may be a second late
        }
        if (link.isGone()) {
            events.lost(what + " has gone: it was deleted, or moved to another network namespace");
            return;
        }
        events.link(link.isRunning());
        events.mtu(link.mtuBytes());
    }
}
