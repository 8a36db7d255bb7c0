package io.penstock.control.os;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** rtnetlink(7): which interfaces there are in this network namespace. */
public final class RouteNetlink {
    private static final int RTM_GETLINK = 18;
    private static final int IFINFOMSG_BYTES = 16;

    private RouteNetlink() {}

    /**
     * All interfaces, in the kernel's order.
     *
     * @throws io.penstock.memory.os.SystemCallException if the kernel does not answer
     */
    public static List<Link> links() {
        List<Link> found = new ArrayList<>();
        try (Netlink netlink = Netlink.open(Netlink.ROUTE)) {
            ByteBuffer request = Netlink.request(IFINFOMSG_BYTES);
            request.position(request.position() + IFINFOMSG_BYTES); // all zero: every family, every interface
            netlink.dump(RTM_GETLINK, request, message -> {
                if (Link.isComplete(message)) {
                    found.add(new Link(message));
                }
            });
        }
        return found;
    }
}
