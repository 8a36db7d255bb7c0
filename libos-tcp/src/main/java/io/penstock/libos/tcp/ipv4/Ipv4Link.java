package io.penstock.libos.tcp.ipv4;

import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.poll.Clock;
import io.penstock.libos.tcp.ip.Ipv4Network;
import io.penstock.libos.tcp.ip.TxOffloads;
import io.penstock.libos.tcp.link.TxQueue;
import io.penstock.libos.tcp.neighbour.Neighbours;

/** What all paths go out by: the stack's address, the device and its queue, the neighbours. */
final class Ipv4Link {
    final Ipv4Network network;
    final DeviceInfo device;
    /** What the device does for what is sent. */
    final TxOffloads offloads;

    final TxQueue tx;
    final Neighbours neighbours;
    final Clock clock;
    /** The largest packet that the link carries at present. */
    int mtuBytes;

    Ipv4Link(Ipv4Network network, DeviceInfo device, TxQueue tx, Neighbours neighbours, Clock clock) {
        this.network = network;
        this.device = device;
        this.offloads = TxOffloads.of(device.capabilities());
        this.tx = tx;
        this.neighbours = neighbours;
        this.clock = clock;
        this.mtuBytes = device.mtuBytes();
    }
}
