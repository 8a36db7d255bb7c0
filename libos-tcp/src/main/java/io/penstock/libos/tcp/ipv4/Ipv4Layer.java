package io.penstock.libos.tcp.ipv4;

import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.poll.Clock;
import io.penstock.libos.tcp.arp.Neighbours;
import io.penstock.libos.tcp.ip.IpLayer;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.ip.Ipv4Network;
import io.penstock.libos.tcp.ip.Secret;
import io.penstock.libos.tcp.ip.TxOffloads;
import io.penstock.libos.tcp.link.TxQueue;
import java.util.SplittableRandom;

/**
 * IPv4's side towards the transports: one address, one link, one gateway.
 *
 * <p>Paths are cached in a table of fixed size, addressed by a keyed hash of the peer: finding one costs a multiplication
 * and a load. A path that another pushes out of the table goes on working for who holds it. There is no loopback:
 * packets to the stack's own address have no path.
 */
public final class Ipv4Layer implements IpLayer {
    private static final long IPV4_MAPPED = 0xffff_0000_0000L;
    private static final int CACHE_BITS = 12;

    private final Ipv4Network network;
    private final DeviceInfo device;
    private final TxOffloads offloads;
    private final TxQueue tx;
    private final Neighbours neighbours;
    private final Clock clock;
    private final long hashKey;
    /** Not drawn from the secret: what goes out on the wire must not tell of it. */
    private final SplittableRandom firstIds = new SplittableRandom();

    private final Ipv4Path[] cache = new Ipv4Path[1 << CACHE_BITS];

    public Ipv4Layer(
            Ipv4Network network, DeviceInfo device, TxQueue tx, Neighbours neighbours, Clock clock, Secret secret) {
        this.network = network;
        this.device = device;
        this.offloads = TxOffloads.of(device.capabilities());
        this.tx = tx;
        this.neighbours = neighbours;
        this.clock = clock;
        this.hashKey = secret.high() ^ Long.rotateLeft(secret.low(), 32);
    }

    @Override
    public IpPath path(long localHigh, long localLow, long remoteHigh, long remoteLow) {
        boolean ours = (localHigh | localLow) == 0 || isLocal(localHigh, localLow);
        return ours && isIpv4(remoteHigh, remoteLow) ? path((int) remoteLow) : null;
    }

    /** The path from the stack's address to a peer, or null if there is no route. */
    public Ipv4Path path(int remote) {
        int bucket = (int) (((remote ^ hashKey) * 0x9e37_79b9_7f4a_7c15L) >>> (64 - CACHE_BITS));
        Ipv4Path cached = cache[bucket];
        return cached != null && cached.remote() == remote ? cached : makePath(remote, bucket);
    }

    @Override
    public boolean carriesPartialChecksums() {
        return device.capabilities().has(Offload.RX_PARTIAL_CHECKSUM);
    }

    private Ipv4Path makePath(int remote, int bucket) {
        int nextHop = network.nextHop(remote);
        if (nextHop == 0) {
            return null;
        }
        Ipv4Path path = new Ipv4Path(this, remote, nextHop, firstIds.nextInt());
        cache[bucket] = path;
        return path;
    }

    @Override
    public long neighbourChanges() {
        return neighbours.changes();
    }

    @Override
    public boolean isLocal(long high, long low) {
        return high == 0 && low == mapped(network.address());
    }

    @Override
    public long sourceLowFor(long remoteHigh, long remoteLow) {
        return mapped(network.address());
    }

    @Override
    public long sourceHighFor(long remoteHigh, long remoteLow) {
        return 0;
    }

    /** Whether an address in the form of {@code Endpoint} is an IPv4 one. */
    public static boolean isIpv4(long high, long low) {
        return high == 0 && low >>> 32 == 0xffff;
    }

    /** The low half of an IPv4 address in the form of {@code Endpoint}. */
    public static long mapped(int ipv4) {
        return IPV4_MAPPED | (ipv4 & 0xffff_ffffL);
    }

    public Ipv4Network network() {
        return network;
    }

    /** The link's device. */
    public DeviceInfo device() {
        return device;
    }

    /** What the device does for what is sent. */
    TxOffloads offloads() {
        return offloads;
    }

    /** Where packets go out. */
    public TxQueue tx() {
        return tx;
    }

    Neighbours neighbours() {
        return neighbours;
    }

    Clock clock() {
        return clock;
    }
}
