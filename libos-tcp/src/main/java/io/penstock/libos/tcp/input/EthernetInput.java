package io.penstock.libos.tcp.input;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.PacketFlags;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.datapath.wire.MacAddress;
import io.penstock.libos.tcp.arp.ArpHandler;
import io.penstock.libos.tcp.link.Drop;
import io.penstock.libos.tcp.link.Drops;
import io.penstock.memory.Buffer;

/**
 * Receives a burst and takes each packet to its end: answered, queued, handed to the application's pop, or dropped and
 * counted. Nothing that a peer sends makes it throw. Owner's thread.
 */
public final class EthernetInput {
    /** IX's bound: large enough to share the costs of a turn, small enough to stay in the cache. */
    public static final int BURST = 64;

    private final PacketQueue queue;
    private final long ownMac;
    /** Which flags of received packets are believed: those that the device says it sets. */
    private final int trusted;

    private final ArpHandler arp;
    private final Ipv4Input ipv4;
    private final Drops drops;
    private final Burst burst = new Burst(BURST);
    private final Counter packets;
    private final Counter bytes;

    public EthernetInput(PacketQueue queue, ArpHandler arp, Ipv4Input ipv4, Remedies remedies) {
        this.queue = queue;
        this.ownMac = queue.info().macAddress();
        this.trusted = queue.info().capabilities().has(Offload.RX_CHECKSUM)
                ? PacketFlags.RX_IPV4_CHECKSUM_GOOD | PacketFlags.RX_L4_CHECKSUM_GOOD
                : 0;
        this.arp = arp;
        this.ipv4 = ipv4;
        this.drops = new Drops(remedies);
        this.packets = remedies.counters().counter("rx.packets");
        this.bytes = remedies.counters().counter("rx.bytes", CounterType.TOTAL_BYTES);
    }

    /** Returns how many packets came. */
    public int receive() {
        Burst b = burst;
        b.clear();
        int count = queue.rxBurst(b);
        if (count == 0) {
            return 0;
        }
        long sum = 0;
        for (int i = 0; i < count; i++) {
            int length = b.length(i);
            sum += length;
            packet(b.frame(i), b.offset(i), length, b.flags(i) & trusted);
        }
        packets.add(count);
        bytes.add(sum);
        return count;
    }

    private void packet(Buffer frame, int offset, int length, int flags) {
        if (length < EthernetHeader.LENGTH) {
            drops.drop(frame, Drop.TOO_SHORT);
            return;
        }
        long at = frame.frameAddress() + offset;
        long destination = EthernetHeader.destination(at);
        boolean toAll = destination == MacAddress.BROADCAST;
        if ((destination != ownMac && !toAll) || !EthernetHeader.isFromStation(at)) {
            drops.drop(frame, Drop.OTHER_STATION);
            return;
        }
        int type = EthernetHeader.type(at);
        if (type == EthernetHeader.TYPE_IPV4) {
            ipv4.receive(frame, offset + EthernetHeader.LENGTH, length - EthernetHeader.LENGTH, toAll, flags);
        } else if (type == EthernetHeader.TYPE_ARP) {
            arp.receive(frame, offset, length);
        } else {
            unknown(frame, at, length, type);
        }
    }

    private void unknown(Buffer frame, long at, int length, int type) {
        if (type == EthernetHeader.TYPE_IPV6) {
            drops.drop(frame, Drop.IPV6, 0);
        } else if (EthernetHeader.isTag(type) && length >= EthernetHeader.LENGTH + EthernetHeader.TAG_LENGTH) {
            drops.drop(frame, Drop.VLAN_TAG, EthernetHeader.vlan(at));
        } else {
            drops.drop(frame, Drop.UNKNOWN_ETHERTYPE);
        }
    }
}
