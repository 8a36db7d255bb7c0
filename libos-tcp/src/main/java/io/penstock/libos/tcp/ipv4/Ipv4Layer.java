package io.penstock.libos.tcp.ipv4;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.counters.Remedy;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.poll.Clock;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.IpLayer;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.ip.Ipv4Network;
import io.penstock.libos.tcp.ip.Secret;
import io.penstock.libos.tcp.link.TxQueue;
import io.penstock.libos.tcp.neighbour.Neighbours;
import java.util.SplittableRandom;

/**
 * IPv4's side towards the transports: one address, one link, one gateway.
 *
 * <p>Paths are found in a {@link DestinationTable}. There is no loopback: packets to the stack's own address have no path.
 */
public final class Ipv4Layer implements IpLayer {
    private final Ipv4Link link;
    private final DestinationTable destinations;
    private final Ipv4Path forAnswers;
    private Remedy noRoute;
    /** Not drawn from the secret: what goes out on the wire must not tell of it. */
    private final SplittableRandom firstIds = new SplittableRandom();

    public Ipv4Layer(
            Ipv4Network network, DeviceInfo device, TxQueue tx, Neighbours neighbours, Clock clock, Secret secret) {
        this.link = new Ipv4Link(network, device, tx, neighbours, clock);
        this.destinations = new DestinationTable(DestinationTable.IDLE, secret.subkey("destinations"));
        remedies(neighbours == null ? Remedies.inMemory() : neighbours.remedies());
        this.forAnswers = new Ipv4Path(link, null);
    }

    /** Where it is counted what has no route. */
    private void remedies(Remedies remedies) {
        noRoute = remedies.add(
                "tx.dropped.no-route",
                address -> "no route to " + Endpoint.ipv4ToString((int) address) + ", which is not in " + link.network
                        + ": give the router's address (--gateway ADDRESS)");
    }

    @Override
    public IpPath path(FlowKey flow) {
        return isServed(flow) ? path((int) flow.remoteLow) : null;
    }

    private boolean isServed(FlowKey flow) {
        boolean ours = flow.hasNoLocalAddress() || isLocal(flow.localHigh, flow.localLow);
        return ours && isIpv4(flow.remoteHigh, flow.remoteLow);
    }

    /** The path from the stack's address to a peer, or null if there is no route. */
    public Ipv4Path path(int remote) {
        Ipv4Path known = known(remote);
        return known != null ? known : makePath(remote);
    }

    @Override
    public boolean carriesPartialChecksums() {
        return link.device.capabilities().has(Offload.RX_PARTIAL_CHECKSUM);
    }

    private Ipv4Path makePath(int remote) {
        int nextHop = nextHop(remote);
        if (nextHop == 0) {
            return null;
        }
        Ipv4Path path = (Ipv4Path) destinations.takeSpare(); // there are no others
        if (path == null) {
            path = new Ipv4Path(link, destinations);
        }
        path.leadTo(remote, nextHop, firstIds.nextInt());
        destinations.add(path);
        return path;
    }

    private int nextHop(int remote) {
        int nextHop = link.network.nextHop(remote);
        if (nextHop == 0
                && link.network.gateway() == 0
                && Ipv4Network.isUnicast(remote)
                && !link.network.isOnLink(remote)) {
            noRoute.count(remote);
        }
        return nextHop;
    }

    @Override
    public IpPath answerPath(FlowKey flow) {
        return isServed(flow) ? answerPath((int) flow.remoteLow) : null;
    }

    /** The path for one answer to a packet of which nothing is remembered; null if there is no route. */
    public Ipv4Path answerPath(int remote) {
        if (forAnswers.remote() != remote) {
            int nextHop = nextHop(remote);
            if (nextHop == 0) {
                return null;
            }
            forAnswers.leadTo(remote, nextHop, firstIds.nextInt());
        }
        Ipv4Path known = (Ipv4Path) destinations.peek(remote);
        if (known != null) {
            forAnswers.takeIdOf(known); // no two packets to a peer have the same
        }
        return forAnswers;
    }

    /** The path to a peer to whom there was something to send lately; null if there is none. */
    public Ipv4Path known(int remote) {
        return (Ipv4Path) destinations.find(remote);
    }

    @Override
    public long neighbourChanges() {
        return link.neighbours.changes();
    }

    @Override
    public boolean isLocal(long high, long low) {
        return high == 0 && low == Ipv4Network.mapped(link.network.address());
    }

    @Override
    public void chooseLocal(FlowKey flow) {
        flow.local(0, Ipv4Network.mapped(link.network.address()));
    }

    /** Whether an address in the form of {@code Endpoint} is an IPv4 one. */
    public static boolean isIpv4(long high, long low) {
        return high == 0 && low >>> 32 == 0xffff;
    }

    public Ipv4Network network() {
        return link.network;
    }

    /** The link's device. */
    public DeviceInfo device() {
        return link.device;
    }

    /** The largest packet that the link carries at present. */
    public int mtuBytes() {
        return link.mtuBytes;
    }

    /** Tells that the link's MTU has changed; paths and their transports follow with the next packet. */
    public void mtuBytes(int bytes) {
        link.mtuBytes = bytes;
    }

    /** Where packets go out. */
    public TxQueue tx() {
        return link.tx;
    }

    /** What all paths go out by. */
    Ipv4Link link() {
        return link;
    }
}
